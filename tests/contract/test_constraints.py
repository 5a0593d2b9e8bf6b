"""What a broken constraint is called, on every database: a duplicate is no missing reference."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from barbican_like.common import ids
from barbican_like.common.errors import Conflict, Duplicate, StaleProject
from barbican_like.model.database import Database
from barbican_like.model.models import Project, ProjectKey, SealedPayload
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import projects
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_container, a_secret, an_order

SECRET = a_secret()
CONTAINER = a_container()
ORDER = an_order()
PAYLOAD = SealedPayload(store="store", sealed=b"sealed", version=1, key=None)
KEY = ProjectKey(id=ids.new_id(), project_id=PROJECT, store="store", term=1, wrapped=b"wrapped")

Write = Callable[[UnitOfWork, Project], object]

ADDITIONS: dict[str, Write] = {
    "secret": lambda uow, project: uow.secrets.add(SECRET, project),
    "container": lambda uow, project: uow.containers.add(CONTAINER, project),
    "order": lambda uow, project: uow.orders.add(ORDER, project),
}


@pytest.fixture(params=ADDITIONS)
def addition(request: pytest.FixtureRequest) -> Write:
    """Writes an entity of each kind that belongs to a project, the same one each time."""
    return ADDITIONS[request.param]


def do(database: Database, write: Write, project: Project | None = None) -> None:
    """One write, in a transaction of its own."""
    with UnitOfWork(database) as uow:
        write(uow, project or uow.projects.find_or_create(PROJECT))
        uow.commit()


def test_a_second_row_with_the_same_id_is_a_duplicate(database: Database, addition: Write) -> None:
    """A conflict that no further try mends; whoever made the first one keeps it."""
    do(database, addition)
    with pytest.raises(Duplicate) as caught:
        do(database, addition)
    assert isinstance(caught.value, Conflict)


def test_a_second_payload_is_a_duplicate(database: Database) -> None:
    """A secret has one."""
    do(database, ADDITIONS["secret"])
    do(database, lambda uow, _: uow.secrets.add_payload(SECRET.id, PAYLOAD))
    with pytest.raises(Duplicate):
        do(database, lambda uow, _: uow.secrets.add_payload(SECRET.id, PAYLOAD))


def test_a_row_whose_project_is_gone_asks_for_another_try(database: Database, addition: Write) -> None:
    """The next one makes the project anew."""
    with pytest.raises(StaleProject):
        do(database, addition, Project(id=ids.new_id(), external_id=PROJECT))


def test_a_payload_whose_key_is_gone_asks_for_another_try(database: Database) -> None:
    """The project was removed with its keys."""
    do(database, ADDITIONS["secret"])
    with pytest.raises(StaleProject):
        do(database, lambda uow, _: uow.secrets.add_payload(SECRET.id, replace(PAYLOAD, key=KEY)))


def test_a_key_of_a_project_that_is_gone_asks_for_another_try(database: Database) -> None:
    """Not to be taken for a key that another process wrote first."""
    with UnitOfWork(database) as uow:
        uow.keyring_terms.add("store", 1, b"sealed")
        uow.commit()
    stale = Project(id=ids.new_id(), external_id=PROJECT)
    with pytest.raises(StaleProject):
        do(database, lambda uow, _: uow.project_keys.add_active(KEY, stale))


def test_what_was_there_already_leaves_the_transaction_usable(database: Database) -> None:
    """The second term of a number is not written, and the transaction goes on."""
    with UnitOfWork(database) as uow:
        first, second = (uow.keyring_terms.add("store", 1, sealed) for sealed in (b"first", b"second"))
        uow.projects.find_or_create(PROJECT)
        uow.commit()
    assert (first, second) == (True, False)
    with Reading(database) as view:
        assert [term.sealed for term in view.keyring_terms.all("store")] == [b"first"]
        assert view.projects.find(PROJECT) is not None


class Careless(Repository):
    """Forgets a column that must have a value."""

    def add(self) -> None:
        """Break that constraint."""
        self._insert(projects.insert(), {"id": ids.new_id(), "external_id": None, "created_at": None})


def test_any_other_broken_constraint_is_a_defect(database: Database) -> None:
    """It is neither of the two, and keeps its driver's name: a 500."""
    with pytest.raises(IntegrityError):
        do(database, lambda uow, _: Careless(uow.connection).add())
