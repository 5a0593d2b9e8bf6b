"""Containers: named sets of secrets, with their consumers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from barbican_like.api import serialise
from barbican_like.api.controllers.lookups import OfContainer, secret_id_in
from barbican_like.api.controllers.quotas import require_quota
from barbican_like.api.schemas import containers as bodies
from barbican_like.api.schemas.containers import ContainerBody, ContainerConsumerBody, ReferenceBody
from barbican_like.api.services import Services
from barbican_like.common import clock, ids
from barbican_like.common.errors import Forbidden, InvalidInput, NotFound
from barbican_like.http import references
from barbican_like.http.controller import Controller, Reply, operation
from barbican_like.http.request import Request
from barbican_like.model.models import Container, SecretReference
from barbican_like.plugin import resources


def _container(body: object, _services: Services) -> ContainerBody:
    return bodies.container(body)


def _secret(body: object, _services: Services) -> ReferenceBody:
    return bodies.reference(body)


def _consumer(body: object, _services: Services) -> ContainerConsumerBody:
    return bodies.container_consumer(body)


class ContainersController(Controller[Services]):
    """``/v1/containers``."""

    default_operation = "Containers(s) retrieval"

    @operation("Containers(s) retrieval", rule="containers:get")
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the project's containers."""
        found, total = req.view.containers.list(
            req.caller.project_id, req.page, name=req.query.get("name"), type=req.query.get("type")
        )
        return references.paged(req, "containers", [serialise.container(req, item) for item in found], total)

    @operation("Container creation", rule="containers:post", body=_container)
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

    @operation("Container retrieval", rule="container:get")
    def on_get(self, req: Request, container: Container) -> dict[str, Any]:
        """The container with its references and consumers."""
        return serialise.container(req, container)

    @operation("Container deletion", rule="container:delete")
    def on_delete(self, req: Request, container: Container) -> None:
        """Remove it; its secrets stay."""
        req.uow.containers.delete(container.id)


class ContainerSecretsController(OfContainer):
    """``/v1/containers/{container_id}/secrets``."""

    default_operation = "Container Secret creation"

    @operation("Container Secret creation", rule="container_secret:post", body=_secret)
    def on_post(self, req: Request, container: Container, body: ReferenceBody) -> Reply:
        """Put a secret into a generic container."""
        _require_generic(container)
        (reference,) = _found(req, [body], "Secret provided doesn't exist.")
        req.uow.containers.add_reference(container, reference)
        return _made(req, container)

    @operation("Container Secret deletion", rule="container_secret:delete", body=_secret)
    def on_delete(self, req: Request, container: Container, body: ReferenceBody) -> None:
        """Take a secret out of a generic container."""
        _require_generic(container)
        reference = SecretReference(name=body.name, secret_id=secret_id_in(req, body.secret_ref))
        if not req.uow.containers.remove_reference(container.id, reference):
            raise NotFound("Secret provided is not in the container")


class ContainerConsumersController(OfContainer):
    """``/v1/containers/{container_id}/consumers``."""

    default_operation = "ContainerConsumer(s) retrieval"

    @operation("ContainerConsumer(s) retrieval", rule="container_consumers:get")
    def on_get(self, req: Request, container: Container) -> dict[str, Any]:
        """One page of the container's consumers."""
        found, total = req.view.container_consumers.list(container.id, req.page)
        items = [serialise.container_consumer(item) for item in found]
        return references.paged(req, f"containers/{container.id}/consumers", items, total)

    @operation("ContainerConsumer creation", rule="container_consumers:post", body=_consumer)
    def on_post(self, req: Request, container: Container, body: ContainerConsumerBody) -> dict[str, Any]:
        """Register a consumer; once more changes nothing."""
        if req.view.container_consumers.find(container.id, body.name, body.url) is None:
            require_quota(req, self.services, "consumers")
            req.uow.container_consumers.register(
                container.id, body.name, body.url, creator_project_id=req.caller.project_id
            )
        return serialise.container(req, req.uow.containers.get(container.id))

    @operation("ContainerConsumer deletion", rule="container_consumers:delete", body=_consumer)
    def on_delete(self, req: Request, container: Container, body: ContainerConsumerBody) -> dict[str, Any]:
        """Remove a consumer."""
        consumer = req.view.container_consumers.find(container.id, body.name, body.url)
        if consumer is None:
            raise NotFound("Consumer not found.")
        if req.caller.project_id not in {consumer.creator_project_id, container.project_id}:
            raise Forbidden("Not Allowed. Sorry, only the creator of a consumer can delete it.")
        req.uow.container_consumers.remove(container.id, body.name, body.url)
        return serialise.container(req, req.uow.containers.get(container.id))


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
