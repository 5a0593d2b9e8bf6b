"""The key manager's room: where its pieces stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.common.figures import Figures
from barbican_like.model import migrate
from barbican_like.model.models import Project
from barbican_like.model.quotas import RESOURCES
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import kinds, options, removal
from barbican_like.room import Followed, Parts, Program, Quota, Room, Sight, Tasks

if TYPE_CHECKING:
    from barbican_like.api.services import Services
    from barbican_like.http.context import RequestContext
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy import Policy
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims

_SECRET_BYTES: Final = cfg.IntOpt(
    "max_allowed_secret_in_bytes",
    default=20_000,
    min=1,
    help="Largest payload, in bytes; of a base64 payload its text counts.",
)
_LABELS: Final = {"cas": "Certificate authorities"}
_LISTENER: Final = Program(
    name="keystone_listener",
    module="barbican_like.cmd.keystone_listener",
    count=lambda conf: int(conf.keystone_notifications.enable),
)


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.tasks.projects import DeleteProject
    from barbican_like.tasks.resources import BeginTypeOrder

    orders = BeginTypeOrder(parts.database, claims, parts.plugins)
    return {
        kinds.PROCESS_TYPE_ORDER: orders,
        kinds.PROCESS_PAIR_ORDER: orders,
        kinds.PROCESS_PROJECT_DELETION: DeleteProject(parts.database, claims, parts.purge),
    }


def _mounts(conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.api import routes

    return routes.mounts(conf.max_allowed_secret_in_bytes)


def _services(parts: Parts) -> Services:
    from barbican_like.api.services import Services

    conf = parts.conf
    return Services(
        plugins=parts.plugins,
        tasks=parts.client,
        secret_bytes=conf.max_allowed_secret_in_bytes,
        quotas={quota.resource: quota.limit(conf) for quota in KEY_MANAGER.quotas},
    )


def _policies() -> Policies:
    from barbican_like.api.policies import policies

    return policies()


def _secrets(policy: Policy, caller: RequestContext) -> Sight:
    from barbican_like.api import following

    return following.secrets(policy, caller)


def _containers(policy: Policy, caller: RequestContext) -> Sight:
    from barbican_like.api import following

    return following.containers(policy, caller)


def _orders(policy: Policy, caller: RequestContext) -> Sight:
    from barbican_like.api import following

    return following.OrderSight(policy, caller)


def _purge(uow: UnitOfWork, project: Project, limit: int) -> int:
    return removal.purge(uow, project, limit)


def _figures(_parts: Parts, view: Reading) -> Figures:
    from barbican_like.plugin.figures import figures

    return figures(view)


KEY_MANAGER: Final = Room(
    name="key_manager",
    options={None: [_SECRET_BYTES], **options.GROUPS},
    migrations=migrate.KEY_MANAGER,
    kinds=(kinds.PROCESS_TYPE_ORDER, kinds.PROCESS_PAIR_ORDER, kinds.PROCESS_PROJECT_DELETION),
    tasks=_tasks,
    mounts=_mounts,
    services=_services,
    policies=_policies,
    purge=_purge,
    figures=_figures,
    quotas=tuple(Quota(resource=name, label=_LABELS.get(name, name.capitalize())) for name in RESOURCES),
    programs=(_LISTENER,),
    followed=(
        Followed(kind="secret", name="secrets", type="SECRET", sight=_secrets),
        Followed(kind="container", name="containers", type="CONTAINER", sight=_containers),
        Followed(kind="order", name="orders", type="ORDER", sight=_orders),
    ),
)
