"""What is removed many at a time, and told: all that a project has, and secrets that have expired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from barbican_like.common.notices import DELETED
from barbican_like.model import telling
from barbican_like.model.models import Project
from barbican_like.model.unit_of_work import UnitOfWork


def purge(uow: UnitOfWork, project: Project, limit: int) -> int:
    """Remove some of what a project owns: up to ``limit`` orders, containers and secrets each.

    Returns how many rows that were; 0 when there is nothing left.
    """
    projects = uow.projects
    return (
        _remove_orders(uow, projects.some_orders(project, limit))
        + _remove_containers(uow, projects.some_containers(project, limit))
        + _remove_secrets(uow, projects.some_secrets(project, limit))
    )


def remove_expired_secrets(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Remove some secrets that have expired before a time; returns how many."""
    return _remove_secrets(uow, uow.projects.some_expired_secrets(before, limit))


def _remove_orders(uow: UnitOfWork, order_ids: Sequence[str]) -> int:
    if order_ids:
        for order in uow.orders.list_by_ids(order_ids) if uow.is_observed else ():
            telling.of_order(uow, order, DELETED)
        uow.projects.remove_orders(order_ids)
    return len(order_ids)


def _remove_containers(uow: UnitOfWork, container_ids: Sequence[str]) -> int:
    if container_ids:
        for container in uow.containers.list_by_ids(container_ids) if uow.is_observed else ():
            telling.of_container(uow, container, DELETED)
        uow.projects.remove_containers(container_ids)
    return len(container_ids)


def _remove_secrets(uow: UnitOfWork, secret_ids: Sequence[str]) -> int:
    if secret_ids:
        gone = uow.secrets.list_by_ids(secret_ids) if uow.is_observed else ()
        telling.of_containers_without(uow, uow.projects.remove_secrets(secret_ids))
        for secret in gone:
            telling.of_secret(uow, secret, DELETED)
    return len(secret_ids)
