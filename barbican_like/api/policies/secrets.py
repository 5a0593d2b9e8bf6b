"""Rules for secrets and their payloads."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/secrets``."""
    return [*_collection(), *_readers(), *_writers(), _mover()]


def _collection() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "secrets:post",
            new=rules.MEMBER,
            legacy=base.LEGACY_ADMIN_OR_CREATOR,
            description="Store a new secret, with or without its payload.",
            operations=["POST /v1/secrets"],
        ),
        base.documented(
            "secrets:get",
            new=rules.MEMBER,
            legacy=base.LEGACY_ALL_BUT_AUDIT,
            description="List the secrets of the caller's project.",
            operations=["GET /v1/secrets"],
        ),
    ]


def _readers() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "secret:get",
            new=f"{rules.ADMIN} or {base.managed_or_acl('secret')}",
            legacy=base.legacy_read("secret"),
            description="Look at a secret's attributes; its payload is not among them.",
            operations=["GET /v1/secrets/{secret-id}"],
        ),
        base.documented(
            "secret:decrypt",
            new=base.managed_or_acl("secret"),
            legacy=(
                "rule:secret_decrypt_non_private_read or rule:secret_project_creator or "
                "rule:secret_project_admin or rule:secret_acl_read"
            ),
            description=(
                "Read a secret's payload. The second path is the older form, where the Accept header asks "
                "for the payload's media type."
            ),
            operations=["GET /v1/secrets/{secret-id}/payload", "GET /v1/secrets/{secret-id}"],
        ),
    ]


def _writers() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "secret:put",
            new=base.managed("secret"),
            legacy="rule:admin_or_creator and rule:secret_project_match",
            description="Give a secret that was stored without one its payload.",
            operations=["PUT /v1/secrets/{secret-id}"],
        ),
        base.documented(
            "secret:delete",
            new=f"{rules.ADMIN} or {base.managed('secret')}",
            legacy=(
                "rule:secret_project_admin or rule:secret_project_creator or "
                "(rule:secret_project_creator_role and not rule:secret_private_read)"
            ),
            description="Delete a secret with its payload, ACL and consumers.",
            operations=["DELETE /v1/secrets/{secret-id}"],
        ),
    ]


def _mover() -> policy.RuleDefault:
    preferred = "True:%(target.secret.preferred_store)s"
    return base.documented(
        "secret:migrate_secretstore",
        new=f"rule:secret_project_admin or (({base.managed('secret')}) and {preferred})",
        legacy=f"rule:secret_project_admin or (({base.legacy_change('secret')}) and {preferred})",
        description=(
            "Move a secret to another secret store: admins of its project to any, whoever else may change it "
            "to the one that new secrets of the project go to."
        ),
        operations=["PUT /v1/secrets/{secret-id}/secret-store/{secret-store-id}"],
    )
