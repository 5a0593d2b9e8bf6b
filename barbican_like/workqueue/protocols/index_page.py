"""The page by which a web server lists a directory: its links to what is directly below it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from contextlib import suppress
from html.parser import HTMLParser
from typing import Final
from urllib.parse import SplitResult, unquote_to_bytes, urljoin, urlsplit

_DECODER: Final = codecs.getincrementaldecoder("utf-8")
_LARGEST: Final = 2**26  # bytes that are looked at: some 500,000 names


def links(parts: Iterable[bytes], url: str) -> dict[bytes, bool]:
    """The names that a page leads to, and whether each is a directory.

    :param url: of the page, with a slash at its end.
    """
    page, decoder = _Page(url), _DECODER(errors="surrogateescape")
    size = 0
    for part in parts:
        size += len(part)
        if size > _LARGEST:
            break
        page.feed(decoder.decode(part))
    page.close()
    return page.names


class _Page(HTMLParser):
    """Collects links."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.names: dict[bytes, bool] = {}
        self._url = url
        parts = urlsplit(url)
        self._place = (parts.scheme, parts.netloc)
        self._folder = unquote_to_bytes(parts.path)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link to what lies directly below becomes a name; one with a query sorts the page."""
        target = dict(attrs).get("href") if tag == "a" else None
        if target:
            with suppress(ValueError):  # it is no URL
                self._add(urlsplit(urljoin(self._url, target)))

    def _add(self, target: SplitResult) -> None:
        whole = unquote_to_bytes(target.path.encode("utf-8", "surrogateescape"))
        if (
            (target.scheme, target.netloc) != self._place
            or target.query
            or not whole.startswith(self._folder)
        ):
            return
        name, slash, rest = whole[len(self._folder) :].partition(b"/")
        if name not in {b"", b".", b".."} and not rest:
            self.names[name] = self.names.get(name, False) or bool(slash)
