"""HTTP: files of a web server, which are read only.

Plain HTTP knows no directories. Here one is what web servers make of it: a path that the server redirects to
itself with a slash at its end, and whose page has links to what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import Final, NoReturn

import httpx

from barbican_like.common.hosts import Hosts
from barbican_like.workqueue import paths, reaching
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols import index_page
from barbican_like.workqueue.protocols.port import Entry, Kind, Reader, Storage, Writer
from barbican_like.workqueue.protocols.web import Web, WebAddress
from barbican_like.workqueue.protocols.web_reader import WebReader

_NO_HEAD: Final = frozenset({405, 501})


class HttpStorage(Storage):
    """Files of a web server.

    :param credential: ``username`` and ``password``, or ``token``, or nothing.
    """

    def __init__(self, address: WebAddress, hosts: Hosts, credential: Mapping[str, str]) -> None:
        self._web = Web(address, hosts, credential, look="HEAD")

    def stat(self, path: bytes) -> Entry:
        """A directory where the server leads to the same with a slash, else a file."""
        with closing(self._web.begin("HEAD", path, directory=not path)) as answer:
            if answer.status_code not in _NO_HEAD:
                return self._entry(path, answer)
        with closing(self._web.begin("GET", path, directory=not path)) as answer:
            return self._entry(path, answer)

    def _entry(self, path: bytes, answer: httpx.Response) -> Entry:
        if answer.status_code != httpx.codes.OK:
            raise self._web.failure(answer, path)
        name, mtime = paths.name_of(path), _time(answer)
        if answer.url.raw_path.partition(b"?")[0].endswith(b"/"):
            return Entry(name=name, kind=Kind.DIRECTORY, mtime=mtime)
        length = answer.headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdigit() else 0
        return Entry(name=name, kind=Kind.FILE, size=size, mtime=mtime)

    def scan(self, path: bytes) -> Iterator[Entry]:
        """What a directory's page has links to; files are asked for their sizes."""
        shown = paths.text_of(path) or "the site"
        with closing(self._web.begin("GET", path, {"Accept": "text/html"}, directory=True)) as answer:
            if answer.status_code != httpx.codes.OK:
                raise self._web.failure(answer, path)
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                raise TransferFailed.permanent(
                    ErrorCode.UNSUPPORTED, f"{shown}: the site has no page that lists it"
                )
            with reaching.over_http(shown):
                links = index_page.links(answer.iter_raw(), str(answer.url))
        for name, is_directory in links.items():
            yield Entry(name=name, kind=Kind.DIRECTORY) if is_directory else self._listed(path, name)

    def _listed(self, path: bytes, name: bytes) -> Entry:
        """A file; one that cannot be had is shown all the same."""
        try:
            return self.stat(paths.join(path, name))
        except TransferFailed as error:
            if error.fault.kind is not ErrorClass.PERMANENT:
                raise
            return Entry(name=name, kind=Kind.FILE)

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """A file from a byte on."""
        return WebReader(self._web, path, offset)

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """Not offered."""
        _refuse(path)

    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Not offered."""
        _refuse(old)

    def remove_file(self, path: bytes) -> None:
        """Not offered."""
        _refuse(path)

    def remove_dir(self, path: bytes) -> None:
        """Not offered."""
        _refuse(path)

    def mkdir(self, path: bytes) -> None:
        """Not offered."""
        _refuse(path)

    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Not offered."""
        return False

    def close(self) -> None:
        """End every connection."""
        self._web.close()


def _refuse(path: bytes) -> NoReturn:
    raise TransferFailed.permanent(
        ErrorCode.UNSUPPORTED, f"{paths.text_of(path)}: HTTP is of use as a source only"
    )


def _time(answer: httpx.Response) -> float:
    try:
        return parsedate_to_datetime(answer.headers.get("Last-Modified", "")).timestamp()
    except (TypeError, ValueError):
        return 0.0
