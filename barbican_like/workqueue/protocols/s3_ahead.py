"""What one listing tells of many paths: a batch asks for one file after the other of the same directory.

A listing from the last path on says of every name in its reach what it is, or that it is nothing. That holds
for a moment only, and no longer for a path that was written since.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from barbican_like.workqueue import paths
from barbican_like.workqueue.protocols.port import Entry, Kind

MOST: Final = 128
"""Names that are asked for at once: a batch, and what others have beside it."""

_TRUSTED_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a listing has shown: everything behind one key, up to another."""

    begin: bytes
    end: bytes | None  # None: to the last of the directory
    entries: Mapping[bytes, Entry]  # by their names

    def knows(self, key: bytes) -> bool:
        """Whether it tells what a key is, or that it is none; as a directory it would be behind itself."""
        return key > self.begin and (self.end is None or key + b"/" <= self.end)


_NOTHING: Final = Reach(begin=b"", end=b"", entries={})


@dataclass(slots=True)
class Ahead:
    """What is known of the directory that was asked for last; a storage has one, for its thread."""

    _last: bytes = b""  # the key that was asked for last
    _reach: Reach = _NOTHING
    _at: float = 0.0
    _written: set[bytes] = field(default_factory=set)

    def begin_for(self, key: bytes) -> bytes | None:
        """From where on a listing is worth while: the key before, in order and of the same directory."""
        last, self._last = self._last, key
        return last if last < key and paths.parent_of(last) == paths.parent_of(key) else None

    def find(self, key: bytes) -> tuple[bool, Entry | None]:
        """Whether a key is known, and what it is."""
        is_known = (
            time.monotonic() - self._at < _TRUSTED_SECONDS
            and paths.parent_of(key) == paths.parent_of(self._reach.begin)
            and key not in self._written
            and self._reach.knows(key)
        )
        return is_known, self._reach.entries.get(paths.name_of(key)) if is_known else None

    def learn(self, reach: Reach) -> None:
        """Keep what a listing has shown."""
        self._reach, self._at = reach, time.monotonic()
        self._written.clear()

    def forget(self, key: bytes | None = None) -> None:
        """Ask anew for a key that is written; None: for all."""
        if key is None:
            self._reach = _NOTHING
        else:
            self._written.add(key)


def reach_of(page: Mapping[str, Any], begin: bytes, folder: str) -> Reach:
    """What an answer shows of the directory whose keys begin like that.

    Where it is cut, it counts up to its last file: some sites put all directories before the files.
    """
    cut = len(folder.encode())
    entries: dict[bytes, Entry] = {}
    contents: Sequence[Any] = page.get("Contents", ())
    for one in contents:
        name = one["Key"].encode()[cut:]
        modified = float(int(one["LastModified"].timestamp()))
        entries[name] = Entry(name=name, kind=Kind.FILE, size=one["Size"], mtime=modified)
    for one in page.get("CommonPrefixes", ()):
        name = one["Prefix"].encode()[cut:-1]
        # Of a file and a directory of one name the file is what a path stands for.
        entries.setdefault(name, Entry(name=name, kind=Kind.DIRECTORY))
    end = None
    if page.get("IsTruncated", False):
        end = max((one["Key"].encode() for one in contents), default=begin)
    return Reach(begin=begin, end=end, entries=entries)
