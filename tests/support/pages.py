"""Pages of a list as tests look at them, and the way through all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from barbican_like.model.lists import Part
from barbican_like.model.models import Marker, Page
from barbican_like.model.unit_of_work import Repositories

T = TypeVar("T")


def shown(view: Repositories, part: Part[T]) -> tuple[list[T], int]:
    """What is on a page, and how long the whole list is."""
    return list(part.items), view.total(part)


def walked(page_of: Callable[[Page], Part[T]], limit: int, *, marked: bool = True) -> Iterator[list[T]]:
    """The pages of a list from the first to the last, as its links lead.

    :param marked: whether by the markers; else by the offsets alone.
    """
    offset, marker, more = 0, None, True
    while more:
        part = page_of(Page(offset=offset, limit=limit, marker=marker if marked else None))
        yield list(part.items)
        offset, marker, more = offset + limit, part.later, part.later is not None


def walked_back(
    page_of: Callable[[Page], Part[T]], limit: int, offset: int, marker: Marker | None
) -> Iterator[list[T]]:
    """The pages before a place, the last of them first."""
    while marker is not None and (offset := offset - limit) >= 0:
        part = page_of(Page(offset=offset, limit=limit, marker=marker))
        yield list(part.items)
        marker = part.earlier
