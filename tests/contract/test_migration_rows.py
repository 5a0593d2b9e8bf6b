"""What an older revision wrote is there after the upgrade and opens, on every database."""

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.tables import (
    keyring_terms,
    order_passphrases,
    project_keys,
    secret_payloads,
    secrets,
)
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.crypto.master_key import FileMasterKey
from barbican_like.plugin.interface import PayloadIdentity
from tests.support import databases
from tests.support.fabric import new_store

#: Written by the program when 0003 was its revision, with this master key and these ids.
MASTER = FileMasterKey(bytes(range(32)))
DEPLOYMENT = "1f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e11"
KEY = "2f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e22"
SECRET = "3f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e33"
TERM = base64.b64decode(
    "AQGgL8kJIKPaqNFcBAx3tPGgdR9F91aiuHH4b2/+yCOjrVo1Y6Y95S3/EI2fES5SnzID0w9zAmEUNj/60NlVGsQYgtM+N3eWkgIE+q0u"
    "Uq5z+TlGt9hPs/zojp9HYKQtXF1CGSkuxBpJM5hf4z62CRJYQyEjgEALxtU="
)
WRAPPED = base64.b64decode(
    "AQF0ZXJtAAAAAAAAAAAAAAABi4AppU3UuOkT1TGFupLx8+b/yMNTrmWZu3tq1PdoDbyx7sHBajZROGbDLg8NTS5HfBw4HKRtm1yS202k"
    "euRH+dZcTv28YjC0MBd5v1KO2Pg+6TWUgj0zbHtAx27YDyk9u2MfQ/nWl1A="
)
SEALED = base64.b64decode(
    "AQEvj11cal5NDp07DC9aHX4iJKdTN533KMNsw+t7hWLMX1+l3ge4SZ4/uRfBYkyVbAsFPl+M7tj2hcjPAkNqAfH4GMbpMUaOlEBpqi34"
    "KFubteSui+f8Xt78nNzaDIQ26JZ8pT0FVpbop6CZOxCL"
)
PROJECT = "4f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e44"
NOW = clock.now()
ROWS: tuple[tuple[str, dict[str, object]], ...] = (
    ("keyring_terms", {"term": 1, "sealed": TERM, "created_at": NOW}),
    ("projects", {"id": PROJECT, "external_id": "project", "created_at": NOW}),
    (
        "project_keys",
        {"id": KEY, "project_id": PROJECT, "active": 1, "term": 1, "wrapped": WRAPPED, "created_at": NOW},
    ),
    (
        "secrets",
        {
            "id": SECRET,
            "project_id": PROJECT,
            "secret_type": "opaque",
            "content_type": "text/plain",
            "created_at": NOW,
            "updated_at": NOW,
        },
    ),
    (
        "secret_payloads",
        {
            "secret_id": SECRET,
            "store": "simple_crypto",
            "version": 1,
            "project_key_id": KEY,
            "sealed": SEALED,
        },
    ),
)


ORDER = "5f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e55"
ORPHAN = "6f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e66"
RESERVED = datetime(1970, 1, 1)  # noqa: DTZ001  as the program wrote it until 0004
TIMES = {"created_at": NOW, "updated_at": NOW}
#: A pending order, and a second passphrase whose order is gone; written as they were until 0004.
PENDING: tuple[tuple[str, dict[str, object]], ...] = (
    (
        "orders",
        {"id": ORDER, "project_id": PROJECT, "type": "asymmetric", "status": "PENDING"}
        | {"meta": '{"name": "pair", "algorithm": "ec", "bit_length": 256}'}
        | TIMES,
    ),
    (
        "tasks",
        {"id": ORDER, "name": "process_type_order", "entity_id": ORDER, "created_at": NOW, "run_at": NOW}
        | {"kwargs": f'{{"passphrase_id": "{SECRET}"}}', "priority": 5, "attempts": 0, "max_attempts": 8}
        | {"fence": 0},
    ),
    (
        "secrets",
        {"id": ORPHAN, "project_id": PROJECT, "secret_type": "passphrase", "content_type": "text/plain"}
        | TIMES,
    ),
    (
        "secret_payloads",
        {"secret_id": ORPHAN, "store": "simple_crypto", "version": 1, "sealed": SEALED},
    ),
)


