"""A page of a list reads few rows, whatever the number before it, behind it and beside it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final, TypeVar

import pytest
import sqlalchemy as sa

from barbican_like.common import clock, ids
from barbican_like.model.database import Database
from barbican_like.model.filters import SecretFilter, SortKey
from barbican_like.model.lists import Part
from barbican_like.model.models import Page
from barbican_like.model.repositories import ContainerConsumerRepo, SecretConsumerRepo, SecretRepo
from barbican_like.model.repositories.projects import ProjectRepo
from barbican_like.model.tables import container_consumers, secret_consumers
from barbican_like.model.types import DatabaseTime
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support import databases, many_secrets
from tests.support.entities import a_container, a_secret, add_containers, add_secrets
from tests.support.numbers import numbers
from tests.support.rows_read import rows_read
from tests.support.shared import one_of_each

MANY: Final = 3_000  # secrets of the large project, consumers of one secret and of one container
A_LITTLE: Final = 20  # of the small project, and as many that have expired, and that name the reader
LIMIT: Final = 10
FEW: Final = 150  # rows for a page
TIMES: Final = 7  # psycopg prepares the fifth, and PostgreSQL may plan that without its values
LARGE, SMALL, READER = "large", "small", "reader"
CONSUMED: Final = ids.new_id()  # a secret, and a container
FIRST: Final = Page(offset=0, limit=LIMIT)
NEWEST: Final = SecretFilter(sort=(SortKey("created", descending=True),))

T = TypeVar("T")


@pytest.fixture(scope="module")
def filled_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Gives a database with a large and a small project; one of each kind is filled once."""

    @contextmanager
    def filled(kind: str) -> Iterator[Database]:
        with databases.migrated(kind, tmp_path_factory.mktemp(kind)) as database:
            _fill(database)
            yield database

    with one_of_each(filled) as on:
        yield on


@pytest.fixture(params=databases.KINDS)
def filled(request: pytest.FixtureRequest, filled_on: Callable[[str], Database]) -> Database:
    """A database with a large and a small project, on each kind."""
    return filled_on(request.param)


def _fill(database: Database) -> None:
    with UnitOfWork(database) as uow:
        large, small = (uow.projects.find_or_create(name) for name in (LARGE, SMALL))
        many_secrets.add_many(uow.connection, large.id, MANY)
        many_secrets.add_many(uow.connection, small.id, A_LITTLE)
        many_secrets.add_many(uow.connection, small.id, A_LITTLE, expired=True)
        many_secrets.name_reader(uow.connection, small.id, READER, A_LITTLE)
        uow.commit()
    add_secrets(database, a_secret(id=CONSUMED, project_id="another"))
    add_containers(database, a_container(id=CONSUMED, project_id="another"))
    with database.writing() as connection:
        _add_consumers(connection, secret_consumers, "secret_id", ("service", "resource_type", "resource_id"))
        _add_consumers(connection, container_consumers, "container_id", ("name", "url"))
    many_secrets.analyze(database.writer)


def _add_consumers(connection: sa.Connection, table: sa.Table, owner: str, names: tuple[str, ...]) -> None:
    number = numbers(MANY)
    text = sa.cast(number + 10_000, sa.String(8))
    now = DatabaseTime()
    values = {owner: sa.literal(CONSUMED), "digest": text} | dict.fromkeys(names, text)
    values |= {"creator_project_id": sa.literal("p"), "created_at": now, "updated_at": now}
    connection.execute(table.insert().from_select(list(values), sa.select(*values.values())))


PAGES: dict[str, Callable[[sa.Connection, Page], Part[Any]]] = {
    "secrets": lambda c, page: SecretRepo(c).list(LARGE, SecretFilter(), page),
    "newest secrets": lambda c, page: SecretRepo(c).list(LARGE, NEWEST, page),
    "consumers of a secret": lambda c, page: SecretConsumerRepo(c).list(CONSUMED, page),
    "consumers of a container": lambda c, page: ContainerConsumerRepo(c).list(CONSUMED, page),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("place", ["first", "behind", "before"])
def test_a_page_reads_as_many_rows_wherever_it_is(filled: Database, name: str, place: str) -> None:
    """The first, the one behind the middle, the one before it: some dozens of three thousand."""
    list_ = PAGES[name]
    with filled.reading() as connection:
        middle = list_(connection, Page(offset=MANY // 2, limit=LIMIT))
    marker = {"first": None, "behind": middle.later, "before": middle.earlier}[place]
    page = Page(offset=0, limit=LIMIT, marker=marker)
    found = _require_few(filled, lambda connection: list_(connection, page))
    assert len(found.items) == LIMIT


SMALL_LISTS: dict[str, SecretFilter] = {
    "oldest first": SecretFilter(),
    "sorted by name": SecretFilter(sort=(SortKey("name"),)),
    "of one name": SecretFilter(name=("name-7",)),
    "named by ACLs": SecretFilter(acl_only=True),
}


@pytest.mark.parametrize("name", SMALL_LISTS)
def test_a_small_project_beside_a_large_one_reads_its_own_rows(filled: Database, name: str) -> None:
    """Whatever it sorts by and looks for; also what ACLs name the caller for is looked up by the caller."""
    found = _require_few(
        filled, lambda connection: SecretRepo(connection).list(SMALL, SMALL_LISTS[name], FIRST, READER)
    )
    assert found.items


def test_a_count_up_to_a_number_reads_no_further(filled: Database) -> None:
    with filled.reading() as connection:
        count = SecretRepo(connection).list(LARGE, SecretFilter(), FIRST).count
    assert _require_few(filled, lambda it: count.size.some(it, count.values, LIMIT)) == LIMIT


def test_what_db_clean_looks_for_is_found_by_an_index(filled: Database) -> None:
    """Among thousands that never expire, none that expired a day ago; and no project without secrets."""
    with filled.writing() as connection:
        projects = ProjectRepo(connection)
        for _ in range(TIMES):
            with rows_read(connection) as read:
                assert not projects.some_expired_secrets(clock.now() - timedelta(days=1), LIMIT)
            assert read[0] <= FEW
            with rows_read(connection) as read:
                assert projects.remove_unused(LIMIT) == 0
            assert read[0] <= FEW


def _require_few(database: Database, act: Callable[[sa.Connection], T]) -> T:
    """Do something several times over a connection that reads; each time it reads few rows."""
    with database.reading() as connection:
        connection.exec_driver_sql("BEGIN")  # PostgreSQL counts what is read in the present transaction
        try:
            for _ in range(TIMES):
                with rows_read(connection) as read:
                    found = act(connection)
                assert read[0] <= FEW
        finally:
            connection.exec_driver_sql("ROLLBACK")
    return found
