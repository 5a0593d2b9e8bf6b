"""Check strings and helper rules that the rules of several resources share.

The names of the helper rules are those of the original key manager, so that an operator's policy file
written for it keeps its meaning here.

Two sets of defaults exist side by side (see :mod:`barbican_like.http.policy.enforcer` for the choice):

* the *legacy* set knows the roles creator, observer, audit, admin and key-manager:service-admin;
* the *new* set knows Keystone's default roles reader, member and admin, and looks at who owns a thing.
"""

from __future__ import annotations

from collections.abc import Sequence

from oslo_policy import policy

from barbican_like.http.policy import rules
from barbican_like.http.policy.rules import Legacy

LEGACY_ADMIN_OR_CREATOR = "rule:admin_or_creator"
LEGACY_ALL_BUT_AUDIT = "rule:all_but_audit"
LEGACY_ALL_USERS = "rule:all_users"
LEGACY_ADMIN = "rule:admin"
LEGACY_SERVICE_ADMIN = "rule:service_admin"

LEGACY_SINCE = "Wallaby"
LEGACY_REASON = (
    "The legacy defaults are built on the roles creator, observer and audit, the new ones on Keystone's "
    "default roles reader, member and admin. One of the two sets is in force, never a mixture: the option "
    "enforce_new_defaults in [oslo_policy] chooses it."
)


def managed(kind: str) -> str:
    """The new default for changing a thing: its project's admins, its owner, members unless it is private.

    :param kind: ``secret`` or ``container``.
    """
    member = f"rule:{kind}_project_member"
    return (
        f"rule:{kind}_project_admin or ({member} and rule:{kind}_owner) or "
        f"({member} and rule:{kind}_is_not_private)"
    )


def managed_or_acl(kind: str) -> str:
    """The new default for reading a thing: as :func:`managed`, and whoever its ACL lets read."""
    return f"{managed(kind)} or rule:{kind}_acl_read"


def legacy_read(kind: str) -> str:
    """The legacy default for reading a thing."""
    return (
        f"rule:{kind}_non_private_read or rule:{kind}_project_creator or "
        f"rule:{kind}_project_admin or rule:{kind}_acl_read"
    )


def legacy_change(kind: str) -> str:
    """The legacy default for changing what belongs to a thing."""
    return (
        f"rule:{kind}_project_admin or rule:{kind}_project_creator or "
        f"(rule:{kind}_project_creator_role and rule:{kind}_non_private_read)"
    )


def legacy_acl_view(kind: str) -> str:
    """The legacy default for reading a thing's ACL."""
    return f"{LEGACY_ALL_BUT_AUDIT} and rule:{kind}_project_match"


def documented(
    name: str, *, new: str, legacy: str, description: str, operations: Sequence[str]
) -> policy.DocumentedRuleDefault:
    """One rule with both defaults.

    :param new: the check string of the new set.
    :param legacy: the check string of the legacy set.
    :param operations: what it guards, each as ``METHOD /path``.
    """
    return rules.documented(
        name,
        check=new,
        description=description,
        operations=operations,
        legacy=Legacy(check=legacy, reason=LEGACY_REASON, since=LEGACY_SINCE),
    )


def list_rules() -> list[policy.RuleDefault]:
    """The helper rules that the rules of the resources refer to."""
    return [
        *_role_rules(),
        *_thing_rules("secret"),
        *_thing_rules("container"),
        *_secret_only(),
        *_order_rules(),
    ]


def _role_rules() -> list[policy.RuleDefault]:
    return [
        policy.RuleDefault("admin", "role:admin", "Legacy: an admin, of any project."),
        policy.RuleDefault(
            "creator",
            # A plain project member of today's Keystone has no role "creator"; without this the legacy
            # set locks everyone out who is not an admin.
            "role:creator or role:member",
            "Legacy: may create things; a plain project member counts as one.",
        ),
        policy.RuleDefault("observer", "role:observer", "Legacy: may look, and read payloads."),
        policy.RuleDefault("audit", "role:audit", "Legacy: may look, but never at a payload."),
        policy.RuleDefault(
            "service_admin", "role:key-manager:service-admin", "Legacy: looks after the whole service."
        ),
        policy.RuleDefault(
            "all_users",
            "rule:admin or rule:observer or rule:creator or rule:audit or rule:service_admin",
            "Legacy: any role that the key manager knows.",
        ),
        policy.RuleDefault(
            "all_but_audit", "rule:admin or rule:observer or rule:creator", "Legacy: who may read payloads."
        ),
        policy.RuleDefault(
            "admin_or_creator", "rule:admin or rule:creator", "Legacy: who may create things."
        ),
    ]


def _thing_rules(kind: str) -> list[policy.RuleDefault]:
    """The helper rules for a thing that has an owner and an ACL: a secret or a container."""
    checks = {**_shared_checks(kind), **_new_checks(kind), **_legacy_checks(kind)}
    return [policy.RuleDefault(f"{kind}_{name}", check, text) for name, (check, text) in checks.items()]


def _shared_checks(kind: str) -> dict[str, tuple[str, str]]:
    """What both sets ask of a thing: each helper's check string and description."""
    return {
        "project_match": (
            f"project_id:%(target.{kind}.project_id)s",
            f"The {kind} is of the caller's project.",
        ),
        "project_admin": (
            f"role:admin and rule:{kind}_project_match",
            f"An admin of the {kind}'s project.",
        ),
        "acl_read": (f"'read':%(target.{kind}.read)s", f"The {kind}'s ACL names the caller as a reader."),
    }


def _new_checks(kind: str) -> dict[str, tuple[str, str]]:
    own = f"rule:{kind}_project_match"
    return {
        "project_reader": (f"role:reader and {own}", f"A reader of the {kind}'s project."),
        "project_member": (f"role:member and {own}", f"A member of the {kind}'s project."),
        "owner": (f"user_id:%(target.{kind}.creator_id)s", f"The caller created the {kind}."),
        "is_not_private": (
            f"True:%(target.{kind}.read_project_access)s",
            f"The {kind}'s ACL leaves it open to its project, or there is none.",
        ),
    }


def _legacy_checks(kind: str) -> dict[str, tuple[str, str]]:
    own = f"rule:{kind}_project_match"
    return {
        "creator_user": (f"user_id:%(target.{kind}.creator_id)s", f"Legacy: the caller created the {kind}."),
        "private_read": (
            f"'False':%(target.{kind}.read_project_access)s",
            f"Legacy: the {kind}'s ACL closes it to its project.",
        ),
        "non_private_read": (
            f"rule:all_users and {own} and not rule:{kind}_private_read",
            f"Legacy: anyone of the {kind}'s project, unless it is private.",
        ),
        "project_creator": (
            f"rule:creator and {own} and rule:{kind}_creator_user",
            f"Legacy: a creator of the {kind}'s project who made it.",
        ),
        "project_creator_role": (f"rule:creator and {own}", f"Legacy: any creator of the {kind}'s project."),
    }


def _secret_only() -> list[policy.RuleDefault]:
    return [
        policy.RuleDefault(
            "secret_decrypt_non_private_read",
            "rule:all_but_audit and rule:secret_project_match and not rule:secret_private_read",
            "Legacy: who may read the payload of a secret of their project, unless it is private.",
        )
    ]


def _order_rules() -> list[policy.RuleDefault]:
    return [
        policy.RuleDefault(
            "order_project_match",
            "project_id:%(target.order.project_id)s",
            "The order is of the caller's project.",
        ),
        policy.RuleDefault(
            "order_project_member",
            "role:member and rule:order_project_match",
            "A member of the order's project.",
        ),
    ]
