"""How SQLite is opened: durable, in WAL mode, by a library that cannot corrupt it.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL database that two or more connections use
(https://www.sqlite.org/wal.html, "The WAL-reset bug"), and the operating system's library may be one
of them; so the library that the pysqlite3 wheel carries is used, and an affected one is refused.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pysqlite3
from sqlalchemy import URL, Connection, Engine, event

from barbican_like.common.errors import ConfigurationError

FIRST_SAFE = (3, 51, 3)
_STEPS: Final = 50_000  # of SQLite's machine, a few milliseconds, between two looks at the clock
_DEADLINE: Final = "deadline"
_SHORT: Final = 0.05  # seconds of waiting that are not worth a statement


def require_safe_library(version: tuple[int, ...] = pysqlite3.sqlite_version_info) -> None:
    """Refuse a library with the WAL-reset bug.

    :raises ConfigurationError: naming the version found and the first good one.
    """
    if version < FIRST_SAFE:
        present, needed = (".".join(map(str, v)) for v in (version, FIRST_SAFE))
        raise ConfigurationError(
            f"SQLite {present} can corrupt a WAL database; {needed} or later is needed: "
            "pip install -U pysqlite3"
        )


def engine_options(url: URL, lock_wait: float) -> dict[str, Any]:
    """What create_engine needs for a SQLite file, which is made (0600) where it is missing."""
    require_safe_library()
    if not url.database or url.database == ":memory:" or url.query:
        raise ConfigurationError(
            "[database] connection: SQLite needs a file, as in sqlite:////var/lib/x.sqlite"
        )
    _make_file(Path(url.database))
    return {
        "module": pysqlite3,
        "connect_args": {"timeout": lock_wait, "check_same_thread": False, "cached_statements": 256},
    }


def prepare_reader(engine: Engine) -> None:
    """Set up each new connection of the pool that reads."""
    event.listen(engine, "connect", _configure)


def prepare_writer(engine: Engine, lock_wait: float, left: Callable[[], float]) -> None:
    """Set up each new connection of the pool that writes; its transactions begin as writers.

    A deferred BEGIN that turns into a write later fails at once when another has written meanwhile.

    :param lock_wait: seconds that SQLite waits for the file.
    :param left: how many of them are left to who has waited for its turn already.
    """

    def begin_immediate(connection: Connection) -> None:
        seconds = left()
        waited = seconds < lock_wait - _SHORT
        if waited:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(seconds * 1000)}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            if waited:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={int(lock_wait * 1000)}")

    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", begin_immediate)


def bound_statements(engine: Engine, seconds: float) -> Callable[[Connection], None]:
    """Let the statements of each use of a connection take so long together at most.

    :return: to be called at the beginning of each use.
    """

    def prepare(connection: Any, record: Any) -> None:
        record.info[_DEADLINE] = deadline = _Deadline()
        connection.set_progress_handler(deadline.has_passed, _STEPS)

    def begin(connection: Connection) -> None:
        connection.info[_DEADLINE].at = monotonic() + seconds

    event.listen(engine, "connect", prepare)
    return begin


class _Deadline:
    """When the present use of a connection is over."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = math.inf

    def has_passed(self) -> bool:
        return monotonic() > self.at


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise ConfigurationError(f"the database file {path} cannot be opened: {error.strerror}") from error


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is deleted is overwritten, not only forgotten
        "case_sensitive_like=ON",
        "mmap_size=0",
        "cache_size=-16000",
        "wal_autocheckpoint=4000",
        "journal_size_limit=67108864",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
