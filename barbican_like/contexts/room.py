"""What the room of contexts adds to the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.contexts import places
from barbican_like.contexts.tasks import CARRY
from barbican_like.model.migrate import Migrations
from barbican_like.room import Parts, Room, Tasks, Watch

if TYPE_CHECKING:
    from barbican_like.contexts.service import Providers
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.contexts.tasks import CarryTransitions

    return {CARRY: CarryTransitions(parts.database, claims, places.places(parts.conf))}


def _watches(parts: Parts) -> Sequence[Watch]:
    from barbican_like.contexts.tasks import OutboxWatch

    return (OutboxWatch(parts.database, parts.client, places.places(parts.conf)),)


def _mounts(_conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.contexts.http.controllers import MOUNT

    return (MOUNT,)


def _services(parts: Parts) -> Providers:
    from barbican_like.contexts.service import Providers

    return Providers(places.places(parts.conf))


def _policies() -> Policies:
    from barbican_like.contexts.http.policies import policies

    return policies()


CONTEXTS: Final = Room(
    name="contexts",
    options={places.GROUP: list(places.OPTIONS)},
    migrations=Migrations(
        branch="contexts", folder=Path(__file__).parent / "migrations", head="contexts_0001"
    ),
    kinds=(CARRY,),
    tasks=_tasks,
    watches=_watches,
    mounts=_mounts,
    services=_services,
    policies=_policies,
)
