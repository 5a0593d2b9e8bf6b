"""The port of projects, on every database."""

import pytest
import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.tables import projects
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.threads import at_once


def find_or_create(database: Database, external_id: str) -> str:
    """The project's own id, in a transaction of its own."""
    with UnitOfWork(database) as uow:
        found = uow.projects.find_or_create(external_id)
        uow.commit()
    return found.id


def test_a_project_is_not_there_before_its_first_write(database: Database) -> None:
    """``find`` of an unknown project is None."""
    with Reading(database) as view:
        assert view.projects.find("nobody") is None


def test_a_project_is_made_once_and_found_afterwards(database: Database) -> None:
    """The second ``find_or_create`` and ``find`` give what the first one made."""
    made = find_or_create(database, "tenant")
    assert find_or_create(database, "tenant") == made
    with Reading(database) as view:
        found = view.projects.find("tenant")
    assert found is not None
    assert (found.id, found.external_id) == (made, "tenant")
    assert ids.is_canonical(made)


@pytest.mark.parametrize("other", ["Tenant", "tenant ", "tena\u0301nt", "ten_nt"])
def test_external_ids_are_compared_exactly(database: Database, other: str) -> None:
    """Case, trailing blanks, accents and wildcards make another project."""
    assert find_or_create(database, "tenant") != find_or_create(database, other)


def test_threads_that_make_one_project_at_once_all_get_the_same(database: Database) -> None:
    """Eight threads, four times: one row, one id, no error."""
    for attempt in range(4):
        name = f"tenant-{attempt}"
        made = at_once(8, lambda _, name=name: find_or_create(database, name))
        assert len(set(made)) == 1
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(projects)).scalar_one() == 4


def test_the_deployment_has_one_id(database: Database) -> None:
    """The migration drew it; it stays the same."""
    with Reading(database) as view:
        drawn = view.projects.deployment_id()
        assert ids.is_canonical(drawn)
        assert view.projects.deployment_id() == drawn
