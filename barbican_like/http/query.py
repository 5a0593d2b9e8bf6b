"""Query strings: parsed once and strictly, with a 400 for what cannot be read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

import orjson

from barbican_like.common import ids
from barbican_like.common.errors import BadQuery
from barbican_like.http.schema import Schema
from barbican_like.model.models import Marker, Page

_MOST_FIELDS: Final = 100
_LARGEST_OFFSET: Final = 2**63 - 1 - 1_000_000
_TRUE: Final = ("true", "1", "yes", "on", "t", "y")
_FALSE: Final = ("false", "0", "no", "off", "f", "n")

_LONGEST_MARKER: Final = 4_096  # characters; a link with a longer one has its offset alone

OF_PAGES: Final = frozenset({"limit", "offset", "marker"})
"""The parameters that :func:`page` reads."""

FLAG: Final[Schema] = {"type": "string", "enum": [*_TRUE, *_FALSE]}
"""What :func:`strict_bool` reads."""


def parse(query_string: str) -> dict[str, str]:
    """The parameters; of a repeated one the last counts.

    :raises BadQuery: on text that is not UTF-8, a NUL, or too many parameters.
    """
    if not query_string:
        return {}
    try:
        # Bytes that a client did not escape arrive as Latin-1 (PEP 3333).
        text = query_string if query_string.isascii() else query_string.encode("latin-1").decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadQuery from None
    if any("\x00" in text for pair in pairs for text in pair):
        raise BadQuery
    return dict(pairs)


def spellings(text: str | None) -> tuple[str, ...]:
    """What a filter by a text may mean: the text, and what it is the percent-encoding of.

    Some clients encode a text once for the query, others twice, and none says which it does. None where there
    is no text.
    """
    if not text:
        return ()
    try:
        decoded = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        return (text,)
    return (text,) if decoded == text or "\x00" in decoded else (text, decoded)


def page(params: Mapping[str, str], *, default: int, most: int) -> Page:
    """Offset, limit and marker; unusable values fall back to their defaults."""
    offset = _integer(params.get("offset"), 0)
    limit = _integer(params.get("limit"), default)
    offset = min(max(offset, 0), _LARGEST_OFFSET)
    marker = _marker(params.get("marker", ""), offset)
    return Page(offset=offset, limit=min(max(limit, 1), most), marker=marker)


def marker_of(page: Page) -> dict[str, str]:
    """The parameter that tells where a page begins, to stand beside its offset; none where that has to do."""
    marker = page.marker
    if marker is None:
        return {}
    told = orjson.dumps([page.offset, marker.order, marker.backwards, *marker.values])
    text = base64.urlsafe_b64encode(told).rstrip(b"=").decode()
    return {"marker": text} if len(text) <= _LONGEST_MARKER else {}


def _marker(text: str, offset: int) -> Marker | None:
    """What :func:`marker_of` made for this offset; a client that goes elsewhere has changed the offset only.

    Also an id, by which clients of OpenStack ask for what comes behind the last that they have.
    """
    if ids.is_canonical(text):
        return Marker(row_id=text)
    if not 0 < len(text) <= _LONGEST_MARKER:
        return None
    try:
        told = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        return None
    match told:
        case [int(begin), str(order), bool(backwards), *values] if begin == offset and _are_plain(values):
            return Marker(order=order, values=tuple(values), backwards=backwards)
        case _:
            return None


def _are_plain(values: list[object]) -> bool:
    return all(value is None or isinstance(value, str | int) for value in values)


def strict_bool(params: Mapping[str, str], name: str) -> bool:
    """A flag that is absent, true or false.

    :raises BadQuery: for any other word.
    """
    word = params.get(name, "false").strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadQuery


def _integer(text: str | None, default: int) -> int:
    try:
        return default if text is None else int(text[:25])
    except ValueError:
        return default
