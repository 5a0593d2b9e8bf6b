"""FILE: a folder of the worker's machine.

Each path is walked from the root's descriptor, component by component, without following links, so that
nothing outside the root is ever reached, even where a directory is swapped for a link meanwhile. A file is
written without a name (O_TMPFILE) and gets one when it is whole, so a worker that dies leaves nothing.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.links import without_links
from barbican_like.workqueue.protocols.port import Entry, Kind, Reader, Storage, Writer

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_TMPFILE: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL})
_PERMANENT: Final = {
    errno.ENOENT: (ErrorCode.NOT_FOUND, "there is no such file or directory"),
    errno.EACCES: (ErrorCode.DENIED, "the worker may not do this"),
    errno.EPERM: (ErrorCode.DENIED, "the worker may not do this"),
    errno.EROFS: (ErrorCode.DENIED, "the file system is read-only"),
    errno.ELOOP: (ErrorCode.DENIED, "a link is in the way"),
    errno.EEXIST: (ErrorCode.EXISTS, "there is one already"),
    errno.EISDIR: (ErrorCode.EXISTS, "a directory is in the way"),
    errno.ENOTDIR: (ErrorCode.EXISTS, "something that is no directory is in the way"),
    errno.ENOTEMPTY: (ErrorCode.NOT_EMPTY, "the directory is not empty"),
    errno.ENAMETOOLONG: (ErrorCode.BAD_NAME, "the name is too long"),
    errno.EILSEQ: (ErrorCode.BAD_NAME, "the file system does not take such a name"),
    errno.EINVAL: (ErrorCode.BAD_NAME, "the file system does not take such a name"),
}
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_KINDS: Final = {modes.S_IFREG: Kind.FILE, modes.S_IFDIR: Kind.DIRECTORY, modes.S_IFLNK: Kind.LINK}


class FileStorage(Storage):
    """A folder.

    :param root: the folder.
    :param follow: whether links within the folder are followed; else each is itself.
    """

    def __init__(self, root: Path, *, follow: bool = False) -> None:
        self._follow = follow
        self._name = os.fsencode(root)
        self._owner = threading.get_ident()
        with _failing(b"the site's root"):
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def stat(self, path: bytes) -> Entry:
        """What a path stands for; a link is itself unless links are followed."""
        with self._named(path) as (parent, name):
            found = os.stat(name or b".", dir_fd=parent, follow_symlinks=False)
        return _entry(paths.name_of(path), found)

    def scan(self, path: bytes) -> Iterator[Entry]:
        """What is in a directory."""
        with _failing(path), self._directory(self._real(path)) as folder:
            names = os.listdir(folder)  # noqa: PTH208  of a descriptor
            entries = []
            for name in names:
                with suppress(FileNotFoundError):  # gone since
                    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    entries.append(_entry(os.fsencode(name), found))
        yield from entries

    def real(self, path: bytes) -> bytes:
        """The same place by a path without links that are followed."""
        with _failing(path):
            return self._real(path)

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """A regular file from a byte on."""
        with self._named(path) as (parent, name):
            descriptor = os.open(name or b".", _READ, dir_fd=parent)
        try:
            if not modes.S_ISREG(os.fstat(descriptor).st_mode):
                raise TransferFailed.permanent(
                    ErrorCode.UNSUPPORTED, f"{paths.text_of(path)}: is no regular file"
                )
            if offset:
                os.lseek(descriptor, offset, os.SEEK_SET)
        except BaseException:
            os.close(descriptor)
            raise
        return _FileReader(descriptor, path)

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """A file to be written."""
        with _failing(path):
            parent = self._open_directory(self._real(paths.parent_of(path)))
        try:
            with _failing(path):
                return _FileWriter(parent, paths.name_of(path), tag, replace=replace)
        except BaseException:
            os.close(parent)
            raise

    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Give a file or a directory another path."""
        with self._named(old) as (source, old_name), self._named(new) as (target, new_name):
            if replace or modes.S_ISDIR(os.stat(old_name, dir_fd=source, follow_symlinks=False).st_mode):
                _require_free(target, new_name, files_too=not replace)
                os.rename(old_name, new_name, src_dir_fd=source, dst_dir_fd=target)
            else:
                # A link fails where there is something, which rename(2) does not.
                os.link(old_name, new_name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
                os.unlink(old_name, dir_fd=source)

    def remove_file(self, path: bytes) -> None:
        """Remove a file or a link."""
        with self._named(path) as (parent, name):
            os.unlink(name, dir_fd=parent)

    def remove_dir(self, path: bytes) -> None:
        """Remove a directory that is empty."""
        with self._named(path) as (parent, name):
            os.rmdir(name, dir_fd=parent)

    def mkdir(self, path: bytes) -> None:
        """Make a directory with its parents."""
        with _failing(path):
            folder = os.dup(self._root)
            try:
                for name in self._real(path).split(b"/") if path else ():
                    with suppress(FileExistsError):
                        os.mkdir(name, 0o777, dir_fd=folder)
                    below = os.open(name, _DIRECTORY, dir_fd=folder)
                    os.close(folder)
                    folder = below
            finally:
                os.close(folder)

    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Not offered: the bytes are here anyway, and their digest is wanted."""
        return False

    def close(self) -> None:
        """Close the root; not from another thread, whose next call could find another file's number there."""
        if threading.get_ident() == self._owner and self._root >= 0:
            root, self._root = self._root, -1
            os.close(root)

    def _named(self, path: bytes) -> _Named:
        """The directory that holds a path, open, and the path's name in it."""
        return _Named(self, path)

    def open_parent(self, path: bytes) -> tuple[int, bytes]:
        """The same, to be closed by whoever asks. Raises OSError."""
        real = self._real(path)
        return self._open_directory(paths.parent_of(real)), paths.name_of(real)

    def _real(self, path: bytes) -> bytes:
        return without_links(path, self._look, self._name) if self._follow else path

    def _look(self, path: bytes) -> bytes | None:
        """Where a link leads; None for all else."""
        with self._directory(paths.parent_of(path)) as parent:
            try:
                return os.readlink(paths.name_of(path), dir_fd=parent)
            except OSError as error:
                if error.errno in {errno.EINVAL, errno.ENOENT}:
                    return None
                raise

    @contextmanager
    def _directory(self, path: bytes) -> Iterator[int]:
        folder = self._open_directory(path)
        try:
            yield folder
        finally:
            os.close(folder)

    def _open_directory(self, path: bytes) -> int:
        root = folder = self._root
        if not path:
            return os.dup(root)
        for name in path.split(b"/"):
            try:
                below = os.open(name, _DIRECTORY, dir_fd=folder)
            except NotADirectoryError as error:
                if modes.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    raise OSError(errno.ELOOP, "a link") from error
                raise
            finally:
                if folder != root:
                    os.close(folder)
            folder = below
        return folder


class _Named:
    """The directory that holds a path, while something is done in it; an error is told as users know it."""

    __slots__ = ("_folder", "_path", "_storage")

    def __init__(self, storage: FileStorage, path: bytes) -> None:
        self._storage = storage
        self._path = path
        self._folder = -1

    def __enter__(self) -> tuple[int, bytes]:
        try:
            self._folder, name = self._storage.open_parent(self._path)
        except OSError as error:
            raise _failure(self._path, error) from error
        return self._folder, name

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._folder)
        if isinstance(error, OSError):
            raise _failure(self._path, error) from error


