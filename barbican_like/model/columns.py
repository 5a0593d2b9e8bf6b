"""From a row to the value that it is, and back. Which columns there are is said once, by the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause

M = TypeVar("M")


class Columns(Generic[M]):
    """A model's columns, in the order of its fields: ``select(*COLUMNS)``.

    A field is the table's column of that name. One that has no column is given by whoever reads the row.

    :param table: the model's own.
    :param model: a frozen dataclass or a named tuple.
    :param joined: the columns of fields that are in other tables.
    """

    def __init__(self, table: FromClause, model: type[M], **joined: ColumnElement[Any]) -> None:
        fields: tuple[str, ...] = getattr(model, "_fields", ()) or tuple(
            field.name
            for field in dataclasses.fields(model)  # type: ignore[arg-type]
        )
        columns = {name: table.c[name] for name in fields if name in table.c} | joined
        self.names = tuple(name for name in fields if name in columns)
        self._columns = tuple(_named(columns[name], name) for name in self.names)
        self._width = len(self._columns)
        self._attributes = attrgetter(*self.names)
        self._make: Callable[..., M] = model
        self._by_position = issubclass(model, tuple)

    def __iter__(self) -> Iterator[ColumnElement[Any]]:
        return iter(self._columns)

    def __len__(self) -> int:
        return self._width

    def value(self, row: Sequence[Any], start: int = 0, **fields: Any) -> M:
        """What a row tells.

        :param start: where in the row the columns begin.
        :param fields: those without a column; of a dataclass also those whose column tells something else.
        """
        cells = row[start : start + self._width]
        if self._by_position:
            return self._make(*cells, **fields)
        return self._make(**dict(zip(self.names, cells, strict=True), **fields))

    def row(self, value: M, **columns: Any) -> dict[str, Any]:
        """What is written for a value.

        :param columns: those that no field has, and those that are not as their field is.
        """
        return dict(zip(self.names, self._attributes(value), strict=True), **columns)


def _named(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return column if getattr(column, "name", None) == name else column.label(name)
