"""The unit of work: what is kept, what is not, and how long it waits, on every database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from barbican_like.common import clock, ids
from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database
from barbican_like.model.repositories import ProjectRepo
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import projects
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support import databases
from tests.support.databases import KINDS
from tests.support.threads import at_once


class Interrupted(Exception):
    """Ends a block of work from within."""


@contextmanager
def impatient(database: Database, pool_size: int = 2, trusted: float = 60) -> Iterator[Database]:
    """The same database for a process that waits a short time only."""
    url = database.url.render_as_string(hide_password=False)
    found = Database(url, lock_wait=0.2, pool_size=pool_size, trusted=trusted)
    yield found
    found.close()


def attempt(database: Database, work: Callable[[UnitOfWork], None]) -> None:
    """One unit of work; what ``work`` does not commit is rolled back."""
    with UnitOfWork(database) as uow:
        work(uow)


def is_there(database: Database, name: str) -> bool:
    """Whether a project has been committed."""
    with Reading(database) as view:
        return view.projects.find(name) is not None


def test_what_is_committed_is_there_for_everyone(database: Database) -> None:
    """After ``commit``, not before."""
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("kept")
        assert not is_there(database, "kept")
        uow.commit()
        assert is_there(database, "kept")


def test_without_a_commit_nothing_is_kept(database: Database) -> None:
    """Leaving the block rolls back, and the next unit of work can begin at once."""
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("lost")
    assert not is_there(database, "lost")
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("next")
        uow.commit()
    assert is_there(database, "next")


def test_an_error_rolls_everything_back_and_goes_on_up(database: Database) -> None:
    """The block's own error is what its caller sees."""

    def work(uow: UnitOfWork) -> None:
        uow.projects.find_or_create("lost")
        raise Interrupted

    with pytest.raises(Interrupted):
        attempt(database, work)
    assert not is_there(database, "lost")


def test_a_unit_of_work_that_does_nothing_takes_no_connection(database: Database) -> None:
    """Many may be open at once, and committed, as long as none is used."""
    with impatient(database, pool_size=1) as few, UnitOfWork(few) as one, UnitOfWork(few) as other:
        one.commit()
        other.commit()


def test_any_repository_can_be_had_over_the_one_connection(sqlite_database: Database) -> None:
    """A room's own, made once, and the key manager's, which a short name gives too."""

    class Notes(Repository):
        def count(self) -> int:
            return int(
                self._connection.execute(sa.select(sa.func.count()).select_from(projects)).scalar_one()
            )

    with UnitOfWork(sqlite_database) as uow:
        uow.projects.find_or_create("seen within")
        assert uow.of(Notes).count() == 1
        assert uow.of(Notes) is uow.of(Notes)
        assert uow.of(ProjectRepo) is uow.projects


def test_what_is_to_follow_the_commit_follows_it(database: Database) -> None:
    """In order, once, when the work is there for everyone already."""
    seen: list[tuple[str, bool]] = []
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("kept")
        uow.after_commit(lambda: seen.append(("first", is_there(database, "kept"))))
        uow.after_commit(lambda: seen.append(("second", is_there(database, "kept"))))
        assert seen == []
        uow.commit()
    assert seen == [("first", True), ("second", True)]


@pytest.mark.parametrize("error", [None, Interrupted], ids=["no commit", "error"])
def test_after_a_rollback_nothing_follows(database: Database, error: type[Exception] | None) -> None:
    """What waits for a commit that never comes is not done."""
    seen: list[str] = []
    try:
        with UnitOfWork(database) as uow:
            uow.projects.find_or_create("lost")
            uow.after_commit(lambda: seen.append("done"))
            if error is not None:
                raise error
    except Interrupted:
        seen.append("interrupted")
    assert seen == ([] if error is None else ["interrupted"])


def test_what_follows_a_commit_may_open_a_unit_of_work(database: Database) -> None:
    """The connection and the lock are free by then."""

    def follow() -> None:
        with UnitOfWork(database) as second:
            second.projects.find_or_create("follow-up")
            second.commit()

    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("kept")
        uow.after_commit(follow)
        uow.commit()
    assert is_there(database, "follow-up")


def test_a_wait_for_a_lock_ends_in_overloaded(database: Database) -> None:
    """Who wants what another transaction holds gets an answer; afterwards all goes on."""
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("wanted")
        uow.commit()
    update = (
        sa.update(projects).where(projects.c.external_id == "wanted").values(created_at=projects.c.created_at)
    )
    with impatient(database) as other, UnitOfWork(database) as holder:
        holder.connection.execute(update)
        with pytest.raises(Overloaded), UnitOfWork(other) as uow:
            uow.connection.execute(update)
        holder.commit()
        with UnitOfWork(other) as uow:
            uow.connection.execute(update)
            uow.commit()


def test_a_wait_for_a_connection_ends_in_overloaded(database: Database) -> None:
    """A pool of one, held: the next reader is told to try again, and can once it is free."""
    with impatient(database, pool_size=1) as few:
        with Reading(few) as first:
            assert first.projects.find("nobody") is None
            with pytest.raises(Overloaded), Reading(few) as second:
                second.projects.find("nobody")
        assert not is_there(few, "nobody")


def test_reading_sees_what_is_committed_meanwhile(database: Database) -> None:
    """Each statement of a view is as fresh as its moment: none keeps an old snapshot."""
    with Reading(database) as view:
        assert view.projects.find("late") is None
        with UnitOfWork(database) as uow:
            uow.projects.find_or_create("late")
            uow.commit()
        assert view.projects.find("late") is not None


