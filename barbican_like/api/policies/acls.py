"""Rules for the access lists of secrets and containers."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/{secrets|containers}/{id}/acl``."""
    return [*_acl_rules("secret"), *_acl_rules("container")]


def _acl_rules(kind: str) -> list[policy.RuleDefault]:
    path = f"/v1/{kind}s/{{{kind}-id}}/acl"
    return [
        base.documented(
            f"{kind}_acls:get",
            new=base.managed(kind),
            legacy=base.legacy_acl_view(kind),
            description=f"See who else may read a {kind}.",
            operations=[f"GET {path}"],
        ),
        base.documented(
            f"{kind}_acls:put_patch",
            new=base.managed(kind),
            legacy=base.legacy_change(kind),
            description=f"Set or change who else may read a {kind}.",
            operations=[f"PUT {path}", f"PATCH {path}"],
        ),
        base.documented(
            f"{kind}_acls:delete",
            new=base.managed(kind),
            legacy=base.legacy_change(kind),
            description=f"Remove a {kind}'s ACL, so that it is open to its project again.",
            operations=[f"DELETE {path}"],
        ),
    ]
