"""Access control lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from barbican_like.http.schema import Boolean, Listing, Member, Object, Text

ACCESS: Final = "False closes it to its project, but for its creator and the project's admin."


@dataclass(frozen=True, slots=True, kw_only=True)
class AclBody:
    """What an ACL says about reading; None for what is not given."""

    users: tuple[str, ...] | None = None
    project_access: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is given."""
        return self.users is None and self.project_access is None


_NOTHING: Final = AclBody()
_READ: Final = Object(
    title="ACL",
    members=(
        Member("users", Listing(Text("A user's id.", shortest=1))),
        Member("project-access", Boolean(ACCESS), into="project_access"),
    ),
    make=AclBody,
    closed=True,
)

ACL: Final = Object(
    title="ACL", name="NewAcl", members=(Member("read", _READ),), make=lambda read=_NOTHING: read, closed=True
)
"""PUT and PATCH /v1/{secrets|containers}/{id}/acl."""