@pytest.fixture(params=databases.KINDS)
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that got its rows at revision 0003 and was then upgraded."""
    with databases.empty_url(request.param, tmp_path) as url:
        database = Database(url)
        migrate.upgrade(database, "0003")
        write(database, ROWS)
        with database.writing() as connection:
            connection.execute(sa.text("update deployment set id = :id"), {"id": DEPLOYMENT})
        migrate.upgrade(database)
        yield database
        database.close()


@pytest.fixture(params=databases.KINDS)
def with_passphrase(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database that got the passphrase of a pending order at revision 0004 and was then upgraded."""
    with databases.empty_url(request.param, tmp_path) as url:
        database = Database(url)
        migrate.upgrade(database, "0003")
        write(database, ROWS)
        migrate.upgrade(database, "0004")
        write(database, PENDING)
        with database.writing() as connection:
            connection.execute(sa.text("update deployment set id = :id"), {"id": DEPLOYMENT})
            connection.execute(secrets.update().values(expiration=RESERVED))
        migrate.upgrade(database)
        yield database
        database.close()


def write(database: Database, rows: tuple[tuple[str, dict[str, object]], ...]) -> None:
    """Write rows as a revision has them, whatever the program's own tables are."""
    with database.writing() as connection:
        for name, values in rows:
            connection.execute(sa.table(name, *map(sa.column, values)).insert(), values)


def test_a_payload_of_an_older_revision_opens(upgraded: Database) -> None:
    """Terms and project keys belong to simple_crypto, and nothing was sealed anew."""
    store = new_store(upgraded, master=MASTER)
    with Reading(upgraded) as view:
        secret, stored = view.secrets.get_with_payload(SECRET)
        assert view.project_keys.count_by_term("simple_crypto") == [(1, 1)]
    assert stored is not None
    assert stored.sealed == SEALED
    identity = PayloadIdentity(
        project_id=secret.project_id, secret_id=secret.id, content_type=secret.content_type or ""
    )
    assert store.retrieve(identity, stored) == b"kept since revision 3"


def test_what_holds_rows_together_is_there_after_the_upgrade(upgraded: Database) -> None:
    """A payload's key cannot go, a key's term cannot go, and a project has one active key in each store."""
    again = {"id": "another", "project_id": PROJECT, "active": 1, "wrapped": b"", "created_at": NOW}
    refused = (
        project_keys.delete(),
        keyring_terms.delete(),
        keyring_terms.insert().values(store="simple_crypto", term=1, sealed=b"", created_at=NOW),
        project_keys.insert().values(again | {"store": "simple_crypto", "term": 1}),
        project_keys.insert().values(again | {"store": "p11_crypto", "term": 1}),
    )
    for statement in refused:
        with pytest.raises(IntegrityError), upgraded.writing() as connection:
            connection.execute(statement)


def test_another_stores_keyring_begins_anew_beside_the_first(upgraded: Database) -> None:
    """It has a first term and an active key for the project of its own."""
    other = new_store(upgraded, master=FileMasterKey(bytes(32)), name="p11_crypto")
    with UnitOfWork(upgraded) as uow:
        identity = PayloadIdentity(project_id="project", secret_id=SECRET, content_type="text/plain")
        stored = other.store(uow, identity, b"new")
        assert stored.payload.key is not None
        assert (stored.payload.key.store, stored.payload.key.term) == ("p11_crypto", 1)
        assert stored.payload.key.id != KEY
        uow.commit()
    with Reading(upgraded) as view:
        both = [view.project_keys.count_by_term(name) for name in ("simple_crypto", "p11_crypto")]
    assert both == [[(1, 1)], [(1, 1)]]


def test_a_passphrase_of_a_pending_order_goes_on_waiting_for_it(with_passphrase: Database) -> None:
    """It is no secret, opens for the order, and becomes a secret with it; one whose order is gone is gone."""
    store = new_store(with_passphrase, master=MASTER)
    with Reading(with_passphrase) as view:
        order = view.orders.get(ORDER, "project")
        kept = view.order_passphrases.get(ORDER)
        with pytest.raises(NotFound):
            view.secrets.get(SECRET)
    identity = PayloadIdentity(project_id="project", secret_id=SECRET, content_type="text/plain")
    assert store.retrieve(identity, kept) == b"kept since revision 3"
    assert count(with_passphrase) == {"secrets": 0, "secret_payloads": 0, "order_passphrases": 1}
    with UnitOfWork(with_passphrase) as uow:
        resources.release_passphrase(uow, order, SECRET)
        uow.commit()
    with Reading(with_passphrase) as view:
        assert view.secrets.get_with_payload(SECRET)[1] == kept
    assert count(with_passphrase) == {"secrets": 1, "secret_payloads": 1, "order_passphrases": 0}


def count(database: Database) -> dict[str, int]:
    """How many rows the tables have that a passphrase may be in."""
    with database.reading() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (secrets, secret_payloads, order_passphrases)
        }
