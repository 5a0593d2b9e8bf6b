"""The end of a project, and what ``barbican-manage db clean`` removes, on every database."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from barbican_like import rooms
from barbican_like.common import clock
from barbican_like.common.errors import StaleProject
from barbican_like.model.database import Database
from barbican_like.model.models import Project, SecretReference
from barbican_like.model.tables import metadata, tasks
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import removal, resources
from barbican_like.plugin.kinds import PROCESS_PROJECT_DELETION
from barbican_like.plugin.resources import NewSecret
from barbican_like.queue.client import TaskClient
from barbican_like.queue.outcome import Done, Retry
from barbican_like.queue.run import Run
from barbican_like.queue.transport import NullWaker
from barbican_like.tasks.projects import DeleteProject
from tests.support.entities import PROJECT, a_container, a_secret, add_secrets
from tests.support.fabric import Fabric

OTHER = "project-that-stays"


def count(database: Database) -> dict[str, int]:
    """Rows in each table that has some, but for what belongs to no project."""
    with database.reading() as connection:
        found = {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }
    return {
        name: n
        for name, n in found.items()
        if n and name not in {"deployment", "keyring_terms", "worker_leases"}
    }


def store(fabric: Fabric, project: str, **fields: object) -> str:
    """A secret with a payload; returns its id."""
    secret = a_secret(project_id=project, content_type="text/plain", **fields)
    with UnitOfWork(fabric.database) as uow:
        resources.store_secret(uow, fabric.plugins, NewSecret(secret=secret, payload=b"payload"))
        uow.commit()
    return secret.id


def fill(fabric: Fabric, project: str) -> None:
    """One of everything that a project can have."""
    secret_id = store(fabric, project)
    with UnitOfWork(fabric.database) as uow:
        container = a_container(SecretReference(name=None, secret_id=secret_id), project_id=project)
        owner = uow.projects.find_or_create(project)
        uow.containers.add(container, owner)
        uow.secret_consumers.register(secret_id, "s", "t", "i", creator_project_id=project)
        uow.container_consumers.register(container.id, "n", "u", creator_project_id=project)
        uow.secret_metadata.add(secret_id, "k", "v")
        uow.secret_acls.put(secret_id, project_access=False, users=["u"])
        uow.container_acls.put(container.id, project_access=False, users=["u"])
        uow.quotas.put(project, {"secrets": 5})
        uow.commit()
    fabric.place(project_id=project)


def schedule(database: Database, project: str = PROJECT) -> str:
    """The deletion's task; returns the project's own id."""
    with UnitOfWork(database) as uow:
        row = uow.projects.find(project)
        assert row is not None
        TaskClient(NullWaker()).ensure(uow, PROCESS_PROJECT_DELETION, row.id, project_id=project)
        uow.commit()
    return row.id


def test_everything_of_the_project_goes_and_nothing_of_another(database: Database) -> None:
    """After the task only the other project's rows are left, as many as it had."""
    fabric = Fabric(database)
    fill(fabric, OTHER)
    before = count(database)
    for _ in range(3):
        fill(fabric, PROJECT)
    assert fabric.tasks.process_project_deletion(schedule(database)) == Done()
    assert count(database) == before


def test_a_deletion_is_scheduled_once(database: Database) -> None:
    """A second notification adds no task."""
    fabric = Fabric(database)
    store(fabric, PROJECT)
    assert schedule(database) == schedule(database)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tasks)).scalar_one() == 1


def test_it_goes_in_batches_and_goes_on_after_a_broken_off_try(database: Database) -> None:
    """A batch is a transaction: what it removed stays removed, and the next try does the rest."""
    fabric = Fabric(database)
    for _ in range(5):
        store(fabric, PROJECT)
    with UnitOfWork(database) as uow:
        project = uow.projects.find_or_create(PROJECT)
        assert removal.purge(uow, project, 2) == 2
        uow.commit()
    assert count(database)["secrets"] == 3
    task = DeleteProject(database, fabric.claims, rooms.purge, batch=2)
    row_id = schedule(database)
    run = fabric.claims.take_one(PROCESS_PROJECT_DELETION, row_id)
    assert run is not None
    assert task.process_and_suppress_exceptions(run) == Done()
    assert count(database) == {}


def test_a_secret_made_in_between_makes_the_task_try_again(database: Database) -> None:
    """The project is removed only when it owns nothing; until then the task is retried."""
    fabric = Fabric(database)
    store(fabric, PROJECT)

    class Interrupted(DeleteProject):
        def handle_processing(self, run: Run, entity: Project) -> int:
            removed = super().handle_processing(run, entity)
            store(Fabric(database), PROJECT)
            return removed

    run = fabric.claims.take_one(PROCESS_PROJECT_DELETION, schedule(database))
    assert run is not None
    outcome = Interrupted(database, fabric.claims, rooms.purge).process_and_suppress_exceptions(run)
    assert isinstance(outcome, Retry)
    assert count(database)["secrets"] == 1


def test_a_process_that_remembers_a_removed_project_makes_it_anew(database: Database) -> None:
    """Its first write after the removal is refused as one to try again; that try is taken."""
    fabric = Fabric(database)
    store(fabric, PROJECT)
    assert Fabric(database).tasks.process_project_deletion(schedule(database)) == Done()
    with pytest.raises(StaleProject):
        store(fabric, PROJECT)
    secret_id = store(fabric, PROJECT)
    assert fabric.payload(secret_id) == b"payload"


def test_cleaning_removes_secrets_that_expired_before_a_time_only(database: Database) -> None:
    """Older ones go with their payloads; younger and living ones stay."""
    now = clock.now()
    old, young, living = (
        a_secret(expiration=now + timedelta(days=days)) if days else a_secret() for days in (-10, -1, 0)
    )
    add_secrets(database, old, young, living)
    with UnitOfWork(database) as uow:
        assert removal.remove_expired_secrets(uow, now - timedelta(days=5), 100) == 1
        uow.commit()
    with database.reading() as connection:
        left = set(connection.execute(sa.select(metadata.tables["secrets"].c.id)).scalars())
    assert left == {young.id, living.id}


def test_cleaning_removes_projects_that_own_nothing(database: Database) -> None:
    """A project with a secret or with quotas stays; an unused one goes with its key."""
    fabric = Fabric(database)
    store(fabric, OTHER)
    emptied = store(fabric, PROJECT)
    with UnitOfWork(database) as uow:
        uow.secrets.delete(emptied)
        uow.quotas.put("with quotas", {"orders": 1})
        assert uow.projects.remove_unused(100) == 1
        uow.commit()
    with Reading(database) as view:
        assert view.projects.find(PROJECT) is None
        assert view.projects.find(OTHER) is not None
        assert view.projects.find("with quotas") is not None
