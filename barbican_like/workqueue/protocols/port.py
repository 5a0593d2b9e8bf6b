"""The port: what a transfer worker does with a site, whatever protocol that speaks.

Paths are bytes below the site's root, without a slash at either end; the root is empty (see ``paths.py``).
Whatever fails is a :class:`TransferFailed` whose reason quotes no path of the machine and no credential. A
storage is used by one thread, but for ``close``, which another may call to break off a call that hangs.
"""

from __future__ import annotations

import stat as modes
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What a name stands for."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"  # a device, a socket, a pipe


_MODES = {
    Kind.FILE: modes.S_IFREG | 0o644,
    Kind.DIRECTORY: modes.S_IFDIR | 0o755,
    Kind.LINK: modes.S_IFLNK | 0o777,
    Kind.OTHER: 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name in a directory, and what it stands for."""

    name: bytes
    kind: Kind
    size: int = 0  # bytes
    mtime: float = 0.0  # seconds since 1970; 0 where the protocol does not tell
    mode: int = 0  # as stat(2) has it; 0: made of the kind

    @property
    def st_mode(self) -> int:
        """As stat(2) has it."""
        return self.mode or _MODES[self.kind]


class Reader(ABC):
    """A file that is being read."""

    @abstractmethod
    def read(self, most: int) -> bytes:
        """The next bytes, up to so many; none at the end."""

    @abstractmethod
    def close(self) -> None:
        """End; it may be called again."""


class Writer(ABC):
    """A file that is being written. Until it is committed nothing of it is seen under its name."""

    is_confirmed: bool = False
    """Whether the site has told at the commit what digest it keeps, and that is the one of what was sent."""

    @abstractmethod
    def write(self, content: bytes) -> None:
        """Append."""

    @abstractmethod
    def commit(self) -> None:
        """Let it be there, whole, under its name.

        :raises TransferFailed: EXISTS when there is one and it was not to be replaced.
        """

    @abstractmethod
    def abort(self) -> None:
        """Leave nothing behind; without effect after a commit."""


class Storage(ABC):
    """A site as one protocol shows it."""

    needs_directories: ClassVar[bool] = True
    """Whether a file's directory must be there before the file."""

    def open(self) -> None:
        """Connect, where that is not left to the first call; closing it meanwhile breaks that off.

        :raises TransferFailed: when the site cannot be reached or refuses the credential.
        """
        return

    keeps_files: ClassVar[bool] = True
    """Whether what was written can be found."""

    @abstractmethod
    def stat(self, path: bytes) -> Entry:
        """What a path stands for.

        :raises TransferFailed: NOT_FOUND when it stands for nothing.
        """

    @abstractmethod
    def scan(self, path: bytes) -> Iterator[Entry]:
        """What is in a directory, in any order."""

    def real(self, path: bytes) -> bytes:
        """The same place by a path without links that are followed; the same path where none are."""
        return path

    @abstractmethod
    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """A regular file from a byte on."""

    @abstractmethod
    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """A file to be written.

        :param tag: the same for each try of one element, so that a later one finds what an earlier left.
        :param replace: whether a file of that name is replaced.
        :param size: how many bytes it will have; None: nobody knows.
        :raises TransferFailed: NOT_FOUND where its directory is not there, and is needed.
        """

    def clear_earlier(self, path: bytes) -> None:
        """Remove what a try that was lost may have left, and that a new one would not find by its tag."""
        return

    def discard(self, path: bytes, *, tag: str) -> None:
        """Remove what a try has left whose connection was broken off, and that has no other one to follow."""
        self.clear_earlier(path)

    @abstractmethod
    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Give a file or a directory another path.

        :param tag: the same for each try of one element, so that a later one goes on where that takes steps.
        :param replace: whether a file of that name is replaced.
        """

    def undo_rename(self, new: bytes, *, tag: str) -> None:
        """Take back what a rename has left that was broken off and has no other try to follow.

        :param tag: that of the rename.
        """
        return

    @abstractmethod
    def remove_file(self, path: bytes) -> None:
        """Remove a file or a link, never what a link leads to."""

    @abstractmethod
    def remove_dir(self, path: bytes) -> None:
        """Remove a directory that is empty."""

    @abstractmethod
    def mkdir(self, path: bytes) -> None:
        """Make a directory with its parents; content with those that are there."""

    @abstractmethod
    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Copy a file within the site without its bytes coming here; False where that is not offered."""

    @abstractmethod
    def close(self) -> None:
        """End every connection; it may be called again."""
