"""DUMMY: a site that is made up, for trials: ``dummy://any/?files=1&size=0&rate=0&fail=0&fail_list=0``.

Every directory holds as many files as ``files`` says, named ``file-000000`` and so on, each of ``size`` zero
bytes, read at ``rate`` bytes a second (0: at once). What is written is counted and dropped. The first
``fail`` attempts of each child, and the first ``fail_list`` of element 0, fail with the class ``error``.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from barbican_like.workqueue import paths
from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, Fault, TransferFailed, not_found
from barbican_like.workqueue.protocols.port import Entry, Kind, Reader, Storage, Writer

_FILE: Final = re.compile(rb"file-\d{6}")
_SLICE: Final = 0.05  # seconds that a slow read waits at most
_ZEROS: Final = bytes(2**20)
_MOST: Final = {"files": 1_000_000, "size": 2**50, "rate": 2**40, "fail": 1000, "fail_list": 1000}
_FAULTS: Final = (ErrorClass.TRANSIENT, ErrorClass.PERMANENT, ErrorClass.AUTH)


@dataclass(slots=True)
class Occasion:
    """Which try of which element a storage is used for."""

    element: int = 0
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a made-up site does."""

    files: int = 1
    size: int = 0  # bytes
    rate: int = 0  # B/s
    fail: int = 0
    fail_list: int = 0
    error: ErrorClass = ErrorClass.TRANSIENT

    @classmethod
    def from_url(cls, url: str) -> Self:
        """As the query of a URL says.

        :raises ValueError: naming what is wrong.
        """
        words = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        error = words.pop("error", ErrorClass.TRANSIENT)
        if error not in _FAULTS:
            raise ValueError(f"error is not one of {[fault.value for fault in _FAULTS]}")
        return cls(error=ErrorClass(error), **_numbers(words))


def _numbers(words: Mapping[str, str]) -> dict[str, int]:
    for name, word in words.items():
        if name not in _MOST:
            raise ValueError(f"{name} is none of {sorted([*_MOST, 'error'])}")
        if (
            not (word.isascii() and word.isdigit() and len(word) <= len(str(_MOST[name])))
            or int(word) > _MOST[name]
        ):
            raise ValueError(f"{name} is no number from 0 to {_MOST[name]}")
    return {name: int(word) for name, word in words.items()}


class DummyStorage(Storage):
    """A made-up site.

    :param occasion: which try it is used for; its owner changes it.
    :param is_source: whether files are read from it; as a destination it is always empty.
    """

    keeps_files = False

    def __init__(self, script: Script, occasion: Occasion, *, is_source: bool = True) -> None:
        self._script = script
        self._occasion = occasion
        self._is_source = is_source
        self.written = 0  # bytes
        self._closed = threading.Event()

    def stat(self, path: bytes) -> Entry:
        """A file or a directory, as its name says."""
        self._fail_as_told()
        name = paths.name_of(path)
        if not self._is_source:
            raise not_found(paths.text_of(path))
        if not _FILE.fullmatch(name):
            return Entry(name=name, kind=Kind.DIRECTORY)
        if int(name[-6:]) >= self._script.files:
            raise not_found(paths.text_of(path))
        return Entry(name=name, kind=Kind.FILE, size=self._script.size)

    def scan(self, path: bytes) -> Iterator[Entry]:
        """So many files."""
        self._fail_as_told()
        for number in range(self._script.files):
            yield Entry(name=b"file-%06d" % number, kind=Kind.FILE, size=self._script.size)

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """Zeros."""
        size = self.stat(path).size
        return _Zeros(size - offset, self._script.rate, self._closed)

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """Counts and drops."""
        self._fail_as_told()
        return _Dropped(self)

    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Succeed."""
        self._fail_as_told()

    def remove_file(self, path: bytes) -> None:
        """Succeed."""
        self._fail_as_told()

    def remove_dir(self, path: bytes) -> None:
        """Succeed."""
        self._fail_as_told()

    def mkdir(self, path: bytes) -> None:
        """Succeed."""
        self._fail_as_told()

    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Not offered."""
        return False

    def close(self) -> None:
        """Break off slow reads."""
        self._closed.set()

    def _fail_as_told(self) -> None:
        first = self._script.fail if self._occasion.element else self._script.fail_list
        if self._occasion.attempt <= first:
            code = ErrorCode.AUTH if self._script.error is ErrorClass.AUTH else ErrorCode.DUMMY
            raise TransferFailed(Fault(self._script.error, code, "The site was told to fail"))


class _Zeros(Reader):
    """So many zeros, at a rate."""

    def __init__(self, size: int, rate: int, closed: threading.Event) -> None:
        self._left = max(0, size)
        self._rate = rate
        self._closed = closed
        self._begun = time.monotonic()
        self._given = 0

    def read(self, most: int) -> bytes:
        """The next of them; a slow one gives as many as are due by now."""
        wanted = min(most, self._left, len(_ZEROS))
        if self._rate and wanted:
            wanted = min(wanted, self._due())
        self._left -= wanted
        self._given += wanted
        return _ZEROS[:wanted]

    def _due(self) -> int:
        """How many are due, once it is one at least."""
        while (due := int((time.monotonic() - self._begun) * self._rate) - self._given) <= 0:
            with Waiting():
                is_closed = self._closed.wait(min(_SLICE, 1 / self._rate))
            if is_closed:
                raise TransferFailed.transient(ErrorCode.CONNECTION, "The connection was closed")
        return due

    def close(self) -> None:
        """Nothing is open."""


class _Dropped(Writer):
    """Counts."""

    def __init__(self, site: DummyStorage) -> None:
        self._site = site

    def write(self, content: bytes) -> None:
        """Count."""
        self._site.written += len(content)

    def commit(self) -> None:
        """Nothing is kept."""

    def abort(self) -> None:
        """The same."""
