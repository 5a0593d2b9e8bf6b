"""Rules for orders."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/orders``."""
    return [*_collection(), *_order()]


def _collection() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "orders:get",
            new=rules.MEMBER,
            legacy=base.LEGACY_ALL_BUT_AUDIT,
            description="List the orders of the caller's project.",
            operations=["GET /v1/orders"],
        ),
        base.documented(
            "orders:post",
            new=rules.MEMBER,
            legacy=base.LEGACY_ADMIN_OR_CREATOR,
            description="Order a key or a pair of keys.",
            operations=["POST /v1/orders"],
        ),
        base.documented(
            "orders:put",
            new=rules.MEMBER,
            legacy=base.LEGACY_ADMIN_OR_CREATOR,
            description="Who is told that orders cannot be updated (405) instead of being refused (403).",
            operations=["PUT /v1/orders"],
        ),
    ]


def _order() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "order:get",
            new="rule:order_project_member",
            legacy="rule:all_users and rule:order_project_match",
            description="Look at an order and, once it is done, at the references to its results.",
            operations=["GET /v1/orders/{order-id}"],
        ),
        base.documented(
            "order:delete",
            new="rule:order_project_member",
            legacy="rule:admin and rule:order_project_match",
            description="Delete an order; what it made stays.",
            operations=["DELETE /v1/orders/{order-id}"],
        ),
    ]
