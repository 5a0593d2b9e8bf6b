"""SQL that the three databases spell differently: the clock, binary-safe text, bytes, lists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DateTime, LargeBinary, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

# Compared byte by byte on every database, trailing blanks included, so that one test suite holds for all.
_BINARY_COLLATION = "utf8mb4_nopad_bin"


def text(length: int) -> TypeEngine[str]:
    """Text of at most ``length`` characters, compared exactly."""
    return (
        String(length)
        .with_variant(mysql.VARCHAR(length, collation=_BINARY_COLLATION), "mysql", "mariadb")
        .with_variant(String(length, collation="C"), "postgresql")
    )


def long_text() -> TypeEngine[str]:
    """Text without a limit worth naming."""
    return Text().with_variant(mysql.LONGTEXT(collation=_BINARY_COLLATION), "mysql", "mariadb")


def blob() -> TypeEngine[bytes]:
    """Bytes, up to 4 GiB."""
    return LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")


def moment() -> TypeEngine[Any]:
    """A naive UTC time with microseconds."""
    return DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class DatabaseTime(FunctionElement[Any]):
    """The database's own clock, so that workers with drifting clocks agree.

    ``DatabaseTime()`` is now; ``DatabaseTime(bindparam("seconds"))`` is that many seconds later.
    """

    name = "database_time"
    inherit_cache = True
    type = moment()


def _seconds(element: DatabaseTime, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class JsonList(FunctionElement[Any]):
    """All values of a column as a JSON array in a text; of no rows null, or an empty one."""

    name = "json_list"
    inherit_cache = True
    type = Text()


@compiles(JsonList, "sqlite")
def _sqlite_list(element: JsonList, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(JsonList, "postgresql")
def _postgresql_list(element: JsonList, compiler: SQLCompiler, **kw: Any) -> str:
    return f"cast(json_agg({compiler.process(element.clauses, **kw)}) as text)"


@compiles(JsonList, "mysql")
@compiles(JsonList, "mariadb")
def _mariadb_list(element: JsonList, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_arrayagg({compiler.process(element.clauses, **kw)})"


@compiles(DatabaseTime, "sqlite")
def _sqlite(element: DatabaseTime, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = _seconds(element, compiler, **kw)
    modifier = f", ({seconds}) || ' seconds'" if seconds else ""
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now'{modifier})"


@compiles(DatabaseTime, "postgresql")
def _postgresql(element: DatabaseTime, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = _seconds(element, compiler, **kw)
    later = f" + ({seconds}) * interval '1 second'" if seconds else ""
    return f"((statement_timestamp() at time zone 'utc'){later})"


@compiles(DatabaseTime, "mysql")
@compiles(DatabaseTime, "mariadb")
def _mariadb(element: DatabaseTime, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = _seconds(element, compiler, **kw)
    return (
        f"(utc_timestamp(6) + interval ({seconds}) * 1000000 microsecond)" if seconds else "utc_timestamp(6)"
    )
