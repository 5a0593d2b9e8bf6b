"""Rules for transport keys."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/transport_keys``."""
    collection = "/v1/transport_keys"
    item = f"{collection}/{{transport-key-id}}"
    return [
        _look("transport_keys:get", "List the transport keys.", f"GET {collection}"),
        _look("transport_key:get", "Read one transport key.", f"GET {item}"),
        _change("transport_keys:post", "Register a transport key.", f"POST {collection}"),
        _change("transport_key:delete", "Delete a transport key.", f"DELETE {item}"),
    ]


def _look(name: str, description: str, operation: str) -> policy.DocumentedRuleDefault:
    return base.documented(
        name,
        new=rules.READER,
        legacy=base.LEGACY_ALL_USERS,
        description=description,
        operations=[operation],
    )


def _change(name: str, description: str, operation: str) -> policy.DocumentedRuleDefault:
    return base.documented(
        name,
        new=rules.ADMIN,
        legacy=base.LEGACY_SERVICE_ADMIN,
        description=description,
        operations=[operation],
    )
