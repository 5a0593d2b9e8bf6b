"""The port of containers, on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from barbican_like.common import ids
from barbican_like.common.errors import NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import Container, Page, SecretReference
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_container, a_secret, add_containers, add_secrets

ALL = Page(offset=0, limit=100)


def references(count: int) -> tuple[SecretReference, ...]:
    """References in an order that neither names nor ids have; the first has no name."""
    return tuple(
        SecretReference(name=None if n == 0 else f"name-{count - n}", secret_id=ids.new_id())
        for n in range(count)
    )


def listed(
    database: Database, page: Page = ALL, name: tuple[str, ...] = (), type: str | None = None
) -> tuple[list[Container], int]:
    """The containers of the test's project."""
    with Reading(database) as view:
        part = view.containers.list(PROJECT, page, name=name, type=type)
        return list(part.items), view.total(part)


def aged(*containers: Container) -> list[Container]:
    """The same containers, each a minute younger than the one before."""
    return [replace(c, created_at=c.created_at + timedelta(minutes=n)) for n, c in enumerate(containers)]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_container_reads_back_with_its_references_in_their_order(database: Database, count: int) -> None:
    """Every field, and the references as they were given."""
    whole = a_container(*references(count), name="n\u00e4me", type="rsa")
    add_containers(database, whole)
    with Reading(database) as view:
        assert view.containers.get(whole.id) == whole


def test_an_unknown_container_is_not_found(database: Database) -> None:
    """Reading and deleting."""
    with Reading(database) as view, pytest.raises(NotFound):
        view.containers.get(ids.new_id())
    with UnitOfWork(database) as uow, pytest.raises(NotFound):
        uow.containers.delete(ids.new_id())


def test_deleting_a_container_keeps_its_secrets(database: Database) -> None:
    """The container and its references go, the secret stays."""
    secret = a_secret()
    add_secrets(database, secret)
    container = a_container(SecretReference(name="a", secret_id=secret.id))
    add_containers(database, container)
    with UnitOfWork(database) as uow:
        uow.containers.delete(container.id)
        uow.commit()
    with Reading(database) as view:
        assert view.secrets.get(secret.id) == secret
        with pytest.raises(NotFound):
            view.containers.get(container.id)


def test_pages_are_counted_in_containers(database: Database) -> None:
    """A page of two holds two containers, whatever the number of their references."""
    made = aged(*(a_container(*references(3)) for _ in range(3)), a_container())
    add_containers(database, *made, a_container(project_id="another"))
    assert listed(database) == (made, 4)
    assert listed(database, Page(offset=1, limit=2)) == (made[1:3], 4)


def test_name_is_a_pattern_and_type_is_exact(database: Database) -> None:
    """Both narrow the list, alone and together."""
    made = aged(
        a_container(name="key_1", type="generic"),
        a_container(name="keyx1", type="rsa"),
        a_container(name=None, type="rsa"),
        a_container(name="back\\slash", type="rsa"),
    )
    add_containers(database, *made)
    assert listed(database, name=("key_1",))[0] == made[:1]
    assert listed(database, name=("back\\%",))[0] == made[3:]
    assert listed(database, type="rsa") == (made[1:], 3)
    assert listed(database, name=("key%",), type="rsa")[0] == made[1:2]
