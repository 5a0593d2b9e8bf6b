"""WEBDAV: a collection of a web server (RFC 4918).

A file is sent under a name of its element's own, beginning with a dot, and moved to its own name when it is
whole. WebDAV removes collections with all they hold: one is looked into before it is removed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from typing import Final

from barbican_like.common.hosts import Hosts
from barbican_like.workqueue import paths, reaching
from barbican_like.workqueue.faults import ErrorCode, TransferFailed, not_found
from barbican_like.workqueue.protocols import propfind
from barbican_like.workqueue.protocols.pipe import Pipe
from barbican_like.workqueue.protocols.port import Entry, Kind, Reader, Storage, Writer
from barbican_like.workqueue.protocols.web import Web, WebAddress
from barbican_like.workqueue.protocols.web_reader import WebReader

_LONGEST_NAME: Final = 255  # bytes, as nearly every file system has it
_SMALL: Final = 4 * 2**20  # bytes up to which a file is sent in one piece
_PATIENCE: Final = 600.0  # seconds for what a site does by itself with much data
_TRUSTED_SECONDS: Final = 10.0  # for which a directory counts as made
_MADE: Final = frozenset({200, 201, 204})


class WebdavStorage(Storage):
    """A collection.

    :param credential: ``username`` and ``password``, or ``token``, or nothing.
    """

    def __init__(self, address: WebAddress, hosts: Hosts, credential: Mapping[str, str]) -> None:
        self._web = Web(address, hosts, credential, look="PROPFIND")
        self._made: dict[bytes, float] = {}

    def stat(self, path: bytes) -> Entry:
        """What a path stands for."""
        # To its end, so that the connection serves the next request.
        own = [found for below, found in self._listed(path, depth=0) if not below]
        if not own:
            raise not_found(paths.text_of(path))
        return own[0].entry(paths.name_of(path))

    def scan(self, path: bytes) -> Iterator[Entry]:
        """What is in a collection."""
        for below, found in self._listed(path, depth=1):
            if below:
                yield found.entry(below)
            elif not found.is_directory:
                raise TransferFailed.permanent(
                    ErrorCode.EXISTS, f"{paths.text_of(path)}: something that is no directory is in the way"
                )

    def _listed(self, path: bytes, *, depth: int) -> Iterator[tuple[bytes, propfind.Found]]:
        """The entries of an answer, each with its path below the one that was asked for."""
        shown = paths.text_of(path) or "the site"
        headers = {"Depth": str(depth), "Content-Type": "application/xml"}
        with closing(
            self._web.begin("PROPFIND", path, headers, propfind.QUESTION, directory=bool(depth))
        ) as answer:
            if answer.status_code != 207:  # noqa: PLR2004
                raise self._web.failure(answer, path)
            own = propfind.path_of(str(answer.url))
            with reaching.over_http(shown):
                try:
                    for found in propfind.read(answer.iter_raw()):
                        yield _below(found.path, own), found
                except propfind.BadListing as error:
                    raise TransferFailed.permanent(
                        ErrorCode.UNSUPPORTED, f"{shown}: the site's listing is none"
                    ) from error

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """A file from a byte on."""
        return WebReader(self._web, path, offset)

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """A file to be written."""
        if len(paths.name_of(path)) > _LONGEST_NAME:  # of which servers say no more than that it failed
            raise TransferFailed.permanent(ErrorCode.BAD_NAME, f"{paths.text_of(path)}: the name is too long")
        self.mkdir(paths.parent_of(path))  # missing it is seen at the end only, when all is sent
        return _WebdavWriter(self, path, tag, replace=replace, size=size)

    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Give a file or a collection another path."""
        self._transfer("MOVE", old, new, replace=replace)

    def remove_file(self, path: bytes) -> None:
        """Remove a file; never a collection with all it holds."""
        if self.stat(path).kind is Kind.DIRECTORY:
            raise TransferFailed.permanent(ErrorCode.EXISTS, f"{paths.text_of(path)}: is a directory")
        self._delete(path)

    def remove_dir(self, path: bytes) -> None:
        """Remove a collection that holds nothing when it is looked into."""
        if next(self.scan(path), None) is not None:
            raise TransferFailed.permanent(
                ErrorCode.NOT_EMPTY, f"{paths.text_of(path)}: the directory is not empty"
            )
        self._made.clear()
        self._delete(path)

    def mkdir(self, path: bytes) -> None:
        """Make a collection with its parents."""
        if not path or time.monotonic() - self._made.get(path, -_TRUSTED_SECONDS) < _TRUSTED_SECONDS:
            return
        answer = self._web.ask("MKCOL", path, directory=True)
        if answer.status_code in {404, 409}:  # its parent is missing, or no collection
            self.mkdir(paths.parent_of(path))
            answer = self._web.ask("MKCOL", path, directory=True)
        if answer.status_code not in _MADE:
            self._require_directory(path, self._web.failure(answer, path))
        self._made = {**self._made, path: time.monotonic()} if len(self._made) < 1000 else {}  # noqa: PLR2004

    def _require_directory(self, path: bytes, fault: TransferFailed) -> None:
        """Do nothing where a collection is there that could not be made."""
        there = self._find(path)
        if there is None:
            if path:
                self._require_directory(paths.parent_of(path), fault)
            raise fault
        if there.kind is not Kind.DIRECTORY:
            raise TransferFailed.permanent(
                ErrorCode.EXISTS,
                f"{paths.text_of(path)}: something that is no directory is in the way",
            )

    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Let the site copy a file."""
        self._transfer("COPY", source, target, replace=replace)
        return True

    def close(self) -> None:
        """End every connection."""
        self._web.close()

    def send(self, path: bytes, content: bytes | Iterator[bytes], size: int | None) -> None:
        """Put a file there."""
        headers = {"Content-Type": "application/octet-stream"}
        if size is not None:
            headers["Content-Length"] = str(size)
        answer = self._web.ask("PUT", path, headers, content, seconds=_PATIENCE)
        if answer.status_code in {404, 409}:
            self._made.clear()
            raise TransferFailed.transient(
                ErrorCode.CONNECTION, f"{paths.text_of(path)}: its directory is not there any more"
            )
        if answer.status_code not in _MADE:
            raise self._web.failure(answer, path)

    def discard(self, path: bytes, *, tag: str) -> None:
        """Remove the part of a file that was not sent to its end, if that can be."""
        with suppress(TransferFailed):
            self._delete(paths.part_of(path, tag))

    def _delete(self, path: bytes) -> None:
        answer = self._web.ask("DELETE", path, seconds=_PATIENCE)
        if answer.status_code not in _MADE:
            raise self._web.failure(answer, path)

    def _transfer(self, method: str, old: bytes, new: bytes, *, replace: bool) -> None:
        there = self._find(new) if replace else None
        if there is not None and there.kind is Kind.DIRECTORY:  # it would be replaced with all it holds
            raise TransferFailed.permanent(
                ErrorCode.EXISTS, f"{paths.text_of(new)}: a directory is in the way"
            )
        headers = {"Destination": self._web.url(new), "Overwrite": "T" if replace else "F"}
        answer = self._web.ask(method, old, headers, seconds=_PATIENCE)
        if answer.status_code == 403 and self._find(old) is None:  # noqa: PLR2004  as some servers put it
            raise not_found(paths.text_of(old))
        if answer.status_code not in _MADE:
            raise self._web.failure(answer, new if answer.status_code == 412 else old)  # noqa: PLR2004

    def _find(self, path: bytes) -> Entry | None:
        try:
            return self.stat(path)
        except TransferFailed as error:
            if error.fault.code is ErrorCode.NOT_FOUND:
                return None
            raise


def _below(path: bytes, own: bytes) -> bytes:
    """The name of an entry below the collection that was asked for; empty for that itself.

    :raises BadListing: for an entry of anywhere else.
    """
    if path == own:
        return b""
    if not path.startswith(own + b"/"):
        raise propfind.BadListing
    return path[len(own) + 1 :]


class _WebdavWriter(Writer):
    """Small files are sent when they are whole, others as they come."""

    def __init__(
        self, site: WebdavStorage, path: bytes, tag: str, *, replace: bool, size: int | None
    ) -> None:
        self._site = site
        self._path = path
        self._tag = tag
        self._part = paths.part_of(path, tag)
        self._replace = replace
        self._size = size
        self._kept: list[bytes] = []
        self._length = 0
        self._pipe: Pipe[None] | None = None
        self._is_sent = False

    def write(self, content: bytes) -> None:
        """Append."""
        if self._pipe is not None:
            self._pipe.put(content)
            return
        self._kept.append(content)
        self._length += len(content)
        if self._length > _SMALL:
            self._pipe = Pipe(lambda parts: self._site.send(self._part, parts, self._size))
            self._is_sent = True
            for one in self._kept:
                self._pipe.put(one)
            self._kept.clear()

    def commit(self) -> None:
        """Give it its name."""
        self._is_sent = True
        if self._pipe is not None:
            self._pipe.finish()
        else:
            self._site.send(self._part, b"".join(self._kept), None)
        self._site.rename(self._part, self._path, tag=self._tag, replace=self._replace)
        self._is_sent = False

    def abort(self) -> None:
        """Leave nothing behind."""
        self._kept.clear()
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.abort()
        if self._is_sent:
            self._is_sent = False
            self._site.discard(self._path, tag=self._tag)