class _FileReader(Reader):
    """A descriptor that is read from."""

    def __init__(self, descriptor: int, path: bytes) -> None:
        self._descriptor = descriptor
        self._path = path

    def read(self, most: int) -> bytes:
        """The next bytes."""
        with _failing(self._path):
            return os.read(self._descriptor, most)

    def close(self) -> None:
        """Close it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class _FileWriter(Writer):
    """A file without a name, or where the file system has none such, with one that begins with a dot."""

    def __init__(self, parent: int, name: bytes, tag: str, *, replace: bool) -> None:
        self._parent = parent
        self._name = name
        self._part = f".{tag}.part".encode()
        self._replace = replace
        with suppress(FileNotFoundError):  # of a worker that died in the middle of a commit
            os.unlink(self._part, dir_fd=parent)
        self._is_named = False
        try:
            self._descriptor = os.open(b".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666, dir_fd=parent)
        except OSError as error:
            if error.errno not in _NO_TMPFILE:
                raise
            flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(self._part, flags, 0o666, dir_fd=parent)
            self._is_named = True

    def write(self, content: bytes) -> None:
        """Append."""
        with _failing(self._name):
            view = memoryview(content)
            while view:
                view = view[os.write(self._descriptor, view) :]

    def commit(self) -> None:
        """Give it its name."""
        with _failing(self._name):
            if self._is_named:  # where there are no others, a quota may show up only when all is written
                os.fsync(self._descriptor)
            if self._replace:
                _require_free(self._parent, self._name, files_too=False)
                self._link(self._part)
                os.rename(self._part, self._name, src_dir_fd=self._parent, dst_dir_fd=self._parent)
            else:
                self._link(self._name)
                self._unlink_part()
            self._close()

    def abort(self) -> None:
        """Leave nothing behind."""
        if self._descriptor >= 0:
            self._unlink_part()
            self._close()

    def _link(self, name: bytes) -> None:
        if self._is_named and name == self._part:
            return
        # By the descriptor: where another has taken the part's name away, this fails and does no harm.
        os.link(f"/proc/self/fd/{self._descriptor}", name, dst_dir_fd=self._parent, follow_symlinks=True)

    def _unlink_part(self) -> None:
        if self._is_named:
            with suppress(FileNotFoundError):
                os.unlink(self._part, dir_fd=self._parent)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        try:
            os.close(descriptor)
        finally:
            os.close(self._parent)


def _require_free(parent: int, name: bytes, *, files_too: bool) -> None:
    """Do nothing where a name may be given to what takes the place of a file."""
    with suppress(FileNotFoundError):
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if files_too or modes.S_ISDIR(found.st_mode):
            raise FileExistsError(errno.EEXIST, "there is one")


def _entry(name: bytes, found: os.stat_result) -> Entry:
    kind = _KINDS.get(modes.S_IFMT(found.st_mode), Kind.OTHER)
    size = found.st_size if kind is not Kind.DIRECTORY else 0
    return Entry(name=name, kind=kind, size=size, mtime=found.st_mtime, mode=found.st_mode)


class _failing:  # noqa: N801  is used as a function; a generator of contextlib takes four times as long
    """Calls an error of the system what it is to users."""

    __slots__ = ("_path",)

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise _failure(self._path, error) from error


def _failure(path: bytes, error: OSError) -> TransferFailed:
    number, shown = error.errno or 0, paths.text_of(path)
    if number in _PERMANENT:
        code, reason = _PERMANENT[number]
        return TransferFailed.permanent(code, f"{shown}: {reason}")
    if number in _FULL:
        return TransferFailed.transient(ErrorCode.NO_SPACE, f"{shown}: no space is left")
    return TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: {os.strerror(number)}")
