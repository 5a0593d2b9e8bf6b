"""What the room of activity adds to the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.activity import config
from barbican_like.activity.feed.waking import FeedWaker
from barbican_like.activity.feed.writing import on_notices
from barbican_like.activity.kinds import PROCESS_ACTIVITY_RETENTION
from barbican_like.model.migrate import Migrations
from barbican_like.room import Command, Parts, Program, Room, Tasks

if TYPE_CHECKING:
    from barbican_like.activity.http.services import Services
    from barbican_like.http.mount import Mount
    from barbican_like.queue.claims import Claims


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.activity.tasks import KeepFeed

    retention = parts.conf.activity.retention
    return {PROCESS_ACTIVITY_RETENTION: KeepFeed(parts.database, claims, retention=retention)}


def _mounts(conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.activity.http.routes import mount

    return (mount(conf.activity.token_ttl),)


def _services(parts: Parts) -> Services:
    from barbican_like.activity.http.services import Services

    return Services(live_url=config.live_url(parts.conf))


def _wakes(conf: cfg.ConfigOpts) -> Callable[[], None]:
    return FeedWaker(config.feed_folder(conf)).wake


def _commands() -> Sequence[Command]:
    from barbican_like.activity.commands import commands

    return commands()


_GATEWAY: Final = Program(
    name="live",
    module="barbican_like.cmd.live",
    count=lambda conf: int(conf.live.enable),
)

ACTIVITY: Final = Room(
    name="activity",
    options=config.GROUPS,
    migrations=Migrations(
        branch="activity", folder=Path(__file__).parent / "migrations", head="activity_0002"
    ),
    kinds=(PROCESS_ACTIVITY_RETENTION,),
    standing=(PROCESS_ACTIVITY_RETENTION,),
    tasks=_tasks,
    mounts=_mounts,
    services=_services,
    commands=_commands,
    programs=(_GATEWAY,),
    wakes=_wakes,
    on_notices=on_notices,
)
