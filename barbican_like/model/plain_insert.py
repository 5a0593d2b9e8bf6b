"""An INSERT that is compiled once and handed to the driver as it is: for rows that many requests write.

SQLAlchemy prepares the parameters of each execution anew, which costs a third of a small request's statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, bindparam, insert

Row = tuple[Any, ...]


class PlainInsert:
    """Writes rows of a table.

    :param names: of the columns, in the order of the rows' values.
    """

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        values = {name: bindparam(name, type_=table.c[name].type) for name in names}
        self._statement: Final = insert(table).inline().values(values)
        self._columns: Final = [table.c[name] for name in names]
        self._compiled: dict[str, tuple[str, Callable[[Row], Any]]] = {}

    def execute(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Add rows in this order, in one call of the driver."""
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        sql, bind = found
        connection.exec_driver_sql(sql, bind(rows[0]) if len(rows) == 1 else [bind(row) for row in rows])

    def _compile(self, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
        """The statement, and what makes the driver's parameters of a row."""
        compiled = self._statement.compile(dialect=dialect)
        names = [column.name for column in self._columns]
        processors = [
            (place, processor)
            for place, column in enumerate(self._columns)
            if (processor := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        ]
        order = [names.index(name) for name in compiled.positiontup or names]

        def processed(row: Row) -> list[Any]:
            values = list(row)
            for place, processor in processors:
                values[place] = processor(values[place])
            return values

        def by_place(row: Row) -> tuple[Any, ...]:
            values = processed(row)
            return tuple(values[place] for place in order)

        def by_name(row: Row) -> dict[str, Any]:
            return dict(zip(names, processed(row), strict=True))

        return str(compiled), by_place if compiled.positiontup else by_name
