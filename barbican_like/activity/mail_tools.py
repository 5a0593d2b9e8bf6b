"""The outbox of a process, from what every room is given."""

from __future__ import annotations

import ssl
from functools import cache

from oslo_config import cfg

from barbican_like.activity import config
from barbican_like.activity.events.journal import Journal
from barbican_like.activity.mail.links import Links
from barbican_like.activity.mail.office import Outbox
from barbican_like.activity.mail.sending import Server, Tools
from barbican_like.activity.models import Subscription
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.room import Parts


def outbox(parts: Parts) -> Outbox | None:
    """Where mails are written; None where no server is named that takes them."""
    activity = parts.conf.activity
    if not activity.smtp_host:
        return None
    return Outbox(parts.client, domain=activity.mail_from.rpartition("@")[2])


def tell_owner(parts: Parts, uow: UnitOfWork, subscription: Subscription, reason: str) -> None:
    """Tell the owner of a subscription that it was ended."""
    office = outbox(parts)
    if office is not None:
        office.disabled(uow, subscription, reason)


def tools(parts: Parts) -> Tools:
    """What a worker sends mails with."""
    activity = parts.conf.activity
    return Tools(
        database=parts.database,
        server=_server(parts.conf),
        journal=Journal(),
        link=Links(parts.database, activity.public_url or "").draw,
    )


def _server(conf: cfg.ConfigOpts) -> Server:
    activity = conf.activity

    @cache
    def tls() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=activity.smtp_ca_file)

    return Server(
        host=activity.smtp_host or "",
        port=activity.smtp_port,
        sender=activity.mail_from,
        tls=tls if activity.smtp_starttls else None,
        login=config.smtp_login(conf),
    )
