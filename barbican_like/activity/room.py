"""What the room of activity adds to the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.activity import config
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.notifying import CHANNEL, Notifier
from barbican_like.activity.feed.waking import FeedWaker
from barbican_like.activity.feed.writing import writer
from barbican_like.activity.kinds import (
    PROCESS_ACTIVITY_DELIVERY,
    PROCESS_ACTIVITY_EVENT,
    PROCESS_ACTIVITY_MAIL,
    PROCESS_ACTIVITY_RETENTION,
)
from barbican_like.common.config import database_url
from barbican_like.common.figures import Figures
from barbican_like.common.live_address import gateway_place, live_url
from barbican_like.model.migrate import Migrations
from barbican_like.model.models import Project
from barbican_like.model.notifications import channel_of
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.room import Command, Followed, Parts, Program, Room, Tasks, Watch

if TYPE_CHECKING:
    from barbican_like.activity.events.service import Events
    from barbican_like.activity.http.services import Services
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims


def _tasks(catalogue: Catalogue, parts: Parts, claims: Claims) -> Tasks:
    from barbican_like.activity import delivery_tools, mail_tools
    from barbican_like.activity.events.processing import ProcessEvent
    from barbican_like.activity.mail.sending import SendMail
    from barbican_like.activity.subscriptions.delivery import Deliver
    from barbican_like.activity.tasks import KeepFeed

    retention = parts.conf.activity.retention
    return {
        PROCESS_ACTIVITY_RETENTION: KeepFeed(parts.database, claims, retention=retention),
        PROCESS_ACTIVITY_EVENT: ProcessEvent(parts.database, claims, _events(parts)),
        PROCESS_ACTIVITY_DELIVERY: Deliver(
            delivery_tools.tools(parts, catalogue, partial(mail_tools.tell_owner, parts)), claims
        ),
        PROCESS_ACTIVITY_MAIL: SendMail(mail_tools.tools(parts), claims),
    }


def _watches(parts: Parts) -> Sequence[Watch]:
    from barbican_like.activity.subscriptions.watch import DeliveryWatch

    return (DeliveryWatch(parts.database, parts.client),)


def _purge(uow: UnitOfWork, project: Project, limit: int) -> int:
    from barbican_like.activity.subscriptions.service import purge

    return purge(uow, project.external_id, limit)


def _events(parts: Parts) -> Events:
    """The use cases of events, with the registry that the database keeps."""
    from barbican_like.activity import mail_tools
    from barbican_like.activity.events.journal import Journal
    from barbican_like.activity.events.service import Events
    from barbican_like.activity.repository.registry import RegistryRepo

    return Events(
        Journal(mail_tools.outbox(parts)), parts.client, lambda repositories: repositories.of(RegistryRepo)
    )


def _mounts(catalogue: Catalogue, conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.activity.http.bounds import Bounds
    from barbican_like.activity.http.queries import Queries
    from barbican_like.activity.http.routes import mount

    bounds = Bounds(
        longest_token=conf.activity.token_ttl,
        queries=Queries(catalogue),
        targets=config.targets(conf),
    )
    return (mount(bounds),)


def _services(catalogue: Catalogue, parts: Parts) -> Services:
    from barbican_like.activity.http.queries import Queries
    from barbican_like.activity.http.services import Services
    from barbican_like.activity.subscriptions.service import Subscriptions

    return Services(
        events=_events(parts),
        live_url=live_url(parts.conf),
        catalogue=catalogue,
        queries=Queries(catalogue),
        subscriptions=Subscriptions(client=parts.client, plugins=parts.plugins),
        registration_open=config.is_registration_open(parts.conf),
        public_url=(parts.conf.activity.public_url or "").rstrip("/"),
    )


def _policies() -> Policies:
    from barbican_like.activity.http.policies import policies

    return policies()


def _wakes(conf: cfg.ConfigOpts) -> Callable[[], None]:
    channel = channel_of(database_url(conf), CHANNEL) if live_url(conf) else None
    elsewhere = None if channel is None else Notifier(channel).wake
    return FeedWaker(config.feed_folder(conf), elsewhere).wake


def _commands(catalogue: Catalogue) -> Sequence[Command]:
    from barbican_like.activity.commands import commands

    return commands(catalogue)


def _figures(_parts: Parts, view: Reading) -> Figures:
    from barbican_like.activity.repository.feed import FeedRepo

    return Figures(last_change=view.of(FeedRepo).head().last)


_GATEWAY: Final = Program(
    name="live",
    module="barbican_like.cmd.live",
    count=lambda conf: int(conf.live.enable),
    listens=gateway_place,
)


def activity(followed: Sequence[Followed]) -> Room:
    """The room.

    :param followed: what the feed tells of, of all other rooms.
    """
    catalogue = Catalogue(followed)
    return Room(
        name="activity",
        options=config.GROUPS,
        migrations=Migrations(
            branch="activity", folder=Path(__file__).parent / "migrations", head="activity_0006"
        ),
        kinds=(
            PROCESS_ACTIVITY_RETENTION,
            PROCESS_ACTIVITY_EVENT,
            PROCESS_ACTIVITY_DELIVERY,
            PROCESS_ACTIVITY_MAIL,
        ),
        standing=(PROCESS_ACTIVITY_RETENTION,),
        tasks=partial(_tasks, catalogue),
        watches=_watches,
        policies=_policies,
        purge=_purge,
        mounts=partial(_mounts, catalogue),
        services=partial(_services, catalogue),
        figures=_figures,
        commands=partial(_commands, catalogue),
        programs=(_GATEWAY,),
        wakes=_wakes,
        on_notices=writer(catalogue),
    )
