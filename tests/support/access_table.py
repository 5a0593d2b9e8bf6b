"""Who may do what: the contract's table of policies, written down once more and apart from the product.

Tests compare the answers of the HTTP routes with this, so nothing here may ask the product's own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SERVICE_ADMIN = "key-manager:service-admin"
ROLES = ("admin", "creator", "observer", "audit", "member", "reader", SERVICE_ADMIN, "nobody")


@dataclass(frozen=True)
class Who:
    """A caller with one role, seen from the thing that is asked for."""

    role: str
    own: bool  # of the thing's project
    owner: bool  # the user who made it
    private: bool  # whether its ACL closes it to its project
    reader: bool  # whether its ACL names the user

    # Both sets.
    @property
    def project_admin(self) -> bool:
        return self.role == "admin" and self.own

    # The new set.
    @property
    def manager(self) -> bool:
        """Project admin, or project member and owner, or project member and non-private."""
        member = self.role == "member" and self.own
        return self.project_admin or (member and self.owner) or (member and not self.private)

    @property
    def manager_or_acl(self) -> bool:
        return self.manager or self.reader

    # The legacy set, where a member counts as a creator.
    @property
    def creator(self) -> bool:
        return self.role in {"creator", "member"}

    @property
    def anybody(self) -> bool:
        """All users: any role that the legacy set knows."""
        return self.role in {"admin", "observer", "creator", "member", "audit", SERVICE_ADMIN}

    @property
    def not_audit(self) -> bool:
        return self.role in {"admin", "observer", "creator", "member"}

    @property
    def creator_owner(self) -> bool:
        return self.creator and self.own and self.owner

    @property
    def non_private_read(self) -> bool:
        return self.anybody and self.own and not self.private

    @property
    def legacy_read(self) -> bool:
        return self.non_private_read or self.creator_owner or self.project_admin or self.reader

    @property
    def legacy_decrypt(self) -> bool:
        """As reading, without audit; the service's admin is no reader of payloads either."""
        open_to = self.not_audit and self.own and not self.private
        return open_to or self.creator_owner or self.project_admin or self.reader

    @property
    def legacy_change(self) -> bool:
        open_to = self.creator and self.own and not self.private
        return self.project_admin or self.creator_owner or open_to


Check = Callable[[Who], bool]


def has(*roles: str) -> Check:
    """Whether the caller has one of some roles, in whatever project."""
    return lambda who: who.role in roles


_READ = (lambda who: who.manager_or_acl, lambda who: who.legacy_read)
_CHANGE = (lambda who: who.manager, lambda who: who.legacy_change)
_ACL_VIEW = (lambda who: who.manager, lambda who: who.not_audit and who.own)
_LIST = (has("member"), lambda who: who.not_audit)
_CREATE = (has("member"), has("admin", "creator", "member"))
_LOOK = (has("reader"), lambda who: who.anybody)
_SERVICE = (has("admin"), has(SERVICE_ADMIN))
_ALL = (lambda who: True, lambda who: True)

RULES: Mapping[str, tuple[Check, Check]] = {
    "": _ALL,
    "secrets:post": _CREATE,
    "secrets:get": _LIST,
    "secret:get": (lambda who: who.role == "admin" or who.manager_or_acl, lambda who: who.legacy_read),
    "secret:decrypt": (lambda who: who.manager_or_acl, lambda who: who.legacy_decrypt),
    "secret:put": (
        lambda who: who.manager,
        lambda who: who.own and (who.role == "admin" or who.creator),
    ),
    "secret:delete": (
        lambda who: who.role == "admin" or who.manager,
        lambda who: who.legacy_change,
    ),
    "secret:migrate_secretstore": _CHANGE,  # to where new ones go; only admins to any other store
    "secret_meta:get": _READ,
    "secret_meta:post": _CHANGE,
    "secret_meta:put": _CHANGE,
    "secret_meta:delete": _CHANGE,
    "secret_acls:get": _ACL_VIEW,
    "secret_acls:put_patch": _CHANGE,
    "secret_acls:delete": _CHANGE,
    "containers:post": _CREATE,
    "containers:get": _LIST,
    "container:get": _READ,
    "container:delete": (
        lambda who: who.manager,
        lambda who: who.project_admin or who.creator_owner,
    ),
    "container_secret:post": _CHANGE,
    "container_secret:delete": _CHANGE,
    "container_acls:get": _ACL_VIEW,
    "container_acls:put_patch": _CHANGE,
    "container_acls:delete": _CHANGE,
    "consumers:get": _READ,
    "consumers:post": _READ,
    # Beyond the policy, who is neither of the consumer's nor of the thing's project may not.
    "consumers:delete": (
        lambda who: who.own and who.manager_or_acl,
        lambda who: who.own and who.legacy_read,
    ),
    "orders:get": _LIST,
    "orders:post": _CREATE,
    "orders:put": _CREATE,
    "order:get": (lambda who: who.role == "member" and who.own, lambda who: who.anybody and who.own),
    "order:delete": (lambda who: who.role == "member" and who.own, lambda who: who.project_admin),
    "quotas:get": _LOOK,
    "project_quotas:get": _SERVICE,
    "project_quotas:put": _SERVICE,
    "project_quotas:delete": _SERVICE,
    "secretstores:get": _LOOK,
    "secretstores:get_global_default": _LOOK,
    "secretstores:get_preferred": _LOOK,
    "secretstore:get": _LOOK,
    "secretstore_preferred:post": (has("admin"), has("admin")),
    "secretstore_preferred:delete": (has("admin"), has("admin")),
    "transport_keys:get": _LOOK,
    "transport_key:get": _LOOK,
    "transport_keys:post": _SERVICE,
    "transport_key:delete": _SERVICE,
}
"""Each policy's check in the new set and in the legacy one. An empty name: everybody may."""


def permits(rule: str, who: Who, *, new: bool) -> bool:
    """Whether the contract lets somebody do something.

    :param new: by the new set of defaults, else by the legacy one.
    """
    by_new, by_legacy = RULES[rule]
    return (by_new if new else by_legacy)(who)
