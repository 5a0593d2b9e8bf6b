"""The workqueue's room: where its pieces stand."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.common.figures import Figures
from barbican_like.model.migrate import Migrations
from barbican_like.model.models import Project
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.room import Followed, Parts, Program, Quota, Room, Sight, Tasks
from barbican_like.workqueue import config
from barbican_like.workqueue.kinds import LANE, PROCESS_TRANSFER_RETENTION, PROCESS_TRANSFER_SLOT

if TYPE_CHECKING:
    from barbican_like.http.context import RequestContext
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy import Policy
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims
    from barbican_like.workqueue.http.services import Services

JOBS: Final = Quota(resource="transfer_jobs", label="Unfinished transfer jobs")
SITES: Final = Quota(resource="transfer_sites", label="Transfer sites")
_WORKER: Final = Program(
    name="transfer_worker",
    module="barbican_like.cmd.transfer_worker",
    count=lambda conf: conf.workqueue.transfer_workers if conf.queue.enable else 0,
    numbered=True,
)


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.workqueue.baton import Baton
    from barbican_like.workqueue.outputs import Outputs
    from barbican_like.workqueue.retention import KeepJobs
    from barbican_like.workqueue.tasks import WorkTransferSlot
    from barbican_like.workqueue.work.tools import Tools

    settings = config.settings(parts.conf)
    tools = Tools(
        baton=Baton(),
        database=parts.database,
        plugins=parts.plugins,
        client=parts.client,
        settings=settings,
        outputs=Outputs(settings.output_dir, settings.output_bytes),
        host=socket.gethostname(),
    )
    return {
        PROCESS_TRANSFER_SLOT: WorkTransferSlot(tools, claims),
        PROCESS_TRANSFER_RETENTION: KeepJobs(tools, claims),
    }


def _mounts(_conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.workqueue.http.routes import MOUNT

    return (MOUNT,)


def _services(parts: Parts) -> Services:
    from barbican_like.workqueue.http.services import Services
    from barbican_like.workqueue.outputs import Outputs

    settings = config.settings(parts.conf)
    return Services(
        client=parts.client,
        plugins=parts.plugins,
        settings=settings,
        outputs=Outputs(settings.output_dir, settings.output_bytes),
        most_jobs=JOBS.limit(parts.conf),
        most_sites=SITES.limit(parts.conf),
    )


def _policies() -> Policies:
    from barbican_like.workqueue.http.policies import policies

    return policies()


def _purge(uow: UnitOfWork, project: Project, limit: int) -> int:
    from barbican_like.workqueue.purging import purge

    return purge(uow, project.external_id, limit)


def _jobs(policy: Policy, caller: RequestContext) -> Sight:
    from barbican_like.workqueue.http.following import JobSight

    return JobSight(policy, caller)


def _sites(policy: Policy, caller: RequestContext) -> Sight:
    from barbican_like.workqueue.http.following import SiteSight

    return SiteSight(policy, caller)


def _figures(_parts: Parts, view: Reading) -> Figures:
    from barbican_like.workqueue.figures import figures

    return figures(view)


WORKQUEUE: Final = Room(
    name="workqueue",
    options=config.OPTIONS,
    migrations=Migrations(
        branch="workqueue", folder=Path(__file__).parent / "migrations", head="workqueue_0001"
    ),
    kinds=(PROCESS_TRANSFER_SLOT, PROCESS_TRANSFER_RETENTION),
    standing=(PROCESS_TRANSFER_RETENTION,),
    own_lanes=(LANE,),
    tasks=_tasks,
    mounts=_mounts,
    services=_services,
    policies=_policies,
    purge=_purge,
    figures=_figures,
    quotas=(JOBS, SITES),
    programs=(_WORKER,),
    followed=(
        Followed(kind="job", name="jobs", type="JOB", sight=_jobs),
        Followed(kind="site", name="sites", type="SITE", sight=_sites),
    ),
)
