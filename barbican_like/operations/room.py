"""What the room of operations adds to the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.room import Parts, Room

if TYPE_CHECKING:
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy.rules import Policies
    from barbican_like.operations.service import Operations


_OPTIONS: Final = (
    cfg.BoolOpt(
        "metrics_open",
        default=False,
        help="Whether everybody who reaches the API may read /metrics, whatever [api] auth says. Where that "
        "is noauth, everybody may in any case.",
    ),
)


def _mounts(_conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.operations.http.controllers import METRICS_MOUNT, OPERATIONS_MOUNT

    return (OPERATIONS_MOUNT, METRICS_MOUNT)


def _services(parts: Parts) -> Operations:
    from barbican_like.operations.service import Operations

    return Operations(parts)


def _policies() -> Policies:
    from barbican_like.operations.http.policies import policies

    return policies()


OPERATIONS: Final = Room(
    name="operations",
    options={"operations": list(_OPTIONS)},
    mounts=_mounts,
    services=_services,
    policies=_policies,
)