def test_many_writers_at_once_all_succeed(database: Database) -> None:
    """Twelve threads with ten commits each: every one is kept, none fails."""

    def write(number: int) -> None:
        for count in range(10):
            with UnitOfWork(database) as uow:
                uow.projects.find_or_create(f"{number}-{count}")
                uow.commit()

    at_once(12, write)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(projects)).scalar_one() == 120


def test_a_statement_that_fails_leaves_the_database_usable(database: Database) -> None:
    """A broken constraint is an error of its own kind, and the next unit of work finds a clean connection."""
    row = {"id": ids.new_id(), "external_id": "twice", "created_at": sa.func.now()}

    def work(uow: UnitOfWork) -> None:
        for _ in range(2):
            uow.connection.execute(projects.insert().values(row))

    for _ in range(3):
        with pytest.raises(sa.exc.IntegrityError):
            attempt(database, work)
    assert not is_there(database, "twice")


KILL: dict[str, tuple[str, str]] = {
    "postgresql": ("select pg_backend_pid()", "select pg_terminate_backend({})"),
    "mysql": ("select connection_id()", "kill {}"),
}


def cut(database: Database, connection: sa.Connection) -> None:
    """Let the server end a connection, as a restart of the server does."""
    which, kill = KILL[database.dialect]
    number = connection.exec_driver_sql(which).scalar_one()
    with database.reading() as admin:
        admin.exec_driver_sql(kill.format(number))


@pytest.fixture(params=KINDS[1:])
def server(request: pytest.FixtureRequest, database_of_kind: Callable[[str], Database]) -> Iterator[Database]:
    """A database behind a socket, with one connection for each of reading and writing."""
    with impatient(database_of_kind(request.param), pool_size=1) as found:
        yield found
        databases.clear(found)


def test_a_connection_that_is_cut_ends_in_overloaded(server: Database) -> None:
    """The statement that meets it says so, nothing is kept, and the next one has a new connection."""

    def work(uow: UnitOfWork) -> None:
        uow.projects.find_or_create("lost")
        cut(server, uow.connection)
        uow.projects.find_or_create("lost too")

    with pytest.raises(Overloaded):
        attempt(server, work)
    assert not is_there(server, "lost")
    with UnitOfWork(server) as uow:
        uow.projects.find_or_create("next")
        uow.commit()


def test_a_connection_that_is_cut_before_the_commit_ends_in_overloaded(server: Database) -> None:
    """The commit says so and nothing is kept; what was to follow does not."""
    followed: list[str] = []

    def work(uow: UnitOfWork) -> None:
        uow.projects.find_or_create("lost")
        uow.after_commit(lambda: followed.append("done"))
        cut(server, uow.connection)
        uow.commit()

    with pytest.raises(Overloaded):
        attempt(server, work)
    assert (is_there(server, "lost"), followed) == (False, [])


def test_a_connection_that_is_cut_before_the_rollback_is_given_back(server: Database) -> None:
    """The block's own error is seen, and the pool's only connection is replaced."""

    def work(uow: UnitOfWork) -> None:
        uow.projects.find_or_create("lost")
        cut(server, uow.connection)
        raise Interrupted

    with pytest.raises(Interrupted):
        attempt(server, work)
    with UnitOfWork(server) as uow:
        uow.projects.find_or_create("next")
        uow.commit()
    assert not is_there(server, "lost")


@pytest.mark.parametrize("kind", KINDS[1:])
def test_connections_that_were_cut_while_idle_cost_nobody_an_error(
    kind: str, database_of_kind: Callable[[str], Database]
) -> None:
    """Every session of both pools is ended between two uses: the next reader and writer notice nothing."""
    database = database_of_kind(kind)
    which, kill = KILL[database.dialect]
    with impatient(database, pool_size=1, trusted=0) as idle:
        with idle.reading() as reader, idle.writing() as writer:
            sessions = [c.exec_driver_sql(which).scalar_one() for c in (reader, writer)]
        with database.reading() as admin:
            for session in sessions:
                admin.exec_driver_sql(kill.format(session))
        assert not is_there(idle, "next")
        with UnitOfWork(idle) as uow:
            uow.projects.find_or_create("next")
            uow.commit()
        assert is_there(idle, "next")
    databases.clear(database)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_deadlock_within_a_savepoint_ends_in_overloaded(
    kind: str, database_of_kind: Callable[[str], Database]
) -> None:
    """Two transactions that want each other's row: one goes on, the other is told to try again."""
    database, names = database_of_kind(kind), ("one", "other")
    with UnitOfWork(database) as uow:
        for name in names:
            uow.projects.find_or_create(name)
        uow.commit()
    both_hold = threading.Barrier(2)

    def touch(uow: UnitOfWork, name: str) -> None:
        uow.connection.execute(
            sa.update(projects).where(projects.c.external_id == name).values(created_at=clock.now())
        )

    def work(number: int) -> str:
        try:
            with UnitOfWork(database) as uow:
                touch(uow, names[number])
                both_hold.wait(10)
                with uow.connection.begin_nested():
                    touch(uow, names[1 - number])
                uow.commit()
        except Overloaded:
            return "try again"
        return "done"

    assert sorted(at_once(2, work)) == ["done", "try again"]
    databases.clear(database)
