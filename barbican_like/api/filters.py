"""What a list of secrets is narrowed and sorted by, read from the query string."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from barbican_like.common import clock
from barbican_like.common.errors import BadQuery
from barbican_like.http import query
from barbican_like.http.openapi.values import like, parameter
from barbican_like.http.schema import NO_NUL, Schema
from barbican_like.model.filters import (
    SECRET_SORT_COLUMNS,
    Comparison,
    DateCondition,
    SecretFilter,
    SortKey,
)

_EXCLUDES: Final = {
    Comparison.GREATER: Comparison.GREATER_OR_EQUAL,
    Comparison.LESS: Comparison.LESS_OR_EQUAL,
}


def _bits(text: str) -> int | None:
    """An unusable number is ignored, as in the original; one out of range matches nothing."""
    try:
        bits = int(text[:25])
    except ValueError:
        return None
    return bits if 0 < bits < 2**31 else -1


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


@dataclass(frozen=True, slots=True)
class _Filter:
    """A parameter of the query."""

    field: str  # of the filter
    parameter: Schema  # as the document shows it
    read: Callable[[str], Any] = str  # what the filter has of its text


def _of_dates(name: str) -> _Filter:
    shown = parameter(
        name,
        "A comma list of ISO 8601 dates, each with `gt:`, `gte:`, `lt:`, `lte:` or nothing before it; UTC "
        "unless it has an offset. No comparison twice, no gt with gte, no lt with lte.",
        {"type": "string", "format": "date-conditions"},
        example="gte:2024-01-01T00:00:00,lt:2999-01-01",
    )
    return _Filter(name, shown, _dates)


_FILTERS: Final = (
    _Filter("name", like("name", "name"), query.spellings),
    _Filter("algorithm", like("alg", "algorithm"), query.spellings),
    _Filter("mode", like("mode", "mode"), query.spellings),
    _Filter(
        "bit_length",
        parameter(
            "bits",
            "Only those of this bit length; what is no number is ignored.",
            {"type": ["integer", "string"]},
        ),
        _bits,
    ),
    _Filter(
        "secret_type",
        parameter(
            "secret_type", "Only those of this type.", {"type": "string", "pattern": NO_NUL}, example="opaque"
        ),
    ),
    _Filter(
        "acl_only",
        parameter(
            "acl_only",
            "`true`: the secrets of any project whose ACL names the caller.",
            {"type": ["boolean", "string"], "pattern": NO_NUL},
        ),
        lambda text: text.strip().lower() == "true",
    ),
    *(_of_dates(name) for name in ("created", "updated", "expiration")),
    _Filter(
        "sort",
        parameter(
            "sort",
            f"A comma list of {', '.join(SECRET_SORT_COLUMNS)}, each with `:asc` or `:desc` after it or "
            "nothing; none of them twice.",
            {"type": "string", "format": "sort-keys"},
            example="name:desc,created",
        ),
        _sort,
    ),
)

SECRETS: Final = tuple(each.parameter for each in _FILTERS)
"""The parameters of a list of secrets, for its description."""

_BY_NAME: Final = {each.parameter["name"]: each for each in _FILTERS}


def secret_filter(params: Mapping[str, str]) -> SecretFilter:
    """What a list of secrets is narrowed and sorted by.

    :param params: those that have a value.
    :raises BadQuery: for a date or a sort order that cannot be used.
    """
    known = [(_BY_NAME[name], text) for name, text in params.items() if name in _BY_NAME]
    return SecretFilter(**{each.field: each.read(text) for each, text in known})
