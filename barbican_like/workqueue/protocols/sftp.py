"""SFTP: a folder of a machine that is reached by SSH.

Paths are bytes throughout: with texts one name that is not UTF-8 would lose a whole listing. A file is
written under a name of its element's own, beginning with a dot, and renamed when it is whole.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections import deque
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncssh

from barbican_like.common.breakable import Streams
from barbican_like.common.hosts import Hosts
from barbican_like.workqueue import paths, reaching
from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.loop import Loop
from barbican_like.workqueue.protocols.port import Entry, Kind, Reader, Storage, Writer
from barbican_like.workqueue.protocols.sftp_calls import result_of
from barbican_like.workqueue.protocols.sftp_entries import entry_of, kind_of
from barbican_like.workqueue.protocols.sftp_login import Address, log_in

T = TypeVar("T")

_AHEAD: Final = 4 * 2**20  # bytes that are asked for at once
_IN_FLIGHT: Final = 16  # requests
_SMALL: Final = 128 * 2**10  # bytes of a file that is read with one request
_BEHIND: Final = 16  # writes of a chunk that are under way at once
_LONGEST_NAME: Final = 255  # bytes, as nearly every file system has it
_TRUSTED_SECONDS: Final = 1.0  # for which a directory counts as where it was found


class SftpStorage(Storage):
    """A folder of another machine.

    :param credential: ``username`` with ``password``, or with ``private_key`` and perhaps its ``passphrase``.
    :param follow: whether links within the folder are followed; else each is itself.
    """

    def __init__(
        self, address: Address, hosts: Hosts, credential: Mapping[str, str], *, follow: bool = False
    ) -> None:
        self._base = address.root.rstrip(b"/")
        self._follow = follow
        self._seen: dict[bytes, tuple[bytes, float]] = {}
        self._address = address
        self._hosts = hosts
        self._credential = credential
        self._streams = Streams(Waiting)
        self._loop = Loop(f"sftp-{address.host}")
        self._ssh: asyncssh.SSHClientConnection | None = None

    def open(self) -> None:
        """Connect, and log in."""
        connection = reaching.connect(self._hosts, self._address.host, self._address.port, self._streams)
        try:
            connection.settimeout(0)
            self.result(self._loop.begin(self._log_in(connection)), "the site")
            self._root = self._do(self._sftp.realpath(self._base or b"/"), "the site's root").rstrip(b"/")
        except BaseException:
            connection.close()
            raise

    async def _log_in(self, connection: socket.socket) -> None:
        self._ssh = await log_in(connection, self._address, self._credential)
        self._sftp = await self._ssh.start_sftp_client(path_encoding=None)

    def stat(self, path: bytes) -> Entry:
        """What a path stands for; a link is itself unless links are followed."""
        shown = paths.text_of(path)
        where = self._where(path)
        attributes = self._do(self._sftp.lstat(where), shown)
        if self._follow and kind_of(attributes) is Kind.LINK:
            self._require_inside(self._do(self._sftp.realpath(where), shown), shown)
            attributes = self._do(self._sftp.stat(where), shown)
        return entry_of(paths.name_of(path), attributes)

    def scan(self, path: bytes) -> Iterator[Entry]:
        """What is in a directory."""
        shown = paths.text_of(path)
        self._require_real(path, shown)
        found = self._do(self._listed(self._full(path)), shown)
        yield from (entry_of(name, attributes) for name, attributes in found if name not in {b".", b".."})

    async def _listed(self, path: bytes) -> list[tuple[bytes, asyncssh.SFTPAttrs]]:
        return [(os.fsencode(one.filename), one.attrs) async for one in self._sftp.scandir(path)]

    def real(self, path: bytes) -> bytes:
        """The same place by a path without links that are followed."""
        if not self._follow:
            return path
        shown = paths.text_of(path)
        real = self._do(self._sftp.realpath(self._full(path)), shown)
        self._require_inside(real.rstrip(b"/"), shown)
        return real[len(self._root) :].strip(b"/")

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """A regular file from a byte on."""
        shown = paths.text_of(path)
        where = self._where(path)
        if self._follow:
            self._require_inside(self._do(self._sftp.realpath(where), shown), shown)
        attributes, file, content = self._do(self._begun(where, offset), shown)
        if kind_of(attributes) is not Kind.FILE and not self._follow:
            self._do(file.close(), shown)
            raise TransferFailed.permanent(ErrorCode.UNSUPPORTED, f"{shown}: is no regular file")
        return _SftpReader(self, file, offset, shown, content)

    async def _begun(self, where: bytes, offset: int) -> tuple[asyncssh.SFTPAttrs, Any, bytes | None]:
        """A file that is open, and all of it where it is small."""
        attributes, file = await self._opened(where)
        size = attributes.size
        if kind_of(attributes) is not Kind.FILE or offset or not size or size > _SMALL:
            return attributes, file, None
        content = await file.read(size + 1, 0)  # one more, to see that this is its end
        return attributes, file, content if len(content) == size else None

    async def _opened(self, where: bytes) -> tuple[asyncssh.SFTPAttrs, Any]:
        attributes, file = await asyncio.gather(
            self._sftp.lstat(where),
            self._sftp.open(where, "rb", encoding=None, max_requests=_IN_FLIGHT),
            return_exceptions=True,
        )
        for result in (attributes, file):
            if isinstance(result, BaseException):
                raise result
        return attributes, file  # type: ignore[return-value]

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """A file to be written."""
        shown = paths.text_of(path)
        where = self._where(path)
        part = paths.part_of(where, tag)
        if len(paths.name_of(path)) > _LONGEST_NAME:  # of which servers say no more than that it failed
            raise TransferFailed.permanent(ErrorCode.BAD_NAME, f"{shown}: the name is too long")
        file = self._do(self._new(part), shown)
        return _SftpWriter(self, file, part, where, shown, replace=replace)

    def discard(self, path: bytes, *, tag: str) -> None:
        """Remove the part of a file that was not written to its end."""
        with suppress(TransferFailed):
            self._do(self._sftp.remove(paths.part_of(self._where(path), tag)), paths.text_of(path))

    async def _new(self, part: bytes) -> Any:
        try:
            return await self._sftp.open(part, "xb", encoding=None, max_requests=_IN_FLIGHT)
        except (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists) as error:
            try:
                await self._sftp.remove(part)  # of a worker that died in the middle
            except asyncssh.SFTPNoSuchFile:
                raise error from None
        return await self._sftp.open(part, "xb", encoding=None, max_requests=_IN_FLIGHT)

    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Give a file or a directory another path."""
        shown, target = paths.text_of(new), self._where(new)
        self._move(self._where(old), target, shown, self._find(target, shown), replace=replace)

    def _move(
        self, old: bytes, new: bytes, shown: str, there: asyncssh.SFTPAttrs | None, *, replace: bool
    ) -> None:
        is_directory = there is not None and kind_of(there) is Kind.DIRECTORY
        if is_directory or (there is not None and not replace):
            raise TransferFailed.permanent(ErrorCode.EXISTS, f"{shown}: there is one already")
        if replace:
            self._do(self._sftp.posix_rename(old, new), shown)
            return
        try:
            self._do(self._sftp.rename(old, new), shown)
        except TransferFailed:
            if self._find(new, shown) is not None:
                raise TransferFailed.permanent(ErrorCode.EXISTS, f"{shown}: there is one already") from None
            raise

    def remove_file(self, path: bytes) -> None:
        """Remove a file or a link."""
        self._do(self._sftp.remove(self._where(path)), paths.text_of(path))

    def remove_dir(self, path: bytes) -> None:
        """Remove a directory that is empty."""
        shown, where = paths.text_of(path), self._where(path)
        try:
            self._do(self._sftp.rmdir(where), shown)
        except TransferFailed:
            if next(self.scan(path), None) is not None:  # servers say no more than that it failed
                raise TransferFailed.permanent(
                    ErrorCode.NOT_EMPTY, f"{shown}: the directory is not empty"
                ) from None
            raise

    def mkdir(self, path: bytes) -> None:
        """Make a directory with its parents."""
        shown = paths.text_of(path)
        there = self._find(self._full(path), shown)
        if there is not None and kind_of(there) is Kind.DIRECTORY:
            self._require_real(path, shown)
            return
        if path:
            self.mkdir(paths.parent_of(path))
        if there is not None:
            raise TransferFailed.permanent(
                ErrorCode.EXISTS, f"{shown}: something that is no directory is in the way"
            )
        try:
            self._do(self._sftp.mkdir(self._full(path)), shown)
        except TransferFailed:
            made = self._find(self._full(path), shown)  # by another in between
            if made is None or kind_of(made) is not Kind.DIRECTORY:
                raise

    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Not used: the digest of what is copied is wanted."""
        return False

    def close(self) -> None:
        """End the connection; what waits for it fails."""
        self._streams.break_off()
        ssh, self._ssh = self._ssh, None
        if ssh is not None:
            self._loop.call(ssh.abort)
        self._loop.close()

    def _full(self, path: bytes) -> bytes:
        return self._base + b"/" + path if path else self._base or b"/"

    def _where(self, path: bytes) -> bytes:
        """A path at the site, whose directory is where its name says."""
        if path:
            self._require_real(paths.parent_of(path), paths.text_of(path))
        return self._full(path)

    def _require_real(self, directory: bytes, shown: str) -> None:
        """Do nothing for a directory that no link on its way leads elsewhere."""
        now = time.monotonic()
        known = self._seen.get(directory)
        if known is None or now - known[1] > _TRUSTED_SECONDS:
            real = self._do(self._sftp.realpath(self._full(directory)), shown).rstrip(b"/")
            known = (real, now)
            self._seen = {**self._seen, directory: known} if len(self._seen) < 1000 else {directory: known}  # noqa: PLR2004
        if not self._follow and known[0] != (self._root + b"/" + directory).rstrip(b"/"):
            raise TransferFailed.permanent(ErrorCode.DENIED, f"{shown}: a link is in the way")
        self._require_inside(known[0], shown)

    def _require_inside(self, real: bytes, shown: str) -> None:
        if not paths.is_within(real, self._root):
            raise TransferFailed.permanent(ErrorCode.DENIED, f"{shown}: a link leads out of the site")

    def _find(self, where: bytes, shown: str) -> asyncssh.SFTPAttrs | None:
        return self._do(self.found(where), shown)

    async def found(self, where: bytes) -> asyncssh.SFTPAttrs | None:
        """What an absolute path stands for; None for nothing."""
        try:
            return await self._sftp.lstat(where)
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None

    def _do(self, work: Coroutine[Any, Any, T], shown: str) -> T:
        return self.result(self.begin(work), shown)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a call."""
        return self._loop.begin(work)

    def result(self, begun: Future[T], shown: str) -> T:
        """What a call has come to; a site that has not answered it answers no other one either."""
        return result_of(begun, shown, on_silence=self._abort)

    def _abort(self) -> None:
        if self._ssh is not None:
            self._loop.call(self._ssh.abort)


