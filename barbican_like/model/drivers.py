"""What an error of a database driver means: SQLite tells by its text, the servers by a code."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from sqlalchemy.exc import DBAPIError, StatementError


class Trouble(Enum):
    """What is the matter, where the program has an answer to it."""

    BUSY = "busy"  # trying again is the right thing: a lock, a full disk, a server that goes or is gone
    READ_ONLY = "read-only"  # a write over a connection that may only read
    DUPLICATE = "duplicate"  # a row with this key is there already
    MISSING_REFERENCE = "missing reference"  # what the row refers to is not there


_SQLITE: Final[Mapping[str, Trouble]] = {
    "database is locked": Trouble.BUSY,
    "database table is locked": Trouble.BUSY,
    "locking protocol": Trouble.BUSY,
    "database or disk is full": Trouble.BUSY,
    "disk I/O error": Trouble.BUSY,
    "interrupted": Trouble.BUSY,
    "attempt to write a readonly database": Trouble.READ_ONLY,
    "UNIQUE constraint failed": Trouble.DUPLICATE,
    "FOREIGN KEY constraint failed": Trouble.MISSING_REFERENCE,
}
_POSTGRESQL: Final[Mapping[str, Trouble]] = {
    **dict.fromkeys(("55P03", "40P01", "40001", "57014", "53300", "25P03"), Trouble.BUSY),
    # 25P01 is a savepoint where no transaction is: only writers have them.
    **dict.fromkeys(("25006", "25P01"), Trouble.READ_ONLY),
    "23505": Trouble.DUPLICATE,
    "23503": Trouble.MISSING_REFERENCE,
}
_POSTGRESQL_BUSY_CLASSES: Final = ("08", "57P", "53")  # the connection, a shutdown, no resources
_POSTGRESQL_UNREACHABLE: Final = {"OperationalError", "ConnectionTimeout"}  # where no server gave a state
# Words of a PostgreSQL that refuses a connection for a while only; that has no state.
_POSTGRESQL_LATER: Final = ("starting up", "shutting down", "recovery", "not yet", "too many", "slots")
# 1021 and 1114 are a full disk; 1053 and those over 2000 are a server that goes, or is gone; 1305 is a
# savepoint that went with its transaction in a deadlock; 1969 is a statement that took too long.
_MARIADB: Final[Mapping[int, Trouble]] = {
    **dict.fromkeys((1205, 1213, 1305, 1040, 3572, 1021, 1114, 1053, 1969), Trouble.BUSY),
    **dict.fromkeys((2002, 2003, 2006, 2013), Trouble.BUSY),
    1792: Trouble.READ_ONLY,
    **dict.fromkeys((1062, 1586), Trouble.DUPLICATE),
    **dict.fromkeys((1216, 1452), Trouble.MISSING_REFERENCE),
}


def trouble_of(error: DBAPIError) -> Trouble | None:
    """What is the matter, None where it is nothing that the program expects."""
    return _diagnosis(error)[0]


def described(error: DBAPIError) -> str:
    """An error in words without data."""
    return _diagnosis(error)[1] or type(error.orig).__name__


def is_silence(cause: BaseException) -> bool:
    """Whether a server has not answered in time; one that is gone refuses at once, and is not silent."""
    return type(cause).__name__ == "ConnectionTimeout" or isinstance(cause.__context__, TimeoutError)


def is_refusal(error: DBAPIError) -> bool:
    """Whether a server is there and will not have this program: a wrong password, no such database.

    What is the matter with one that cannot be reached, or not now, passes by itself.
    """
    text = str(error.orig)
    refused = "FATAL" in text and not any(sign in text for sign in _POSTGRESQL_LATER)
    return refused or trouble_of(error) is not Trouble.BUSY


def hide_values(cause: BaseException, wrapped: StatementError | None) -> None:
    """Take the values of rows out of an error's text, in place, wherever it is logged then.

    PostgreSQL quotes them in its details, MariaDB in the first line; SQLite names tables and columns alone.
    """
    arguments = cause.args
    if arguments and isinstance(arguments[0], int):
        cause.args = (arguments[0], "text left out: it may quote values")
    elif getattr(cause, "sqlstate", None):
        names = (cause.diag.table_name, cause.diag.column_name, cause.diag.constraint_name)  # type: ignore[attr-defined]
        cause.args = (" ".join((f"PostgreSQL {cause.sqlstate}", *filter(None, names))),)  # type: ignore[attr-defined]
    else:
        return
    if wrapped is not None:
        wrapped.args = (f"({type(cause).__name__}) {cause}",)


def _diagnosis(error: DBAPIError) -> tuple[Trouble | None, str]:
    cause = error.orig
    # MariaDB's number first: PyMySQL's errors have a state too, but HY000 for every kind of them.
    arguments = getattr(cause, "args", ())
    if arguments and isinstance(arguments[0], int):
        return _MARIADB.get(arguments[0]), f"MariaDB error {arguments[0]}"
    state = getattr(cause, "sqlstate", "")
    if state is None and type(cause).__name__ in _POSTGRESQL_UNREACHABLE:
        return Trouble.BUSY, "PostgreSQL cannot be reached"  # only what a server says has a state
    if state:
        busy = Trouble.BUSY if state.startswith(_POSTGRESQL_BUSY_CLASSES) else None
        return _POSTGRESQL.get(state, busy), f"PostgreSQL {state} {type(cause).__name__}"
    sign = next((sign for sign in _SQLITE if sign in str(cause)), None)
    return (None, "") if sign is None else (_SQLITE[sign], sign)
