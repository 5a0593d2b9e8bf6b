"""What a list may be narrowed and sorted by, as values that a repository turns into SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Comparison(StrEnum):
    """How a date filter compares; the names are the API's."""

    EQUAL = "eq"
    GREATER = "gt"
    GREATER_OR_EQUAL = "gte"
    LESS = "lt"
    LESS_OR_EQUAL = "lte"


@dataclass(frozen=True, slots=True)
class DateCondition:
    """One condition on a time column."""

    comparison: Comparison
    moment: datetime


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column to sort by."""

    column: str
    descending: bool = False


SECRET_SORT_COLUMNS: dict[str, str] = {
    "algorithm": "algorithm",
    "bit_length": "bit_length",
    "created": "created_at",
    "expiration": "expiration",
    "mode": "mode",
    "name": "name",
    "secret_type": "secret_type",
    "status": "id",  # every secret is ACTIVE: sorting by it only needs to be stable
    "updated": "updated_at",
}


Spellings = tuple[str, ...]
"""A text to look for, in each way that it may have been meant, ``%`` standing for any characters.

None: no filter.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFilter:
    """Which secrets a list shows."""

    name: Spellings = ()
    algorithm: Spellings = ()
    mode: Spellings = ()
    bit_length: int | None = None
    secret_type: str | None = None
    acl_only: bool = False
    created: tuple[DateCondition, ...] = ()
    updated: tuple[DateCondition, ...] = ()
    expiration: tuple[DateCondition, ...] = ()
    sort: tuple[SortKey, ...] = ()
