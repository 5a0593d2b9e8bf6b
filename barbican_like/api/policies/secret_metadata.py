"""Rules for the key/value pairs that users attach to a secret."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/secrets/{secret-id}/metadata``."""
    return [
        base.documented(
            "secret_meta:get",
            new=base.managed_or_acl("secret"),
            legacy=base.legacy_read("secret"),
            description="Read a secret's user metadata, all of it or one key.",
            operations=[
                "GET /v1/secrets/{secret-id}/metadata",
                "GET /v1/secrets/{secret-id}/metadata/{metadata-key}",
            ],
        ),
        _change(
            "secret_meta:post",
            "Add one key to a secret's user metadata.",
            ["POST /v1/secrets/{secret-id}/metadata", "POST /v1/secrets/{secret-id}/metadata/{metadata-key}"],
        ),
        _change(
            "secret_meta:put",
            "Replace a secret's user metadata, all of it or the value of one key.",
            [
                "PUT /v1/secrets/{secret-id}/metadata",
                "PUT /v1/secrets/{secret-id}/metadata/{metadata-key}",
                "POST /v1/secrets/{secret-id}/metadata/{metadata-key}",
            ],
        ),
        _change(
            "secret_meta:delete",
            "Remove one key from a secret's user metadata.",
            ["DELETE /v1/secrets/{secret-id}/metadata/{metadata-key}"],
        ),
    ]


def _change(name: str, description: str, operations: list[str]) -> policy.DocumentedRuleDefault:
    return base.documented(
        name,
        new=base.managed("secret"),
        legacy=base.legacy_change("secret"),
        description=description,
        operations=operations,
    )
