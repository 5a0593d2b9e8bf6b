"""What routes below one secret or one container have in common: the lookup, and what the policy is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from barbican_like.api.services import Services
from barbican_like.common import ids
from barbican_like.common.errors import FieldNotSupported, NotFound
from barbican_like.http import references
from barbican_like.http.controller import Controller
from barbican_like.http.policy import Target
from barbican_like.http.request import Request
from barbican_like.model.models import Container, Secret


class OfSecret(Controller[Services]):
    """A route below ``/v1/secrets/{secret_id}``; what follows in the path is handed on."""

    default_operation = "Secret retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The secret of any project: another's is a 403 of the policy."""
        secret_id, *rest = path
        checked_id(secret_id, "secret")  # before the view takes a connection
        secrets = req.view.secrets
        find = secrets.get if req.environ["REQUEST_METHOD"] == "GET" else secrets.get_to_change
        return (find(secret_id, req.caller.user_id), *rest)

    def target(self, found: Sequence[Any]) -> Target:
        """The secret as the policy knows it."""
        return target_of("secret", found[0])


class OfContainer(Controller[Services]):
    """A route below ``/v1/containers/{container_id}``; what follows in the path is handed on."""

    default_operation = "Container retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The container of any project: another's is a 403 of the policy."""
        container_id, *rest = path
        checked_id(container_id, "container")  # before the view takes a connection
        containers = req.view.containers
        find = containers.get if req.environ["REQUEST_METHOD"] == "GET" else containers.get_to_change
        return (find(container_id, req.caller.user_id), *rest)

    def target(self, found: Sequence[Any]) -> Target:
        """The container as the policy knows it."""
        return target_of("container", found[0])


def target_of(kind: Literal["secret", "container"], entity: Secret | Container) -> Target:
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


def secret_id_in(req: Request, reference: str) -> str:
    """The id in a reference to a secret of this server.

    :raises FieldNotSupported: when it is a reference to something else.
    """
    collection, _, entity_id = reference.rstrip("/").rpartition("/")
    if collection != f"{references.base(req)}/secrets":
        raise FieldNotSupported
    return entity_id
