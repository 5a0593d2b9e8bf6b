"""An upgrade whose process died at any statement of a migration is taken up again, on every database."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import sqlalchemy as sa

from barbican_like import rooms
from barbican_like.model import migrate
from barbican_like.model.database import Database
from tests.contract.test_migration_branches import SAMPLE
from tests.contract.test_migration_rows import DEPLOYMENT, PENDING, RESERVED, ROWS, write
from tests.support import databases

BRANCHES: Final = (*rooms.migrations(), SAMPLE)  # the sample is what new rooms copy
#: Every migration there is, in the order in which an upgrade takes them.
REVISIONS: Final = tuple(
    revision for branch in BRANCHES for _, revision, _ in reversed(migrate.history([branch]))
)
DML: Final = frozenset({"INSERT", "UPDATE", "DELETE"})
DDL: Final = frozenset({"CREATE", "ALTER", "DROP", "RENAME"})
#: How many statements further each upgrade dies than the one before. Where a death undoes all of them, some
#: places are enough; on MariaDB each counts, and what goes on for several may trust what it saw at the first.
STRIDES: Final = {"sqlite": (3,), "postgresql": (3,), "mariadb": (1, 3)}
SCHEMA: Final = ("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints")

Upgrade = Callable[[Database, str], None]
Content = dict[str, list[str]]


class Died(Exception):
    """Stands for the end of the process."""


@dataclass(kw_only=True)
class Reaper:
    """Ends an upgrade time and again, until there is no statement left that is new to it."""

    stride: int  # at which new statement of an upgrade that is the end
    commits: bool  # whether DDL commits what was written before it, even where it fails then
    seen: set[tuple[str, bool]] = field(default_factory=set)
    has_written: bool = False
    left: int = 0

    def begin(self) -> None:
        """Let an upgrade begin."""
        self.has_written, self.left = False, self.stride

    def look_at(self, _connection: object, cursor: Any, statement: str, *_: object) -> None:
        """Hear of a statement before the database does; DDL that commits has an end before and after that."""
        word = statement.split(None, 1)[0].upper()
        if word not in DML | DDL:
            return
        self._count(statement, is_committed=False)
        if self.commits and self.has_written and word in DDL:
            cursor.execute("COMMIT")
            self._count(statement, is_committed=True)
        self.has_written = word in DML

    def _count(self, statement: str, *, is_committed: bool) -> None:
        if (statement, is_committed) not in self.seen:
            self.seen.add((statement, is_committed))
            self.left -= 1
            if self.left == 0:
                raise Died(statement)


@dataclass
class Way:
    """A database that goes from one migration to the next, with rows of every time."""

    database: Database
    upgrade: Upgrade
    passed: dict[str, Content] = field(default_factory=dict)

    def content_at(self, revision: str) -> Content:
        """What the database has after a migration and those before it."""
        for one in REVISIONS[len(self.passed) : REVISIONS.index(revision) + 1]:
            self.upgrade(self.database, one)
            keep(self.database, one)
            self.passed[one] = content(self.database)
        return self.passed[revision]


def keep(database: Database, revision: str) -> None:
    """Write what the program of a revision has kept, for the migrations after it to move."""
    if revision == "0001":
        with database.writing() as connection:
            connection.execute(sa.text("update deployment set id = :id"), {"id": DEPLOYMENT})
    if revision == "0003":
        write(database, ROWS)
    if revision == "0004":
        write(database, PENDING)
        with database.writing() as connection:
            connection.execute(sa.text("update secrets set expiration = :at"), {"at": RESERVED})


def content(database: Database) -> Content:
    """Each table's schema and rows, those of the versions too, in an order that is always the same."""
    found: Content = {}
    with database.reading() as connection:
        look = sa.inspect(connection)
        for what in SCHEMA:
            for (_, table), items in getattr(look, f"get_multi_{what}")().items():
                listed = items if isinstance(items, list) else [items]
                found[f"{table} {what}"] = sorted(map(described, listed))
        for table in look.get_table_names():
            everything = sa.select(sa.text("*")).select_from(sa.table(table))
            found[f"{table} rows"] = sorted(map(repr, connection.execute(everything)))
    return found


def described(item: object) -> str:
    """A column, key or index, its type or its condition as SQL."""
    return orjson.dumps(item, default=str).decode()


def upgrade_in_one_go(database: Database, revision: str) -> None:
    """Upgrade as an operator does."""
    migrate.upgrade(database, revision, BRANCHES)


def is_through(database: Database, revision: str, reaper: Reaper) -> bool:
    """Whether an upgrade that begins now gets to its end."""
    reaper.begin()
    try:
        migrate.upgrade(database, revision, BRANCHES)
    except Died:
        return False
    return True


def upgrade_with_breaks(stride: int) -> Upgrade:
    """Upgrade by dying at a statement, taking it up, dying some statements further, and so on to the end."""

    def upgrade(database: Database, revision: str) -> None:
        reaper = Reaper(stride=stride, commits=database.dialect == "mysql")
        _, writer = database.engines()
        sa.event.listen(writer, "before_cursor_execute", reaper.look_at)
        try:
            while not is_through(database, revision, reaper):
                pass
        finally:
            sa.event.remove(writer, "before_cursor_execute", reaper.look_at)
        assert len(reaper.seen) > 1  # a step and the version's, at least

    return upgrade


@contextlib.contextmanager
def way(kind: str, folder: Path, upgrade: Upgrade) -> Iterator[Way]:
    """One that begins at a database without any table."""
    with databases.empty_url(kind, folder) as url:
        database = Database(url)
        yield Way(database, upgrade)
        database.close()


@pytest.fixture(scope="module", params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of database."""
    return request.param


@pytest.fixture(scope="module")
def unbroken(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """Upgraded as an operator does."""
    with way(kind, tmp_path_factory.mktemp("unbroken"), upgrade_in_one_go) as found:
        yield found


@pytest.fixture(scope="module")
def broken(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Way]]:
    """Upgraded by one process after the other, each of which dies a stride after the last."""
    with contextlib.ExitStack() as ways:
        folder = tmp_path_factory.mktemp("broken")
        upgrades = [upgrade_with_breaks(stride) for stride in STRIDES[kind]]
        yield [ways.enter_context(way(kind, folder, upgrade)) for upgrade in upgrades]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_is_taken_up_wherever_it_broke_off(
    revision: str, unbroken: Way, broken: list[Way]
) -> None:
    """Whatever statements processes died at, the schema, the rows and the versions are those of one go."""
    for one in broken:
        assert one.content_at(revision) == unbroken.content_at(revision)
