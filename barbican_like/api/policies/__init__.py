"""The rules of the API, one module per resource, each rule with both of its defaults."""

from __future__ import annotations

from itertools import chain

from barbican_like.api.policies import (
    acls,
    base,
    consumers,
    containers,
    orders,
    quotas,
    secret_metadata,
    secret_stores,
    secrets,
    transport_keys,
)
from barbican_like.http.policy.rules import Policies

RESOURCES = (
    base,
    secrets,
    secret_metadata,
    acls,
    containers,
    consumers,
    orders,
    quotas,
    secret_stores,
    transport_keys,
)


def policies() -> Policies:
    """All of them, the shared helper rules first."""
    rules = chain.from_iterable(resource.list_rules() for resource in RESOURCES)
    return Policies(rules=tuple(rules), kinds=frozenset({"secret", "container", "order"}))
