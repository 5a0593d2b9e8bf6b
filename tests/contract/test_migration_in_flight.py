"""Orders and removals of projects that are in flight at an upgrade end well after it, on every database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from barbican_like import rooms
from barbican_like.common import ids
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.models import Order
from barbican_like.model.states import OrderStatus
from barbican_like.model.tables import secrets
from barbican_like.model.unit_of_work import Reading
from tests.contract.test_migration_rows import DEPLOYMENT, NOW, PROJECT, RESERVED, ROWS, SECRET, TIMES, write
from tests.support import databases
from tests.support.fabric import Fabric

PASSPHRASE = b"kept since revision 3"
DAY = timedelta(days=1)

Row = tuple[str, dict[str, object]]

#: What a task could be doing until 0004: its columns.
STATES: dict[str, dict[str, object]] = {
    "new": {"run_at": NOW, "attempts": 0, "fence": 0},
    "claimed": {"run_at": NOW, "attempts": 2, "fence": 3}
    | {"claimed_by": "host#4711@1794000000", "claim_expires": NOW + DAY},
    "lost": {"run_at": NOW - DAY, "attempts": 1, "fence": 1}
    | {"claimed_by": "host#4712@1794000000", "claim_expires": NOW - DAY},
    "scheduled": {"run_at": NOW + DAY, "attempts": 7, "fence": 7, "last_error": "Overloaded"},
}
META = {
    "key": {"name": "key", "algorithm": "aes", "bit_length": 256, "mode": "cbc"}
    | {"payload_content_type": "application/octet-stream"},
    "asymmetric": {"name": "pair", "algorithm": "ec", "bit_length": 256},
}
MAKES = {"key": ["secret_id"], "asymmetric": ["container_id", "private_key_id", "public_key_id"]}


@dataclass(frozen=True)
class InFlight:
    """An order with its task, as revision 0004 has them."""

    type: str
    state: str
    passphrase_id: str | None
    id: str
    drawn: dict[str, str]

    @classmethod
    def new(cls, order_type: str, state: str, passphrase_id: str | None = None) -> "InFlight":
        """One with ids of its own."""
        drawn = {name: ids.new_id() for name in MAKES[order_type]}
        if passphrase_id is not None:
            drawn["passphrase_id"] = passphrase_id
        return cls(order_type, state, passphrase_id, ids.new_id(), drawn)

    def rows(self) -> tuple[Row, ...]:
        """Its rows."""
        order = {"id": self.id, "project_id": PROJECT, "type": self.type, "status": "PENDING"}
        task = task_row("process_type_order", self.id, self.state, self.drawn | {"request_id": "req-1"})
        return ("orders", order | {"meta": orjson.dumps(META[self.type]).decode()} | TIMES), task


def task_row(name: str, entity_id: str, state: str, kwargs: dict[str, str]) -> Row:
    """A task as revision 0004 has it."""
    fixed = {"id": ids.new_id(), "name": name, "entity_id": entity_id, "created_at": NOW}
    counted = {"kwargs": orjson.dumps(kwargs).decode(), "priority": 5, "max_attempts": 8}
    return "tasks", fixed | counted | STATES[state]


def deletion_rows(project_id: str, state: str) -> tuple[Row, ...]:
    """A project with a secret, and the task that removes both."""
    secret = {"id": ids.new_id(), "project_id": project_id, "secret_type": "opaque"}
    return (
        ("projects", {"id": project_id, "external_id": f"gone-{state}", "created_at": NOW}),
        ("secrets", secret | TIMES),
        task_row("process_project_deletion", project_id, state, {"project_id": f"gone-{state}"}),
    )


@pytest.fixture(params=databases.KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at revision 0004 with a project, and a passphrase that an order has not used yet."""
    with databases.empty_url(request.param, tmp_path) as url:
        database = Database(url)
        migrate.upgrade(database, "0003")
        write(database, ROWS)
        migrate.upgrade(database, "0004")
        with database.writing() as connection:
            connection.execute(sa.text("update deployment set id = :id"), {"id": DEPLOYMENT})
            connection.execute(secrets.update().values(expiration=RESERVED))
        yield database
        database.close()


def test_what_is_in_flight_at_an_upgrade_is_done_after_it(old: Database) -> None:
    """New, claimed, lost and scheduled: orders for keys and pairs become ACTIVE, projects are removed."""
    locked = InFlight.new("asymmetric", "claimed", SECRET)
    orders = [locked, *(InFlight.new(order_type, state) for order_type in MAKES for state in STATES)]
    deleted = {state: ids.new_id() for state in STATES}
    rows = [order.rows() for order in orders]
    rows += [deletion_rows(project_id, state) for state, project_id in deleted.items()]
    for lot in rows:
        write(old, lot)
    migrate.upgrade(old, branches=rooms.migrations())
    fabric = Fabric(old)
    with fabric.running():
        fabric.outcomes.wait_for_ends([*(order.id for order in orders), *deleted.values()])
    for order in orders:
        require_done(old, order)
    require_locked(fabric, locked)
    pairs = len(STATES) + 1
    assert fabric.made() == (len(STATES) + 2 * pairs + 1, pairs)  # and the passphrase
    with Reading(old) as view:
        assert [view.projects.find(f"gone-{state}") for state in STATES] == [None] * len(STATES)
        assert view.tasks.names() == []


def read(database: Database, order: InFlight) -> Order:
    """The order as it stands."""
    with Reading(database) as view:
        return view.orders.get(order.id, "project")


def require_done(database: Database, order: InFlight) -> None:
    """It is ACTIVE, and made what was drawn for it when it was accepted."""
    done = read(database, order)
    assert done.status is OrderStatus.ACTIVE, (order, done)
    assert done.secret_id == order.drawn.get("secret_id")
    assert done.container_id == order.drawn.get("container_id")


def require_locked(fabric: Fabric, order: InFlight) -> None:
    """Its private key opens with the passphrase that it was ordered with."""
    private_key = fabric.payload(order.drawn["private_key_id"])
    assert load_pem_private_key(private_key, PASSPHRASE)
    assert fabric.payload(SECRET) == PASSPHRASE
