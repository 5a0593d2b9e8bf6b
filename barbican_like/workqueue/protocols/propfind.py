"""WebDAV's listings (RFC 4918, 9.1): what is asked for, and the entries that an answer names.

An answer is read as it comes; documents with entities are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from barbican_like.workqueue.protocols.port import Entry, Kind

QUESTION: Final = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>'
)
LARGEST: Final = 2**29
"""Bytes of an answer that are read: several million entries."""

_DAV: Final = "{DAV:}"


class BadListing(ValueError):
    """An answer that is none."""


@dataclass(slots=True)
class Found:
    """One entry of an answer."""

    path: bytes = b""  # at the site's machine, without a slash at its end
    is_directory: bool = False
    size: int = 0
    mtime: float = 0.0

    def entry(self, name: bytes) -> Entry:
        """As the port has it."""
        kind = Kind.DIRECTORY if self.is_directory else Kind.FILE
        return Entry(name=name, kind=kind, size=0 if self.is_directory else self.size, mtime=self.mtime)


def read(parts: Iterable[bytes]) -> Iterator[Found]:
    """The entries that an answer names.

    :raises BadListing: for one that is none, or too large.
    """
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    size = 0
    try:
        for part in parts:
            size += len(part)
            if size > LARGEST:
                raise BadListing
            parser.feed(part)
            yield from builder.take()
        parser.close()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadListing from error
    yield from builder.take()


class _Builder:
    """The target of a parser: collects entries."""

    def __init__(self) -> None:
        self._found: list[Found] = []
        self._one = Found()
        self._text: list[str] = []

    def take(self) -> list[Found]:
        """Those that are complete since the last call."""
        found, self._found = self._found, []
        return found

    def start(self, tag: str, _attributes: object) -> None:
        """An element begins."""
        self._text.clear()
        if tag == f"{_DAV}response":
            self._one = Found()

    def data(self, text: str) -> None:
        """Text within one."""
        self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        text = "".join(self._text).strip()
        if tag == f"{_DAV}response":
            self._found.append(self._one)
        elif tag == f"{_DAV}href":
            self._one.path = self._one.path or path_of(text)
        elif tag == f"{_DAV}collection":
            self._one.is_directory = True
        elif tag == f"{_DAV}getcontentlength" and text.isascii() and text.isdigit():
            self._one.size = int(text)
        elif tag == f"{_DAV}getlastmodified":
            with suppress(ValueError):
                self._one.mtime = parsedate_to_datetime(text).timestamp()

    def close(self) -> None:
        """The document ends."""


def path_of(href: str) -> bytes:
    """The path of a URL, or of a reference that begins with a slash, decoded, without a slash at its end."""
    path = href if href.startswith("/") else urlsplit(href).path
    return unquote_to_bytes(path).rstrip(b"/")
