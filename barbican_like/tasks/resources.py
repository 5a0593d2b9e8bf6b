"""The tasks of the key manager: processing of orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Final

from barbican_like.common import clock
from barbican_like.common.errors import ClaimLost, IntegrityFailure, NotFound, OperationRefused
from barbican_like.common.notices import UPDATED
from barbican_like.model import telling
from barbican_like.model.database import Database
from barbican_like.model.models import Container, Order, Secret, SecretReference, Task
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import content, resources
from barbican_like.plugin.interface import KeySpec
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.resources import NewSecret
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

_CONTAINER_TYPES: Final = {"rsa": "rsa", "dsa": "dsa"}
"""What the original's orders make. Its clients break on other types, even in a list: the rest are generic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedOrder:
    """An order to be worked, with the passphrase that its private key is to have."""

    order: Order
    drawn: Mapping[str, str]  # ids of what it makes, drawn when it was accepted
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResult:
    """What an order made, ready to be written."""

    secrets: tuple[NewSecret, ...]
    container: Container | None = None


class BeginTypeOrder(BaseTask[AcceptedOrder, OrderResult]):
    """Makes what an order asks for.

    The ids of everything it makes were drawn when the task's row was made, so that a second try cannot make a
    second secret.
    """

    operation: ClassVar[str] = "Process TypeOrder"

    def __init__(self, database: Database, claims: Claims, plugins: Plugins) -> None:
        super().__init__(database, claims)
        self._plugins = plugins

    def retrieve_entity(self, view: Reading, task: Task) -> AcceptedOrder | None:
        """The order while it is PENDING, or given up and tried again by an operator."""
        order = view.orders.find(task.entity_id, task.project_id)
        if order is None or not _is_open(order):
            return None
        drawn = task.kwargs or {}
        return AcceptedOrder(order=order, drawn=drawn, passphrase=self._passphrase(view, order, drawn))

    def _passphrase(self, view: Reading, order: Order, drawn: Mapping[str, str]) -> str | None:
        if "passphrase_id" not in drawn:
            return None
        secret = resources.passphrase_of(order, drawn["passphrase_id"])
        try:
            stored = view.order_passphrases.get(order.id)
        except NotFound:  # not the caller's fault, who has given it
            raise IntegrityFailure from None
        return resources.get_secret(self._plugins, secret, stored).decode()

    def handle_processing(self, run: Run, entity: AcceptedOrder) -> OrderResult:
        """Generate the key or the pair."""
        order = entity.order
        spec = KeySpec(
            algorithm=order.meta["algorithm"],
            bit_length=order.meta["bit_length"],
            mode=order.meta.get("mode"),
            passphrase=entity.passphrase,
        )
        if order.type == "key":
            return self._key(order, entity.drawn, spec)
        if order.type == "asymmetric":
            return self._pair(order, entity.drawn, spec)
        raise OperationRefused(f"orders of type {order.type} are not supported")

    def handle_success(self, uow: UnitOfWork, task: Task, entity: AcceptedOrder, work: OrderResult) -> None:
        """Write what was made and the order's end."""
        for secret in work.secrets:
            resources.store_secret(uow, self._plugins, secret)
        if entity.passphrase is not None:
            resources.release_passphrase(uow, entity.order, entity.drawn["passphrase_id"])
        if work.container is not None:
            resources.store_container(uow, work.container)
        secret_id = None if work.container is not None else work.secrets[0].secret.id
        container_id = None if work.container is None else work.container.id
        now = uow.orders.activate(task.entity_id, secret_id=secret_id, container_id=container_id)
        if now is None:  # done or deleted by another
            raise ClaimLost
        done = replace(
            entity.order,
            status=OrderStatus.ACTIVE,
            secret_id=secret_id,
            container_id=container_id,
            error_status_code=None,
            error_reason=None,
            sub_status="Unknown",
            sub_status_message="Unknown",
            updated_at=now,
        )
        telling.of_order(uow, done, UPDATED, before=entity.order.status)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Write why the order ended, and remove the passphrase unless an operator may still need it."""
        if uow.orders.fail(task.entity_id, status_code=failure.status_code, reason=failure.reason):
            failed = uow.orders.find(task.entity_id, task.project_id)
            if failed is not None:
                telling.of_order(uow, failed, UPDATED, before=OrderStatus.PENDING)
        if not failure.dead:
            uow.order_passphrases.remove(task.entity_id)

    def _key(self, order: Order, drawn: Mapping[str, str], spec: KeySpec) -> OrderResult:
        payload = resources.generate_secret(self._plugins, spec)
        content_type = content.normalise(order.meta.get("payload_content_type") or content.OCTETS)
        secret = _secret(order, drawn["secret_id"], order.meta["name"], "symmetric", content_type)
        return OrderResult(secrets=(NewSecret(secret=secret, payload=payload),))

    def _pair(self, order: Order, drawn: Mapping[str, str], spec: KeySpec) -> OrderResult:
        pair = resources.generate_asymmetric_secret(self._plugins, spec)
        made = (("private_key", "private", pair.private_key), ("public_key", "public", pair.public_key))
        secrets = tuple(
            NewSecret(
                secret=_secret(order, drawn[f"{role}_id"], order.meta["name"], kind, content.OCTETS),
                payload=payload,
            )
            for role, kind, payload in made
        )
        references = [SecretReference(name=role, secret_id=drawn[f"{role}_id"]) for role, _, _ in made]
        if drawn.get("passphrase_id") is not None:
            references.append(
                SecretReference(name="private_key_passphrase", secret_id=drawn["passphrase_id"])
            )
        return OrderResult(secrets=secrets, container=_container(order, drawn, tuple(references)))


def _is_open(order: Order) -> bool:
    """Whether there is work left: what was given up may be tried again, what was refused may not."""
    given_up = order.status is OrderStatus.ERROR and order.error_status_code == "500"
    return order.status is OrderStatus.PENDING or given_up


def _secret(order: Order, secret_id: str, name: str | None, kind: str, content_type: str | None) -> Secret:
    now = clock.now()
    expiration = order.meta.get("expiration")
    return Secret(
        id=secret_id,
        project_id=order.project_id,
        creator_id=order.creator_id,
        name=name,
        secret_type=kind,
        algorithm=order.meta["algorithm"],
        bit_length=order.meta["bit_length"],
        mode=order.meta.get("mode"),
        expiration=datetime.fromisoformat(expiration) if expiration else None,
        content_type=content_type,
        created_at=now,
        updated_at=now,
    )


def _container(order: Order, drawn: Mapping[str, str], references: tuple[SecretReference, ...]) -> Container:
    now = clock.now()
    return Container(
        id=drawn["container_id"],
        project_id=order.project_id,
        creator_id=order.creator_id,
        name=order.meta["name"],
        type=_CONTAINER_TYPES.get(order.meta["algorithm"].lower(), "generic"),
        created_at=now,
        updated_at=now,
        references=references,
    )
