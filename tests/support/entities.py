"""Entities with every field filled in, for tests to vary."""

from dataclasses import replace
from typing import Any

from barbican_like.common import clock, ids
from barbican_like.model.database import Database
from barbican_like.model.models import Container, Order, Secret, SecretReference
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import UnitOfWork

PROJECT = "project-of-the-test"


def a_secret(**fields: Any) -> Secret:
    """A secret without a payload; ``fields`` replace what is given here."""
    now = clock.now()
    whole = Secret(
        id=ids.new_id(),
        project_id=PROJECT,
        creator_id="creator",
        name="name",
        secret_type="opaque",
        algorithm="aes",
        bit_length=256,
        mode="cbc",
        expiration=None,
        content_type=None,
        created_at=now,
        updated_at=now,
    )
    return whole._replace(**fields)


def a_container(*references: SecretReference, **fields: Any) -> Container:
    """A generic container of these references."""
    now = clock.now()
    whole = Container(
        id=ids.new_id(),
        project_id=PROJECT,
        creator_id="creator",
        name="name",
        type="generic",
        created_at=now,
        updated_at=now,
        references=references,
    )
    return replace(whole, **fields)


def an_order(**fields: Any) -> Order:
    """A PENDING order of an AES-256 key."""
    now = clock.now()
    whole = Order(
        id=ids.new_id(),
        project_id=PROJECT,
        creator_id="creator",
        type="key",
        meta={"name": "name", "algorithm": "aes", "bit_length": 256, "mode": "cbc", "expiration": None},
        status=OrderStatus.PENDING,
        secret_id=None,
        container_id=None,
        error_status_code=None,
        error_reason=None,
        sub_status=None,
        sub_status_message=None,
        created_at=now,
        updated_at=now,
    )
    return replace(whole, **fields)


def add_secrets(database: Database, *secrets: Secret) -> None:
    """Write secrets, each into its project, in one commit."""
    with UnitOfWork(database) as uow:
        for secret in secrets:
            uow.secrets.add(secret, uow.projects.find_or_create(secret.project_id))
        uow.commit()


def add_containers(database: Database, *containers: Container) -> None:
    """Write containers, each into its project, in one commit."""
    with UnitOfWork(database) as uow:
        for container in containers:
            uow.containers.add(container, uow.projects.find_or_create(container.project_id))
        uow.commit()


def add_orders(database: Database, *orders: Order) -> None:
    """Write orders, each into its project, in one commit."""
    with UnitOfWork(database) as uow:
        for order in orders:
            uow.orders.add(order, uow.projects.find_or_create(order.project_id))
        uow.commit()
