"""The rules of the API, one module per resource, each rule with both of its defaults.

:func:`list_rules` is the entry point ``oslo.policy.policies`` (oslopolicy-sample-generator and the Sphinx
directive ``show-policy`` read it); :func:`barbican_like.api.policies.enforcer.get_enforcer` is the entry
point ``oslo.policy.enforcer``.
"""

from __future__ import annotations

from itertools import chain

from oslo_policy import policy

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


def list_rules() -> list[policy.RuleDefault]:
    """Every rule of the API, the shared helper rules first."""
    return list(chain.from_iterable(resource.list_rules() for resource in RESOURCES))
