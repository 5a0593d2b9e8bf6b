"""What routes below one secret or one container have in common: the lookup, and what the policy is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barbican_like.api.controllers.base import Controller
from barbican_like.api.policies.terms import Kind
from barbican_like.api.policy import Target
from barbican_like.api.request import Request
from barbican_like.common import ids
from barbican_like.common.errors import NotFound
from barbican_like.model.models import Container, Secret


class OfSecret(Controller):
    """A route below ``/v1/secrets/{secret_id}``; what follows in the path is handed on."""

    default_operation = "Secret retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The secret of any project: another's is a 403 of the policy."""
        secret_id, *rest = path
        return (req.view.secrets.get(checked_id(secret_id, "secret"), req.caller.user_id), *rest)

    def target(self, found: Sequence[Any]) -> Target:
        """The secret as the policy knows it."""
        return target_of("secret", found[0])


class OfContainer(Controller):
    """A route below ``/v1/containers/{container_id}``; what follows in the path is handed on."""

    default_operation = "Container retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The container of any project: another's is a 403 of the policy."""
        container_id, *rest = path
        return (req.view.containers.get(checked_id(container_id, "container"), req.caller.user_id), *rest)

    def target(self, found: Sequence[Any]) -> Target:
        """The container as the policy knows it."""
        return target_of("container", found[0])


def target_of(kind: Kind, entity: Secret | Container) -> Target:
    """A secret or a container as the policy knows it."""
    return Target(
        kind=kind,
        project_id=entity.project_id,
        creator_id=entity.creator_id,
        read="read" if entity.access.reader else None,
        read_project_access=entity.access.project,
    )


def checked_id(text: str, what: str) -> str:
    """An id of a path.

    :raises NotFound: when it is none that this server could have made.
    """
    if not ids.is_canonical(text):
        raise NotFound(f"Not Found. Provided {what} id is invalid.")
    return text
