"""A worker of this process over a test's database, and orders for it."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from barbican_like import rooms
from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.models import Order, SealedPayload, Secret
from barbican_like.model.tables import containers, secrets
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import kinds, resources
from barbican_like.plugin.crypto.envelope_store import EnvelopeStore
from barbican_like.plugin.crypto.generator import SoftwareKeyGenerator
from barbican_like.plugin.crypto.keyring import ensure_first_term, open_keyring
from barbican_like.plugin.crypto.master_key import FileMasterKey, MasterKey
from barbican_like.plugin.crypto.project_keys import ProjectKeys
from barbican_like.plugin.interface import KeyGenerator, KeyPair, KeySpec
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.store_settings import SIMPLE_CRYPTO
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.leases import Lease, Neighbours
from barbican_like.queue.outcome import Done, Failed, Outcome
from barbican_like.queue.server import Tasks, Worker
from barbican_like.queue.sweeper import Sweeper
from barbican_like.queue.transport import NullWaker
from barbican_like.queue.watch import Watch
from barbican_like.tasks.projects import DeleteProject
from barbican_like.tasks.resources import BeginTypeOrder
from tests.support.entities import add_orders, an_order

LONGEST_WAIT: Final = 30.0
MASTER: Final = FileMasterKey(bytes(range(32)))


def new_store(
    database: Database, *, cache: int = 64, master: MasterKey = MASTER, name: str = SIMPLE_CRYPTO
) -> EnvelopeStore:
    """A secret store, by default the one of the file, as a process opens it at its start."""
    with UnitOfWork(database) as uow:
        ensure_first_term(master, uow, name)
        uow.commit()
    with Reading(database) as view:
        keyring = open_keyring(master, view, name)
    return EnvelopeStore(ProjectKeys(keyring, size=cache, ttl=300.0))


class TouchyGenerator:
    """Generates as the product does, after doing what a test wants to happen at that moment."""

    def __init__(self) -> None:
        self._real: KeyGenerator = SoftwareKeyGenerator()
        self.before: Callable[[], None] = lambda: None

    def generate_symmetric(self, spec: KeySpec) -> bytes:
        """A key."""
        self.before()
        return self._real.generate_symmetric(spec)

    def generate_asymmetric(self, spec: KeySpec) -> KeyPair:
        """A pair."""
        self.before()
        return self._real.generate_asymmetric(spec)


@dataclass
class Outcomes:
    """What became of each try, for tests to wait on."""

    seen: list[tuple[str, Outcome | None]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, _name: str, entity_id: str, outcome: Outcome | None) -> None:
        """The worker's listener."""
        with self._changed:
            self.seen.append((entity_id, outcome))
            self._changed.notify_all()

    def wait_until_ended(self, *orders: Order) -> None:
        """Return when each order is done or given up; fail the test where that never happens."""
        self.wait_for_ends(order.id for order in orders)

    def wait_for_ends(self, entities: Iterable[str]) -> None:
        """The same of entities' tasks."""
        wanted = set(entities)

        def ended() -> bool:
            return wanted <= {entity for entity, outcome in self.seen if isinstance(outcome, Done | Failed)}

        with self._changed:
            assert self._changed.wait_for(ended, LONGEST_WAIT), self.seen


class Fabric:
    """One worker process's parts, without the process.

    :param task_class: what works orders.
    """

    def __init__(self, database: Database, *, task_class: type[BeginTypeOrder] = BeginTypeOrder) -> None:
        self.database = database
        self.generator = TouchyGenerator()
        store = new_store(database)
        self.plugins = Plugins(stores={store.name: store}, default_store=store.name, generator=self.generator)
        self.lease = Lease(database, folder=None, term=30.0)
        self.lease.open()
        self.claims = Claims(database, self.lease)
        self.order_task = task_class(database, self.claims, self.plugins)
        self.tasks = Tasks(
            self.claims,
            {
                kinds.PROCESS_TYPE_ORDER: self.order_task,
                kinds.PROCESS_PAIR_ORDER: self.order_task,
                kinds.PROCESS_PROJECT_DELETION: DeleteProject(database, self.claims, rooms.purge),
            },
        )
        self.client = TaskClient(NullWaker())
        self.outcomes = Outcomes()

    def try_once(self, order: Order) -> Outcome | None:
        """Claim an order's task and try it, in this thread."""
        return getattr(self.tasks, kinds.of_order(order.type).name)(order.id)

    @contextmanager
    def running(self, threads: int = 4) -> Iterator[Worker]:
        """The worker with its sweep, at work."""
        lanes = {kind.lane: threads for kind in self.tasks.kinds.values()}
        worker = Worker(self.tasks, self.claims, lanes=lanes, listeners=[])
        worker.on_outcome = self.outcomes.note
        watch = Watch(worker, self.claims, interval=0.05)
        neighbours = Neighbours(self.database, self.lease, folder=None, term=30.0)
        sweeper = Sweeper(self.database, worker, neighbours, interval=0.01)
        worker.start()
        watch.start()
        sweeper.start()
        try:
            yield worker
        finally:
            sweeper.stop()
            watch.stop()
            worker.stop()

    def place(self, **fields: Any) -> Order:
        """An order with its task, as the API writes them."""
        order = an_order(**fields)
        add_orders(self.database, order)
        made = ["secret_id"] if order.type == "key" else ["container_id", "private_key_id", "public_key_id"]
        with UnitOfWork(self.database) as uow:
            self.client.owe(
                uow,
                kinds.of_order(order.type),
                order.id,
                {name: ids.new_id() for name in made},
                project_id=order.project_id,
            )
            uow.commit()
        return order

    def read(self, order: Order) -> Order:
        """The order as it stands."""
        with Reading(self.database) as view:
            return view.orders.get(order.id, order.project_id)

    def payload(self, secret_id: str) -> bytes:
        """A secret's payload."""
        secret, stored = self.stored(secret_id)
        return resources.get_secret(self.plugins, secret, stored)

    def stored(self, secret_id: str) -> tuple[Secret, SealedPayload]:
        """A secret with its sealed payload, which it must have."""
        with Reading(self.database) as view:
            secret, stored = view.secrets.get_with_payload(secret_id)
        assert stored is not None
        return secret, stored

    def made(self) -> tuple[int, int]:
        """How many secrets and how many containers there are."""
        with self.database.reading() as connection:
            counted = [
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in (secrets, containers)
            ]
        return counted[0], counted[1]
