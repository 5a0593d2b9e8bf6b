"""What a policy check may speak of: who calls, and the thing that the call is about.

The names on the left of a check string (``user_id:...``) are those of :data:`CREDENTIALS`, the names on the
right (``%(target.secret.project_id)s``) those of :func:`targets_of`. Nothing else is ever offered to a check;
in particular no query string and no request body reaches it (CVE-2022-3100 came from one that did).

A value of None is absent: a check that needs it does not match. So a caller without a user id is never
taken for the owner of a thing that has no creator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Final, Literal, Protocol


class Credentials(Protocol):
    """Who calls, as the authentication found out."""

    @property
    def user_id(self) -> str | None:
        """The user."""

    @property
    def project_id(self) -> str | None:
        """The project that the caller works in."""

    @property
    def roles(self) -> frozenset[str]:
        """The caller's roles in that project; case does not matter."""

    @property
    def domain_id(self) -> str | None:
        """The domain of a domain-scoped token."""

    @property
    def user_domain_id(self) -> str | None:
        """The domain of the user."""

    @property
    def project_domain_id(self) -> str | None:
        """The domain of the project."""

    @property
    def system_scope(self) -> str | None:
        """``all`` for a system-scoped token."""

    @property
    def is_admin(self) -> bool:
        """Whether the authentication calls the caller an admin; none of the defaults asks this."""

    @property
    def confined(self) -> bool:
        """Whether the roles count for things of the caller's project only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The thing that a call is about."""

    kind: str  # such as secret
    project_id: str | None
    creator_id: str | None
    read: Literal["read"] | None = None  # "read" when the thing's ACL names the caller as a reader
    read_project_access: bool = True  # False when the ACL closes the thing to its project; True without ACL
    preferred_store: Literal[True] | None = None  # True when the call moves it to where new ones would go


# The caller's attribute for each name that a check may have on its left. "user", "project" and "system" are
# the older names of the same values. Roles are a set, the rest are single values.
CREDENTIALS: Mapping[str, str] = MappingProxyType(
    {
        "user_id": "user_id",
        "user": "user_id",
        "project_id": "project_id",
        "project": "project_id",
        "domain_id": "domain_id",
        "user_domain_id": "user_domain_id",
        "project_domain_id": "project_domain_id",
        "system_scope": "system_scope",
        "system": "system_scope",
        "is_admin": "is_admin",
        "roles": "roles",
    }
)

_FIELDS: Final = ("project_id", "creator_id", "read", "read_project_access", "preferred_store")


def targets_of(kinds: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The kind and the attribute for each name that a check may have between ``%(`` and ``)s``."""
    return {f"target.{kind}.{field}": (kind, field) for kind in kinds for field in _FIELDS}


def credentials_mapping(caller: Credentials) -> dict[str, object]:
    """The caller as oslo.policy's own checks read it."""
    values = {name: attrgetter(attribute)(caller) for name, attribute in CREDENTIALS.items()}
    values["roles"] = sorted(caller.roles)
    return {name: value for name, value in values.items() if value is not None}


def target_mapping(target: Target | None) -> dict[str, object]:
    """The target as oslo.policy's own checks read it; empty for a call about a whole collection."""
    if target is None:
        return {}
    values = {f"target.{target.kind}.{field}": getattr(target, field) for field in _FIELDS}
    return {name: value for name, value in values.items() if value is not None}
