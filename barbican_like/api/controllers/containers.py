"""Containers: named sets of secrets, with their consumers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from barbican_like.api import answers, serialise
from barbican_like.api.controllers.lookups import OfContainer, secret_id_in
from barbican_like.api.controllers.quotas import require_quota
from barbican_like.api.schemas import containers as bodies
from barbican_like.api.schemas.containers import ContainerBody, ContainerConsumerBody, ReferenceBody
from barbican_like.api.services import Services
from barbican_like.common import clock, ids
from barbican_like.common.errors import Forbidden, InvalidInput, NotFound
from barbican_like.common.notices import DELETED, UPDATED
from barbican_like.http import query, references
from barbican_like.http.controller import Controller, Operation, Reply
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.openapi.values import like, parameter
from barbican_like.http.request import Request
from barbican_like.http.schema import NO_NUL
from barbican_like.model import telling
from barbican_like.model.models import Container, ContainerConsumer, SecretReference
from barbican_like.plugin import resources

#: The ids of secrets in the examples: put those of your own in their place.
EXAMPLE_IDS: Final = ("8d2bb1c8-6a1c-4c0e-9d5b-0f6f5a8a1c01", "8d2bb1c8-6a1c-4c0e-9d5b-0f6f5a8a1c02")


def _example(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "secret_ref": f"http://localhost:9311/v1/secrets/{EXAMPLE_IDS[number]}"}


_CONTAINERS: Final = {
    "empty": {"type": "generic", "name": "of the web server"},
    "key_pair": {
        "type": "rsa",
        "name": "host",
        "secret_refs": [_example("public_key", 0), _example("private_key", 1)],
    },
}
_SECRETS: Final = {"secret": _example("first", 0)}
_CONSUMERS: Final = {"balancer": {"name": "octavia", "URL": "https://lb.example/1"}}


class ContainersController(Controller[Services]):
    """``/v1/containers``."""

    default_operation = "Containers(s) retrieval"

    @Operation(
        "Containers(s) retrieval",
        rule="containers:get",
        id="list_containers",
        paged=True,
        parameters=(
            like("name", "name"),
            parameter(
                "type", "Only those of this type.", {"type": "string", "pattern": NO_NUL}, example="rsa"
            ),
        ),
        answers={200: json_answer("One page.", answers.CONTAINERS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the project's containers."""
        part = req.view.containers.list(
            req.caller.project_id,
            req.page,
            name=query.spellings(req.filters.get("name")),
            type=req.filters.get("type"),
        )
        return references.paged(req, "containers", part, partial(serialise.container, req))

    @Operation(
        "Container creation",
        rule="containers:post",
        body=bodies.CONTAINER,
        id="create_container",
        examples=_CONTAINERS,
        answers={201: json_answer("Made.", answers.CONTAINER_REFERENCE, location=True)},
        errors=(404,),
    )
    def on_post(self, req: Request, body: ContainerBody) -> Reply:
        """Make a container of secrets of this project."""
        require_quota(req, self.services, "containers")
        found = _found(req, body.references, "Secret provided for '{name}' doesn't exist.")
        now = clock.now()
        container = Container(
            id=ids.new_id(),
            project_id=req.caller.project_id,
            creator_id=req.caller.user_id,
            name=body.name,
            type=body.type,
            created_at=now,
            updated_at=now,
            references=found,
        )
        resources.store_container(req.uow, container)
        return _made(req, container)


class ContainerController(OfContainer):
    """``/v1/containers/{container_id}``."""

    @Operation(
        "Container retrieval",
        rule="container:get",
        id="get_container",
        answers={200: json_answer("With its references and consumers.", answers.CONTAINER)},
    )
    def on_get(self, req: Request, container: Container) -> dict[str, Any]:
        """The container with its references and consumers."""
        return serialise.container(req, container)

    @Operation("Container deletion", rule="container:delete", id="delete_container", answers={204: NOTHING})
    def on_delete(self, req: Request, container: Container) -> None:
        """Remove it; its secrets stay."""
        req.uow.containers.delete(container.id)
        telling.of_container(req.uow, container, DELETED)


