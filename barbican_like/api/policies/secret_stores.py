"""Rules for the secret stores behind the service."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/secret-stores``."""
    return [
        _look("secretstores:get", "List the secret stores.", "/v1/secret-stores"),
        _look(
            "secretstores:get_global_default",
            "See which secret store is used where a project prefers none.",
            "/v1/secret-stores/global-default",
        ),
        _look(
            "secretstores:get_preferred",
            "See which secret store the caller's project prefers.",
            "/v1/secret-stores/preferred",
        ),
        _look("secretstore:get", "Look at one secret store.", "/v1/secret-stores/{secret-store-id}"),
        _prefer("post", "Make a secret store the one that the caller's project prefers."),
        _prefer("delete", "Let the caller's project prefer no secret store."),
    ]


def _look(name: str, description: str, path: str) -> policy.DocumentedRuleDefault:
    return base.documented(
        name,
        new=rules.READER,
        legacy=base.LEGACY_ALL_USERS,
        description=description,
        operations=[f"GET {path}"],
    )


def _prefer(verb: str, description: str) -> policy.DocumentedRuleDefault:
    return base.documented(
        f"secretstore_preferred:{verb}",
        new=rules.ADMIN,
        legacy=base.LEGACY_ADMIN,
        description=description,
        operations=[f"{verb.upper()} /v1/secret-stores/{{secret-store-id}}/preferred"],
    )
