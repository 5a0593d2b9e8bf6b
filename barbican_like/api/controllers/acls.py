"""ACLs of secrets and containers: who may read them besides those whom the project lets."""

from __future__ import annotations

from typing import Any, Final, Literal

from barbican_like.api import answers
from barbican_like.api.controllers.lookups import OfContainer, OfSecret
from barbican_like.api.schemas.acls import ACL, AclBody
from barbican_like.http import references
from barbican_like.http.controller import JSON, Raw, operation
from barbican_like.http.openapi.described import Answer, Described, json_answer
from barbican_like.http.request import Request
from barbican_like.model.models import Container, Secret
from barbican_like.model.repositories import AclRepo

_GONE = Raw(b"null", JSON)  # clients of the original read this body
_EXAMPLES: Final = {
    "private": {"read": {"users": ["5d8f4aa1ce144c9a8a9a5d5ac1dbf1e1"], "project-access": False}},
    "nobody": {"read": {}},
}
_NONE: Final = Answer(description="There is no ACL any more.", content={JSON: {"type": "null"}})


def _described(verb: Literal["get", "replace", "change", "delete"], thing: str) -> Described:
    """How an operation on the ACL of a thing is described."""
    found = {
        "get": json_answer("The ACL, or what holds without one.", answers.ACL),
        "replace": json_answer("Replaced.", answers.ACL_REFERENCE),
        "change": json_answer("Changed.", answers.ACL_REFERENCE),
        "delete": _NONE,
    }
    return Described(
        id=f"{verb}_{thing}_acl",
        examples=_EXAMPLES if verb in {"replace", "change"} else {},
        answers={200: found[verb]},
    )


class SecretAclController(OfSecret):
    """``/v1/secrets/{secret_id}/acl``."""

    default_operation = "SecretACL(s) retrieval"

    @operation("SecretACL(s) retrieval", rule="secret_acls:get", described=_described("get", "secret"))
    def on_get(self, req: Request, secret: Secret) -> dict[str, Any]:
        """The ACL, or what holds without one."""
        return _shown(req.view.secret_acls, secret.id)

    @operation(
        "SecretACL(s) Update",
        rule="secret_acls:put_patch",
        body=ACL,
        described=_described("replace", "secret"),
    )
    def on_put(self, req: Request, secret: Secret, body: AclBody) -> dict[str, str]:
        """Replace the ACL."""
        _replace(req.uow.secret_acls, secret.id, body)
        return _reference(req, "secrets", secret.id)

    @operation(
        "SecretACL(s) Update",
        rule="secret_acls:put_patch",
        body=ACL,
        described=_described("change", "secret"),
    )
    def on_patch(self, req: Request, secret: Secret, body: AclBody) -> dict[str, str]:
        """Change what is given."""
        _change(req.uow.secret_acls, secret.id, body)
        return _reference(req, "secrets", secret.id)

    @operation("SecretACL(s) deletion", rule="secret_acls:delete", described=_described("delete", "secret"))
    def on_delete(self, req: Request, secret: Secret) -> Raw:
        """Remove the ACL, or find that there is none."""
        req.uow.secret_acls.remove(secret.id)
        return _GONE


class ContainerAclController(OfContainer):
    """``/v1/containers/{container_id}/acl``."""

    default_operation = "ContainerACL(s) retrieval"

    @operation(
        "ContainerACL(s) retrieval", rule="container_acls:get", described=_described("get", "container")
    )
    def on_get(self, req: Request, container: Container) -> dict[str, Any]:
        """The ACL, or what holds without one."""
        return _shown(req.view.container_acls, container.id)

    @operation(
        "ContainerACL(s) Update",
        rule="container_acls:put_patch",
        body=ACL,
        described=_described("replace", "container"),
    )
    def on_put(self, req: Request, container: Container, body: AclBody) -> dict[str, str]:
        """Replace the ACL."""
        _replace(req.uow.container_acls, container.id, body)
        return _reference(req, "containers", container.id)

    @operation(
        "ContainerACL(s) Update",
        rule="container_acls:put_patch",
        body=ACL,
        described=_described("change", "container"),
    )
    def on_patch(self, req: Request, container: Container, body: AclBody) -> dict[str, str]:
        """Change what is given."""
        _change(req.uow.container_acls, container.id, body)
        return _reference(req, "containers", container.id)

    @operation(
        "ContainerACL(s) deletion", rule="container_acls:delete", described=_described("delete", "container")
    )
    def on_delete(self, req: Request, container: Container) -> Raw:
        """Remove the ACL, or find that there is none."""
        req.uow.container_acls.remove(container.id)
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


def _replace(acls: AclRepo, entity_id: str, body: AclBody) -> None:
    """Make the body the ACL; one that says nothing is none."""
    if body.is_empty:
        acls.remove(entity_id)
    else:
        acls.put(entity_id, project_access=body.project_access is not False, users=body.users or ())


def _change(acls: AclRepo, entity_id: str, body: AclBody) -> None:
    if not body.is_empty:
        acls.change(entity_id, project_access=body.project_access, users=body.users)


def _reference(req: Request, collection: str, entity_id: str) -> dict[str, str]:
    return {"acl_ref": f"{references.to(req, collection, entity_id)}/acl"}
