"""What the room of activity adds to the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.activity import config
from barbican_like.activity.feed.writing import on_notices
from barbican_like.activity.kinds import PROCESS_ACTIVITY_RETENTION
from barbican_like.model.migrate import Migrations
from barbican_like.room import Command, Parts, Room, Tasks

if TYPE_CHECKING:
    from barbican_like.activity.http.services import Services
    from barbican_like.http.mount import Mount
    from barbican_like.queue.claims import Claims


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.activity.tasks import KeepFeed

    retention = parts.conf.activity.retention
    return {PROCESS_ACTIVITY_RETENTION: KeepFeed(parts.database, claims, retention=retention)}


def _mounts(_conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.activity.http.routes import MOUNT

    return (MOUNT,)


def _services(parts: Parts) -> Services:
    from barbican_like.activity.http.services import Services

    return Services(live_url=parts.conf.live.url or "")


def _commands() -> Sequence[Command]:
    from barbican_like.activity.commands import commands

    return commands()


ACTIVITY: Final = Room(
    name="activity",
    options=config.GROUPS,
    migrations=Migrations(
        branch="activity", folder=Path(__file__).parent / "migrations", head="activity_0001"
    ),
    kinds=(PROCESS_ACTIVITY_RETENTION,),
    standing=(PROCESS_ACTIVITY_RETENTION,),
    tasks=_tasks,
    mounts=_mounts,
    services=_services,
    commands=_commands,
    on_notices=on_notices,
)
