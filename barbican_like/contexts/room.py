"""What the room of contexts adds to the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.common.figures import Figures
from barbican_like.contexts import places
from barbican_like.contexts.retention import REMOVE
from barbican_like.contexts.tasks import CARRY
from barbican_like.model.migrate import Migrations
from barbican_like.model.unit_of_work import Reading
from barbican_like.room import Followed, Parts, Room, Sight, Tasks, Watch

if TYPE_CHECKING:
    from barbican_like.contexts.service import Providers
    from barbican_like.http.context import RequestContext
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy import Policy
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.contexts.retention import RemoveTransitions
    from barbican_like.contexts.tasks import CarryTransitions

    retention = parts.conf.contexts.transition_retention
    return {
        CARRY: CarryTransitions(parts.database, claims, places.places(parts.conf)),
        REMOVE: RemoveTransitions(parts.database, claims, retention=retention),
    }


def _watches(parts: Parts) -> Sequence[Watch]:
    from barbican_like.contexts.monitor.own import OwnMonitor
    from barbican_like.contexts.tasks import OutboxWatch

    known = places.places(parts.conf)
    return OutboxWatch(parts.database, parts.client, known), OwnMonitor(known[0])


def _mounts(_conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.contexts.http.controllers import MOUNT

    return (MOUNT,)


def _services(parts: Parts) -> Providers:
    from barbican_like.contexts.service import Providers

    return Providers(places.places(parts.conf))


def _policies() -> Policies:
    from barbican_like.contexts.http.policies import policies

    return policies()


def _services_seen(policy: Policy, caller: RequestContext) -> Sight:
    from barbican_like.contexts.http.following import ServiceSight

    return ServiceSight(policy, caller)


def _figures(parts: Parts, view: Reading) -> Figures:
    from barbican_like.contexts.figures import figures

    return figures(places.places(parts.conf), view)


CONTEXTS: Final = Room(
    name="contexts",
    options={places.GROUP: list(places.OPTIONS)},
    migrations=Migrations(
        branch="contexts", folder=Path(__file__).parent / "migrations", head="contexts_0001"
    ),
    kinds=(CARRY, REMOVE),
    standing=(REMOVE,),
    tasks=_tasks,
    watches=_watches,
    mounts=_mounts,
    services=_services,
    policies=_policies,
    followed=(Followed(kind="service", name="services", type="SERVICE", sight=_services_seen),),
    figures=_figures,
)
