"""Lists a page at a time: how one is sorted, where a page begins, and how long the whole is.

A page begins behind a row, which its marker describes, so that it costs the same at any depth; a row's
values do, not its id, since the row may be gone by then. An offset works too, and skips what is before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from barbican_like.common import clock
from barbican_like.common.lazy import lazy
from barbican_like.model.models import Marker, Page

T = TypeVar("T")
U = TypeVar("U")
Values = tuple[Any, ...]

_WITHOUT_ROW_RANGES: Final = frozenset({"mysql", "mariadb"})  # they find (a, b) > (1, 2) by no index


@dataclass(frozen=True, slots=True)
class Key:
    """One column to sort by. No value sorts before every value."""

    column: Column[Any]
    descending: bool = False

    def ordered(self, backwards: bool) -> list[ColumnElement[Any]]:
        """What ORDER BY has of it. PostgreSQL alone sorts no value last, so that is always said."""
        column = self.column
        keys = (column.is_not(None), column) if column.nullable else (column,)
        return [key.desc() if self.descending != backwards else key.asc() for key in keys]

    def same(self, null: bool, bound: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a row is where the bound value is."""
        return self.column.is_(None) if null else self.column == bound

    def beyond(self, null: bool, bound: ColumnElement[Any], backwards: bool) -> ColumnElement[bool] | None:
        """Whether a row is behind the bound value; None where none can be."""
        column = self.column
        if self.descending == backwards:
            return column.is_not(None) if null else column > bound
        if null:
            return None
        return or_(column < bound, column.is_(None)) if column.nullable else column < bound