class _SftpReader(Reader):
    """Reads ahead: the next bytes are under way while the last ones are used."""

    def __init__(
        self, site: SftpStorage, file: Any, offset: int, shown: str, whole: bytes | None = None
    ) -> None:
        self._site = site
        self._file = file
        self._offset = offset
        self._shown = shown
        self._left = memoryview(whole or b"")
        self._next: Future[bytes] | None = self._ask() if whole is None else None

    def _ask(self) -> Future[bytes]:
        return self._site.begin(self._file.read(_AHEAD, self._offset))

    def read(self, most: int) -> bytes:
        """The next bytes."""
        if not self._left and self._next is not None:
            content = self._site.result(self._next, self._shown)
            self._offset += len(content)
            self._left = memoryview(content)
            self._next = self._ask() if content else None
        part, self._left = self._left[:most], self._left[most:]
        return bytes(part)

    def close(self) -> None:
        """Close it; an error in that changes nothing any more."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(TransferFailed):
                if self._next is not None:
                    self._site.result(self._next, self._shown)
            with suppress(TransferFailed):
                self._site.begin(file.close())  # nobody waits for that


class _SftpWriter(Writer):
    """Writes behind: a block is under way while the next one is made."""

    def __init__(
        self, site: SftpStorage, file: Any, part: bytes, where: bytes, shown: str, *, replace: bool
    ) -> None:
        self._site = site
        self._file = file
        self._part = part
        self._where = where
        self._shown = shown
        self._replace = replace
        self._offset = 0
        self._last = b""  # what is not under way yet
        self._under_way: deque[Future[int]] = deque()

    def write(self, content: bytes) -> None:
        """Append."""
        if self._last:
            self._finish(_BEHIND - 1)
            self._under_way.append(self._site.begin(self._file.write(self._last, self._offset)))
            self._offset += len(self._last)
        self._last = content

    def commit(self) -> None:
        """Give it its name."""
        self._finish()
        there = self._site.result(self._site.begin(self._end()), self._shown)
        self._file = None
        try:
            self._site._move(self._part, self._where, self._shown, there, replace=self._replace)  # noqa: SLF001  its own
        except TransferFailed:
            self._remove()
            raise

    async def _end(self) -> asyncssh.SFTPAttrs | None:
        """Write the rest and close it; what has its name meanwhile."""
        there, _ = await asyncio.gather(self._site.found(self._where), self._written())
        return there

    async def _written(self) -> None:
        if self._last:
            await self._file.write(self._last, self._offset)
        await self._file.close()

    def abort(self) -> None:
        """Leave nothing behind."""
        file, self._file = self._file, None
        if file is None:
            return
        while self._under_way:
            with suppress(TransferFailed):
                self._finish()
        with suppress(TransferFailed):
            self._site.result(self._site.begin(file.close()), self._shown)
        self._remove()

    def _finish(self, left: int = 0) -> None:
        """Wait until no more are under way than so many."""
        while len(self._under_way) > left:
            self._site.result(self._under_way.popleft(), self._shown)

    def _remove(self) -> None:
        with suppress(TransferFailed):
            self._site.result(self._site.begin(self._site._sftp.remove(self._part)), self._shown)  # noqa: SLF001  as above
