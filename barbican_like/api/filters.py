"""What a list of secrets is narrowed and sorted by, read from the query string."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus

from barbican_like.common import clock
from barbican_like.common.errors import BadQuery
from barbican_like.model.filters import (
    SECRET_SORT_COLUMNS,
    Comparison,
    DateCondition,
    SecretFilter,
    SortKey,
)

_DATE_FIELDS: Final = ("created", "updated", "expiration")
_EXCLUDES: Final = {
    Comparison.GREATER: Comparison.GREATER_OR_EQUAL,
    Comparison.LESS: Comparison.LESS_OR_EQUAL,
}


def secret_filter(params: Mapping[str, str]) -> SecretFilter:
    """What a list of secrets is narrowed and sorted by.

    :raises BadQuery: for a date or a sort order that cannot be used.
    """
    name = params.get("name")
    return SecretFilter(
        name=None if name is None else _decoded(name),
        algorithm=params.get("alg"),
        mode=params.get("mode"),
        bit_length=_bits(params.get("bits")),
        secret_type=params.get("secret_type"),
        acl_only=params.get("acl_only", "").strip().lower() == "true",
        sort=_sort(params["sort"]) if "sort" in params else (),
        **{field: _dates(params[field]) for field in _DATE_FIELDS if field in params},
    )


def _decoded(text: str) -> str:
    """A name that clients encode once more than the query itself."""
    decoded = unquote_plus(text)
    if "\x00" in decoded:
        raise BadQuery
    return decoded


def _bits(text: str | None) -> int | None:
    """An unusable number is ignored, as in the original; one out of range matches nothing."""
    try:
        bits = None if text is None else int(text[:25])
    except ValueError:
        return None
    return bits if bits is None or 0 < bits < 2**31 else -1


def _sort(text: str) -> tuple[SortKey, ...]:
    keys: list[SortKey] = []
    for part in text.split(","):
        column, colon, direction = part.strip().partition(":")
        if column not in SECRET_SORT_COLUMNS or (colon and direction not in {"asc", "desc"}):
            raise BadQuery
        if any(key.column == column for key in keys):
            raise BadQuery
        keys.append(SortKey(column, descending=direction == "desc"))
    return tuple(keys)


def _dates(text: str) -> tuple[DateCondition, ...]:
    conditions = [_date(part.strip()) for part in text.split(",")]
    used = {condition.comparison for condition in conditions}
    if len(used) != len(conditions):
        raise BadQuery
    if any(strict in used and loose in used for strict, loose in _EXCLUDES.items()):
        raise BadQuery
    if Comparison.EQUAL in used and used & set(_EXCLUDES.values()):
        raise BadQuery
    return tuple(conditions)


def _date(text: str) -> DateCondition:
    word, colon, rest = text.partition(":")
    comparison, value = Comparison.EQUAL, text
    if colon and word in {"gt", "gte", "lt", "lte"}:
        comparison, value = Comparison(word), rest
    return DateCondition(comparison, _moment(value))


def _moment(text: str) -> datetime:
    # An unescaped plus sign of an offset arrives as a blank.
    spelled = text.strip()
    for candidate in (spelled, "+".join(spelled.rsplit(" ", 1))):
        try:
            return clock.to_naive_utc(datetime.fromisoformat(candidate))
        except (ValueError, OverflowError):
            continue
    raise BadQuery
