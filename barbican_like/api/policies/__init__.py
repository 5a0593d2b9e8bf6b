"""The rules of the API, one module per resource, each rule with both of its defaults.

:func:`list_rules` is the entry point ``oslo.policy.policies`` (oslopolicy-sample-generator and the Sphinx
directive ``show-policy`` read it); :func:`get_enforcer` is the entry point ``oslo.policy.enforcer``.
"""

from __future__ import annotations

from itertools import chain

from oslo_config import cfg
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
from barbican_like.http.policy.enforcer import build_enforcer
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


def list_rules() -> list[policy.RuleDefault]:
    """What oslo.policy's tools ask for."""
    return list(policies().rules)


def get_enforcer() -> policy.Enforcer:
    """The enforcer that oslo.policy's command line tools ask for; they have parsed ``cfg.CONF`` by then."""
    return build_enforcer(cfg.CONF, policies().rules)