class ContainerSecretsController(OfContainer):
    """``/v1/containers/{container_id}/secrets``."""

    default_operation = "Container Secret creation"

    @Operation(
        "Container Secret creation",
        rule="container_secret:post",
        body=bodies.REFERENCE,
        id="add_container_secret",
        examples=_SECRETS,
        answers={201: json_answer("Put in.", answers.CONTAINER_REFERENCE, location=True)},
        errors=(409,),
    )
    def on_post(self, req: Request, container: Container, body: ReferenceBody) -> Reply:
        """Put a secret into a generic container."""
        _require_generic(container)
        (reference,) = _found(req, [body], "Secret provided doesn't exist.")
        before = req.uow.containers.add_reference(container, reference)
        latest = replace(container, references=(*before, reference))
        telling.of_container(req.uow, latest, UPDATED, "secrets")
        return _made(req, container)

    @Operation(
        "Container Secret deletion",
        rule="container_secret:delete",
        body=bodies.REFERENCE,
        id="remove_container_secret",
        examples=_SECRETS,
        answers={204: NOTHING},
    )
    def on_delete(self, req: Request, container: Container, body: ReferenceBody) -> None:
        """Take a secret out of a generic container."""
        _require_generic(container)
        reference = SecretReference(name=body.name, secret_id=secret_id_in(req, body.secret_ref))
        if not req.uow.containers.remove_reference(container.id, reference):
            raise NotFound("Secret provided is not in the container")
        left = tuple(one for one in container.references if one != reference)
        telling.of_container(req.uow, replace(container, references=left), UPDATED, "secrets")


class ContainerConsumersController(OfContainer):
    """``/v1/containers/{container_id}/consumers``."""

    default_operation = "ContainerConsumer(s) retrieval"

    @Operation(
        "ContainerConsumer(s) retrieval",
        rule="container_consumers:get",
        id="list_container_consumers",
        paged=True,
        answers={200: json_answer("One page.", answers.CONTAINER_CONSUMERS)},
    )
    def on_get(self, req: Request, container: Container) -> dict[str, Any]:
        """One page of the container's consumers."""
        part = req.view.container_consumers.list(container.id, req.page)
        path = f"containers/{container.id}/consumers"
        return references.paged(req, path, part, serialise.container_consumer)

    @Operation(
        "ContainerConsumer creation",
        rule="container_consumers:post",
        body=bodies.CONSUMER,
        id="create_container_consumer",
        examples=_CONSUMERS,
        answers={200: json_answer("The container with its consumers.", answers.CONTAINER, location=True)},
    )
    def on_post(self, req: Request, container: Container, body: ContainerConsumerBody) -> Reply:
        """Register a consumer; once more changes nothing."""
        location = f"{references.to(req, 'containers', container.id)}/consumers"
        if _consumer(container, body) is not None:
            return Reply(serialise.container(req, container), 200, location)
        require_quota(req, self.services, "consumers")
        consumers, project_id = req.uow.container_consumers, req.caller.project_id
        changed = consumers.register(container.id, body.name, body.url, creator_project_id=project_id)
        return Reply(_with_consumers(req, container.id, changed=changed), 200, location)

    @Operation(
        "ContainerConsumer deletion",
        rule="container_consumers:delete",
        body=bodies.CONSUMER,
        id="delete_container_consumer",
        examples=_CONSUMERS,
        answers={200: json_answer("The container with the consumers that remain.", answers.CONTAINER)},
    )
    def on_delete(self, req: Request, container: Container, body: ContainerConsumerBody) -> dict[str, Any]:
        """Remove a consumer."""
        consumer = _consumer(container, body)
        if consumer is None:
            raise NotFound("Consumer not found.")
        if req.caller.project_id not in {consumer.creator_project_id, container.project_id}:
            raise Forbidden("Not Allowed. Sorry, only the creator of a consumer can delete it.")
        changed = req.uow.container_consumers.remove(container.id, body.name, body.url)
        return _with_consumers(req, container.id, changed=changed)


def _consumer(container: Container, named: ContainerConsumerBody) -> ContainerConsumer | None:
    for one in container.consumers:
        if (one.name, one.url) == (named.name, named.url):
            return one
    return None


def _with_consumers(req: Request, container_id: str, *, changed: bool) -> dict[str, Any]:
    """The container as this transaction has made it, told of where its consumers have changed."""
    latest = req.uow.containers.get_to_change(container_id)
    if changed:
        telling.of_container(req.uow, latest, UPDATED, "consumers")
    return serialise.container(req, latest)


def _found(req: Request, wanted: Iterable[ReferenceBody], refusal: str) -> tuple[SecretReference, ...]:
    """The references, each to a living secret of the caller's project that nobody deletes meanwhile.

    :param refusal: what to say of the first that is none, ``{name}`` standing for its name.
    :raises NotFound: when there is such a one.
    """
    found = tuple(
        SecretReference(name=item.name, secret_id=secret_id_in(req, item.secret_ref)) for item in wanted
    )
    if not found:
        return ()
    missing = req.uow.secrets.list_missing(req.caller.project_id, [item.secret_id for item in found])
    for item in found:
        if item.secret_id in missing:
            raise NotFound(refusal.format(name=item.name))
    return found


def _require_generic(container: Container) -> None:
    if container.type != "generic":
        raise InvalidInput("Only 'generic' containers can be modified.")


def _made(req: Request, container: Container) -> Reply:
    location = references.to(req, "containers", container.id)
    return Reply({"container_ref": location}, 201, location)
