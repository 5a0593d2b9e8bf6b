"""ACLs of secrets and containers: who may read them besides those whom the project lets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from barbican_like.api import answers
from barbican_like.api.controllers.lookups import OfContainer, OfSecret
from barbican_like.api.schemas.acls import ACL, AclBody
from barbican_like.common.notices import UPDATED
from barbican_like.http import references
from barbican_like.http.controller import JSON, Operation, Raw
from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.request import Request
from barbican_like.model import telling
from barbican_like.model.models import UNGUARDED, Container, Guard, Secret
from barbican_like.model.repositories import AclRepo

_GONE = Raw(b"null", JSON)  # clients of the original read this body
_EXAMPLES: Final = {
    "private": {"read": {"users": ["5d8f4aa1ce144c9a8a9a5d5ac1dbf1e1"], "project-access": False}},
    "nobody": {"read": {}},
}


_READ: Final = {200: json_answer("The ACL, or what holds without one.", answers.ACL)}
_REPLACED: Final = {200: json_answer("Replaced.", answers.ACL_REFERENCE)}
_CHANGED: Final = {200: json_answer("Changed.", answers.ACL_REFERENCE)}
_DELETED: Final = {200: Answer(description="There is no ACL any more.", content={JSON: {"type": "null"}})}


class SecretAclController(OfSecret):
    """``/v1/secrets/{secret_id}/acl``."""

    default_operation = "SecretACL(s) retrieval"

    @Operation("SecretACL(s) retrieval", rule="secret_acls:get", id="get_secret_acl", answers=_READ)
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any]:
        """The ACL, or what holds without one."""
        return _shown(req.view.secret_acls, secret.id)

    @Operation(
        "SecretACL(s) Update",
        rule="secret_acls:put_patch",
        body=ACL,
        id="replace_secret_acl",
        examples=_EXAMPLES,
        answers=_REPLACED,
    )
    def on_put(self, req: Request, secret: Secret, body: AclBody) -> dict[str, str]:
        """Replace the ACL."""
        _tell(req, secret, _replace(req.uow.secret_acls, secret.id, body))
        return _reference(req, "secrets", secret.id)

    @Operation(
        "SecretACL(s) Update",
        rule="secret_acls:put_patch",
        body=ACL,
        id="change_secret_acl",
        examples=_EXAMPLES,
        answers=_CHANGED,
    )
    def on_patch(self, req: Request, secret: Secret, body: AclBody) -> dict[str, str]:
        """Change what is given."""
        _tell(req, secret, _change(req.uow.secret_acls, secret.id, body))
        return _reference(req, "secrets", secret.id)

    @Operation("SecretACL(s) deletion", rule="secret_acls:delete", id="delete_secret_acl", answers=_DELETED)
    def on_delete(self, req: Request, secret: Secret) -> Raw:
        """Remove the ACL, or find that there is none."""
        _tell(req, secret, _remove(req.uow.secret_acls, secret.id))
        return _GONE


class ContainerAclController(OfContainer):
    """``/v1/containers/{container_id}/acl``."""

    default_operation = "ContainerACL(s) retrieval"

    @Operation("ContainerACL(s) retrieval", rule="container_acls:get", id="get_container_acl", answers=_READ)
    def on_get(self, req: Request, container: Container) -> dict[str, Any]:
        """The ACL, or what holds without one."""
        return _shown(req.view.container_acls, container.id)

    @Operation(
        "ContainerACL(s) Update",
        rule="container_acls:put_patch",
        body=ACL,
        id="replace_container_acl",
        examples=_EXAMPLES,
        answers=_REPLACED,
    )
    def on_put(self, req: Request, container: Container, body: AclBody) -> dict[str, str]:
        """Replace the ACL."""
        _tell(req, container, _replace(req.uow.container_acls, container.id, body))
        return _reference(req, "containers", container.id)

    @Operation(
        "ContainerACL(s) Update",
        rule="container_acls:put_patch",
        body=ACL,
        id="change_container_acl",
        examples=_EXAMPLES,
        answers=_CHANGED,
    )
    def on_patch(self, req: Request, container: Container, body: AclBody) -> dict[str, str]:
        """Change what is given."""
        _tell(req, container, _change(req.uow.container_acls, container.id, body))
        return _reference(req, "containers", container.id)

    @Operation(
        "ContainerACL(s) deletion", rule="container_acls:delete", id="delete_container_acl", answers=_DELETED
    )
    def on_delete(self, req: Request, container: Container) -> Raw:
        """Remove the ACL, or find that there is none."""
        _tell(req, container, _remove(req.uow.container_acls, container.id))
        return _GONE


def _shown(acls: AclRepo, entity_id: str) -> dict[str, Any]:
    acl = acls.find(entity_id)
    if acl is None:
        return {"read": {"project-access": True}}
    return {
        "read": {
            "project-access": acl.project_access,
            "users": list(acl.users),
            "created": acl.created_at,
            "updated": acl.updated_at,
        }
    }


def _replace(acls: AclRepo, entity_id: str, body: AclBody) -> Guard | None:
    """Make the body the ACL, one that says nothing is none; the guard, None where nothing has changed."""
    if body.is_empty:
        return _remove(acls, entity_id)
    return acls.put(entity_id, project_access=body.project_access is not False, users=body.users or ())


def _change(acls: AclRepo, entity_id: str, body: AclBody) -> Guard | None:
    if body.is_empty:
        return None
    return acls.change(entity_id, project_access=body.project_access, users=body.users)


def _remove(acls: AclRepo, entity_id: str) -> Guard | None:
    return UNGUARDED if acls.remove(entity_id) else None


def _tell(req: Request, entity: Secret | Container, guard: Guard | None) -> None:
    """Tell of an ACL to those who may read the entity from now on."""
    if guard is None:
        return
    if isinstance(entity, Secret):
        telling.of_secret(req.uow, entity._replace(guard=guard), UPDATED, "acl")
    else:
        telling.of_container(req.uow, replace(entity, guard=guard), UPDATED, "acl")


def _reference(req: Request, collection: str, entity_id: str) -> dict[str, str]:
    return {"acl_ref": f"{references.to(req, collection, entity_id)}/acl"}
