"""What a unit of work tells of changes to the key manager's entities.

Whoever writes a change calls one of ``of_secret``, ``of_container`` and ``of_order`` in the same
transaction, and the observers write about it at its end. The whole key manager tells by them: requests,
orders that are worked, projects that are removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from barbican_like.common.notices import DELETED, PRESENT, UPDATED, Audience, Notice
from barbican_like.model import snapshots
from barbican_like.model.models import Container, Order, Secret
from barbican_like.model.snapshots import ACTIVE
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import Repositories, UnitOfWork

SECRET: Final = "secret"  # noqa: S105  the kind, not one
CONTAINER: Final = "container"
ORDER: Final = "order"


def of_secret(uow: UnitOfWork, secret: Secret, op: str, what: str | None = None) -> None:
    """Tell of a secret.

    :param secret: as it now is, or last was; with its guard.
    :param op: created, updated or deleted.
    :param what: the part that changed: payload, metadata, acl, consumers or store.
    """
    if uow.is_observed:
        uow.tell(about_secret(secret, op, what, uow.actor))


def of_consumers(uow: UnitOfWork, secret_id: str) -> None:
    """Tell of a secret whose consumers have changed, even of one that has expired."""
    if uow.is_observed:
        for secret in uow.secrets.list_by_ids([secret_id]):
            of_secret(uow, secret, UPDATED, "consumers")


def of_container(uow: UnitOfWork, container: Container, op: str, what: str | None = None) -> None:
    """Tell of a container.

    :param container: as it now is, or last was; with its guard.
    :param op: created, updated or deleted.
    :param what: the part that changed: secrets, acl or consumers.
    """
    if uow.is_observed:
        uow.tell(about_container(container, op, what, uow.actor))


def of_containers_without(uow: UnitOfWork, container_ids: Sequence[str]) -> None:
    """Tell of containers that a secret was taken out of because it is gone."""
    if container_ids and uow.is_observed:
        for container in uow.containers.list_by_ids(container_ids):
            of_container(uow, container, UPDATED, "secrets")


def of_order(uow: UnitOfWork, order: Order, op: str, *, before: OrderStatus | None = None) -> None:
    """Tell of an order.

    :param order: as it now is, or last was.
    :param op: created, updated or deleted.
    :param before: its status before an update.
    """
    if uow.is_observed:
        uow.tell(about_order(order, op, before, uow.actor))


def secrets(view: Repositories, secret_ids: Sequence[str]) -> Iterator[Notice]:
    """Secrets as they are, told to one who comes late."""
    found = view.secrets.list_by_ids(secret_ids)
    return (replace(about_secret(one, PRESENT), at=one.updated_at) for one in found)


def containers(view: Repositories, container_ids: Sequence[str]) -> Iterator[Notice]:
    """The same of containers."""
    found = view.containers.list_by_ids(container_ids)
    return (replace(about_container(one, PRESENT), at=one.updated_at) for one in found)


def orders(view: Repositories, order_ids: Sequence[str]) -> Iterator[Notice]:
    """The same of orders."""
    found = view.orders.list_by_ids(order_ids)
    return (replace(about_order(one, PRESENT), at=one.updated_at) for one in found)


def about_secret(secret: Secret, op: str, what: str | None = None, actor: str | None = None) -> Notice:
    """The notice of a secret."""
    return _about_guarded(SECRET, secret, snapshots.of_secret(secret), (op, what, actor))


def about_container(
    container: Container, op: str, what: str | None = None, actor: str | None = None
) -> Notice:
    """The notice of a container."""
    return _about_guarded(CONTAINER, container, snapshots.of_container(container), (op, what, actor))


def about_order(order: Order, op: str, before: OrderStatus | None = None, actor: str | None = None) -> Notice:
    """The notice of an order."""
    old = order.status if op == DELETED else before
    return Notice(
        object=ORDER,
        id=order.id,
        op=op,
        old=None if old is None else old.value,
        new=None if op == DELETED else order.status.value,
        actor=actor,
        audience=Audience(project_id=order.project_id, creator_id=order.creator_id),
        snapshot=snapshots.of_order(order),
    )


def _about_guarded(
    kind: str,
    entity: Secret | Container,
    snapshot: Mapping[str, Any],
    done: tuple[str, str | None, str | None],
) -> Notice:
    op, what, actor = done
    guard = entity.guard
    return Notice(
        object=kind,
        id=entity.id,
        op=op,
        what=what,
        old=ACTIVE if op in {UPDATED, DELETED} else None,
        new=None if op == DELETED else ACTIVE,
        actor=actor,
        audience=Audience(
            project_id=entity.project_id,
            creator_id=entity.creator_id,
            is_open=guard.is_open,
            readers=guard.readers,
        ),
        snapshot=snapshot,
    )
