"""A view cannot write, whatever its repositories are told, on every database."""

from collections.abc import Callable, Mapping
from typing import Final

import pytest
import sqlalchemy as sa

from barbican_like.common import clock, ids
from barbican_like.common.errors import ReadOnly
from barbican_like.model.database import Database
from barbican_like.model.models import Project, ProjectKey, SealedPayload, SecretReference, TransportKey
from barbican_like.model.tables import metadata
from barbican_like.model.unit_of_work import Reading, Repositories
from tests.support.entities import (
    PROJECT,
    a_container,
    a_secret,
    add_containers,
    add_orders,
    add_secrets,
    an_order,
)

SECRET: Final = a_secret()
CONTAINER: Final = a_container(SecretReference(name="reference", secret_id=SECRET.id))
ORDER: Final = an_order()
OWNER: Final = Project(id=ids.new_id(), external_id=PROJECT)
KEY: Final = ProjectKey(id=ids.new_id(), project_id=PROJECT, store="store", term=1, wrapped=b"wrapped")
PAYLOAD: Final = SealedPayload(store="store", sealed=b"sealed", version=1, key=None)
TRANSPORT_KEY: Final = TransportKey(
    id=ids.new_id(), plugin_name="p", transport_key="k", created_at=clock.now(), updated_at=clock.now()
)

WRITES: Final[Mapping[str, Callable[[Repositories], object]]] = {
    "make a project": lambda of: of.projects.find_or_create("new"),
    "remove a project": lambda of: of.projects.remove(OWNER),
    "hold a project": lambda of: of.projects.hold("new"),
    "add a secret": lambda of: of.secrets.add(a_secret(), OWNER),
    "add a payload": lambda of: of.secrets.add_payload(SECRET.id, PAYLOAD),
    "set a content type": lambda of: of.secrets.set_content_type(SECRET.id, "text/plain"),
    "delete a secret": lambda of: of.secrets.delete(SECRET.id),
    "register a consumer": lambda of: of.secret_consumers.register(
        SECRET.id, "service", "type", "id", creator_project_id=PROJECT
    ),
    "remove a consumer": lambda of: of.container_consumers.remove(CONTAINER.id, "name", "url"),
    "add a container": lambda of: of.containers.add(a_container(), OWNER),
    "remove a reference": lambda of: of.containers.remove_reference(CONTAINER.id, CONTAINER.references[0]),
    "delete a container": lambda of: of.containers.delete(CONTAINER.id),
    "add metadata": lambda of: of.secret_metadata.add(SECRET.id, "key", "value"),
    "replace metadata": lambda of: of.secret_metadata.replace(SECRET.id, {}),
    "put an ACL": lambda of: of.secret_acls.put(SECRET.id, project_access=False, users=["user"]),
    "remove an ACL": lambda of: of.container_acls.remove(CONTAINER.id),
    "put quotas": lambda of: of.quotas.put(PROJECT, {"secrets": 1}),
    "remove quotas": lambda of: of.quotas.remove(PROJECT),
    "add an order": lambda of: of.orders.add(an_order(), OWNER),
    "activate an order": lambda of: of.orders.activate(ORDER.id, secret_id=SECRET.id, container_id=None),
    "fail an order": lambda of: of.orders.fail(ORDER.id, status_code="500", reason="reason"),
    "add a passphrase": lambda of: of.order_passphrases.add(ORDER.id, SECRET.id, PAYLOAD),
    "release a passphrase": lambda of: of.order_passphrases.release(ORDER.id),
    "add a value": lambda of: of.sealed_values.add(SECRET.id, OWNER, PAYLOAD),
    "remove values": lambda of: of.sealed_values.remove([SECRET.id]),
    "delete an order": lambda of: of.orders.delete(ORDER.id),
    "add a transport key": lambda of: of.transport_keys.add(TRANSPORT_KEY),
    "delete a transport key": lambda of: of.transport_keys.delete(TRANSPORT_KEY.id),
    "prefer no store": lambda of: of.secret_stores.prefer_none(PROJECT),
    "add a term": lambda of: of.keyring_terms.add("store", 1, b"sealed"),
    "add a project key": lambda of: of.project_keys.add_active(KEY, OWNER),
    "rewrap a project key": lambda of: of.project_keys.rewrap(KEY, 2, b"wrapped"),
    "write SQL": lambda of: of.connection.exec_driver_sql("delete from orders"),
    "change the schema": lambda of: of.connection.exec_driver_sql("create table another (id integer)"),
}


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with a project that has a secret, a container and an order."""
    add_secrets(database, SECRET)
    add_containers(database, CONTAINER)
    add_orders(database, ORDER)
    return database


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the database has."""
    with database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def refuses(database: Database, write: Callable[[Repositories], object]) -> bool:
    """Whether a view raises where it is asked to write."""
    try:
        with Reading(database) as view:
            write(view)
    except ReadOnly:
        return True
    return False


def test_whatever_writes_raises_and_nothing_is_kept(filled: Database) -> None:
    """A defect of the program, told as one; and the next view reads as if nothing had been."""
    before = rows(filled)
    assert [name for name, write in WRITES.items() if not refuses(filled, write)] == []
    assert rows(filled) == before