class Order:
    """What a list is sorted by; the last of the keys is unique.

    :param keys: at least one; all in one direction and never null where there is an index.
    :param index: one that begins with what narrows the list to its owner, and goes on with the keys.
    """

    def __init__(self, *keys: Key, index: Index | None = None) -> None:
        self.index = index
        self.name = ",".join(f"{'-' if key.descending else ''}{key.column.name}" for key in keys)
        self._keys = keys
        self._bound = [bindparam(f"beyond_{n}", type_=key.column.type) for n, key in enumerate(keys)]

    def by(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """What ORDER BY has."""
        return [each for key in self._keys for each in key.ordered(backwards)]

    def marker(self, row: Any, *, backwards: bool = False) -> Marker:
        """A row of the list as a place in it."""
        cells = (getattr(row, key.column.name) for key in self._keys)
        values = tuple(cell.isoformat() if isinstance(cell, datetime) else cell for cell in cells)
        return Marker(order=self.name, values=values, backwards=backwards)

    def values(self, marker: Marker) -> Values | None:
        """A marker's values, None where it belongs to another order or was not made here."""
        if marker.order != self.name or len(marker.values) != len(self._keys):
            return None
        try:
            return tuple(_typed(key.column, v) for key, v in zip(self._keys, marker.values, strict=True))
        except (TypeError, ValueError, OverflowError):
            return None

    def bind(self, values: Values) -> dict[str, Any]:
        """What a statement with :meth:`beyond` is given."""
        return {bound.key: value for bound, value in zip(self._bound, values, strict=True)}

    def beyond(self, values: Values, *, backwards: bool, row_ranges: bool) -> ColumnElement[bool]:
        """Whether a row is behind a place. Of the values only which of them are null is looked at.

        :param row_ranges: whether the database finds a range of several columns by an index.
        """
        if self.index is not None and row_ranges:
            rows, place = tuple_(*(key.column for key in self._keys)), tuple_(*self._bound)
            return rows < place if self._keys[0].descending != backwards else rows > place
        same: list[ColumnElement[bool]] = []
        either: list[ColumnElement[bool]] = []
        for key, bound_value, value in zip(self._keys, self._bound, values, strict=True):
            beyond = key.beyond(value is None, bound_value, backwards)
            if beyond is not None:
                either.append(and_(*same, beyond))
            same.append(key.same(value is None, bound_value))
        condition = or_(*either)
        if self.index is None:
            return condition
        first, bound = self._keys[0].column, self._bound[0]
        # Follows from the condition, and is where MariaDB begins to read the index.
        start = first <= bound if self._keys[0].descending != backwards else first >= bound
        return and_(start, condition)


def index_of(*columns: Column[Any]) -> Index:
    """The index that begins with these columns."""
    found = (index for index in columns[0].table.indexes if tuple(index.columns)[: len(columns)] == columns)
    return next(found)


def _typed(column: Column[Any], value: Any) -> Any:
    """A marker's value as the column has it.

    :raises TypeError, ValueError, OverflowError: when it cannot be one.
    """
    kind = column.type.python_type
    if value is None and column.nullable:
        return None
    if kind is datetime:
        return clock.to_naive_utc(datetime.fromisoformat(value))
    if type(value) is not kind or (kind is int and not -(2**31) <= value < 2**31):
        raise TypeError
    if kind is str and "\x00" in value:
        raise ValueError
    return value


class Size:
    """Counts the rows of a list, all of them or up to a number.

    :param rows: the list, unsorted.
    :param order: one with an index, by which PostgreSQL then counts; it may read the whole table otherwise.
    """

    def __init__(self, rows: Select[Any], order: Order | None = None) -> None:
        self._whole = rows.with_only_columns(func.count(), maintain_column_froms=True)
        ones: Select[Any] = rows.with_only_columns(
            literal_column("1").label("one"), maintain_column_froms=True
        )
        some = ones if order is None else ones.order_by(*order.by())
        self._some = select(func.count()).select_from(some.limit(bindparam("most")).subquery("some"))

    def some(self, connection: Connection, values: Mapping[str, Any], most: int) -> int:
        """How many there are, ``most`` where there are more."""
        total: int = connection.execute(self._some, _now(values) | {"most": most}).scalar_one()
        return total

    def whole(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many there are."""
        total: int = connection.execute(self._whole, _now(values)).scalar_one()
        return total


@dataclass(frozen=True, slots=True)
class Count:
    """A list to be counted."""

    size: Size
    values: Mapping[str, Any]  # that its statements are given, but for the time

    @property
    def name(self) -> tuple[Size, frozenset[tuple[str, Any]]]:
        """The same for the same list."""
        return self.size, frozenset(self.values.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[T]):
    """A page of a list."""

    items: Sequence[T]
    earlier: Marker | None  # of what comes before the page; None where the page is empty
    later: Marker | None  # of what comes behind it; None where nothing does
    known_total: int | None  # of the whole list; None where it must be counted
    count: Count

    def of(self, items: Sequence[U]) -> Part[U]:
        """The same page with other items in their places."""
        return Part(
            items=items,
            earlier=self.earlier,
            later=self.later,
            known_total=self.known_total,
            count=self.count,
        )


class Listing:
    """A kind of list: its statements, each built at its first use.

    :param rows: the list, unsorted; the columns of the order are among its own.
    """

    def __init__(self, rows: Select[Any], order: Order, size: Size) -> None:
        self._rows = rows
        self._order = order
        self._size = size
        self._statements: dict[object, Select[Any]] = {}
        row_id = rows.selected_columns.get("id")
        self._row = None if row_id is None else rows.where(row_id == bindparam("row_id"))

    def part(self, connection: Connection, values: Mapping[str, Any], page: Page) -> Part[Any]:
        """One page, its rows in the list's order.

        :param values: that the statements are given, but for the time, which is bound as ``now``.
        """
        marker = page.marker
        place = None if marker is None else self._place(connection, values, marker)
        backwards = marker is not None and place is not None and marker.backwards
        given = _now(values) | {"limit": page.limit + 1}
        if place is not None:
            statement = self._behind(place, backwards, connection.dialect.name)
            given |= self._order.bind(place)
        elif page.offset:
            statement, given["offset"] = self._skipping, page.offset
        else:
            statement = self._first
        rows = connection.execute(statement, given).all()
        more, rows = len(rows) > page.limit, rows[: page.limit]
        if backwards:
            rows = rows[::-1]
        is_counted = place is None and not more and (bool(rows) or page.offset == 0)
        return Part(
            items=rows,
            earlier=self._order.marker(rows[0], backwards=True) if rows else None,
            later=self._order.marker(rows[-1]) if rows and (more or backwards) else None,
            known_total=page.offset + len(rows) if is_counted else None,
            count=Count(self._size, values),
        )

    def _place(self, connection: Connection, values: Mapping[str, Any], marker: Marker) -> Values | None:
        """The values that a marker has, or those of the row that it names by its id."""
        if marker.row_id is None:
            return self._order.values(marker)
        if self._row is None:
            return None
        row = connection.execute(self._row, _now(values) | {"row_id": marker.row_id}).one_or_none()
        return None if row is None else self._order.values(self._order.marker(row))

    @lazy
    def _first(self) -> Select[Any]:
        return self._rows.order_by(*self._order.by()).limit(bindparam("limit"))

    @lazy
    def _skipping(self) -> Select[Any]:
        skipping = self._first.offset(bindparam("offset"))
        index = self._order.index
        if index is None or index.table is None or "id" not in index.table.c:
            return skipping
        # What is skipped is read in the index alone: the rows themselves take a hundred times as long.
        table = index.table
        page = skipping.with_only_columns(table.c.id, maintain_column_froms=True).subquery("page")
        rows = select(*self._rows.selected_columns).select_from(page.join(table, table.c.id == page.c.id))
        return rows.order_by(*self._order.by())

    def _behind(self, place: Values, backwards: bool, dialect: str) -> Select[Any]:
        shape = (tuple(value is None for value in place), backwards, dialect)
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = self._build(place, backwards, dialect)
        return statement

    def _build(self, place: Values, backwards: bool, dialect: str) -> Select[Any]:
        sorted_rows = self._rows.order_by(*self._order.by(backwards=backwards)).limit(bindparam("limit"))
        row_ranges, index = dialect not in _WITHOUT_ROW_RANGES, self._order.index
        if index is not None and index.table is not None and not row_ranges:
            # Else MariaDB looks for the owner alone by the index, as long as half of the table is behind.
            sorted_rows = sorted_rows.with_hint(index.table, f"FORCE INDEX ({index.name})", dialect)
        return sorted_rows.where(self._order.beyond(place, backwards=backwards, row_ranges=row_ranges))


def _now(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "now": clock.now()}
