"""Rules for the consumers that register their use of a secret or a container."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/{secrets|containers}/{id}/consumers``."""
    return [_one_consumer(), *_consumer_rules("container"), *_consumer_rules("secret")]


def _one_consumer() -> policy.DocumentedRuleDefault:
    return base.documented(
        "consumer:get",
        new=f"{rules.ADMIN} or {base.managed_or_acl('container')}",
        # As broad as in the original: these four roles pass in any project, so the rest matters only
        # for a caller without one of them.
        legacy=(
            f"rule:admin or rule:observer or rule:creator or rule:audit or {base.legacy_read('container')}"
        ),
        description=(
            "Look at one consumer of a container by its id. No answer tells such an id, so that route is not "
            "served; the rule is known for policy files that name it."
        ),
        operations=["GET /v1/containers/{container-id}/consumers/{consumer-id}"],
    )


def _consumer_rules(kind: str) -> list[policy.RuleDefault]:
    """Whoever may read a thing may also say that it uses it, and stop."""
    path = f"/v1/{kind}s/{{{kind}-id}}/consumers"
    descriptions = {
        "get": f"List who uses a {kind}.",
        "post": f"Register as a consumer of a {kind}.",
        "delete": f"Stop being a consumer of a {kind}.",
    }
    return [
        base.documented(
            f"{kind}_consumers:{verb}",
            new=base.managed_or_acl(kind),
            legacy=base.legacy_read(kind),
            description=description,
            operations=[f"{verb.upper()} {path}"],
        )
        for verb, description in descriptions.items()
    ]
