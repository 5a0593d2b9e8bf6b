"""Access control lists."""

from __future__ import annotations

from dataclasses import dataclass

from barbican_like.http.schema import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class AclBody:
    """What an ACL says about reading; None for what is not given."""

    users: tuple[str, ...] | None
    project_access: bool | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is given."""
        return self.users is None and self.project_access is None


def acl(body: object) -> AclBody:
    """The schema of PUT and PATCH /v1/{secrets|containers}/{id}/acl."""
    fields = Fields(body, "ACL")
    fields.forbid_others("read")
    given = fields.raw("read") if "read" in fields else {}
    if not isinstance(given, dict):
        raise fields.fault("read", "read is not of type 'object'")
    read = Fields(given, "ACL")
    read.forbid_others("users", "project-access")
    return AclBody(users=read.texts("users"), project_access=read.flag("project-access"))
