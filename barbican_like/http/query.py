"""Query strings: parsed once and strictly, with a 400 for what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from barbican_like.common.errors import BadQuery
from barbican_like.http.schema import Schema
from barbican_like.model.models import Page

_MOST_FIELDS: Final = 100
_LARGEST_OFFSET: Final = 2**63 - 1 - 1_000_000
_TRUE: Final = ("true", "1", "yes", "on", "t", "y")
_FALSE: Final = ("false", "0", "no", "off", "f", "n")

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
    """Offset and limit; unusable values fall back to their defaults."""
    offset = _integer(params.get("offset"), 0)
    limit = _integer(params.get("limit"), default)
    return Page(offset=min(max(offset, 0), _LARGEST_OFFSET), limit=min(max(limit, 1), most))


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
