"""Who is told of what: mails are written here, in the transaction of the change that they tell of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from barbican_like.activity.event import Event
from barbican_like.activity.events import deciding
from barbican_like.activity.events.posts import Post
from barbican_like.activity.kinds import PROCESS_ACTIVITY_MAIL
from barbican_like.activity.mail.texts import TEXTS, MailKind, body_of
from barbican_like.activity.models import Mail, Subscription
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.things import ThingType
from barbican_like.activity.repository.mails import MailRepo
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.common import clock, ids
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.client import TaskClient

_EMAIL: Final = "email"


class Outbox:
    """Takes mails, each to one recipient, and lets workers know.

    :param client: writes the tasks.
    :param domain: what Message-IDs end in.
    """

    def __init__(self, client: TaskClient, domain: str) -> None:
        self._client = client
        self._domain = domain

    def take(self, uow: UnitOfWork, event: Event, kind: Post, said: str) -> None:
        """Tell those whom a move of an event concerns."""
        recipients = _recipients(uow.of(RegistryRepo), event, kind)
        self._write(uow, MailKind(kind.value), recipients, _words(event, said), event.id)

    def disabled(self, uow: UnitOfWork, subscription: Subscription, reason: str) -> None:
        """Tell the owner of a subscription that it was ended."""
        owner = uow.of(RegistryRepo).user_of(subscription.user_id) if subscription.user_id else None
        if owner is not None:
            words = {"subscription": subscription.id, "target": subscription.target, "said": reason}
            self._write(uow, MailKind.DISABLED, {owner.values[_EMAIL]}, words, None)

    def _write(
        self,
        uow: UnitOfWork,
        kind: MailKind,
        recipients: Collection[str],
        words: Mapping[str, str],
        event_id: str | None,
    ) -> None:
        for recipient in sorted(recipients):
            mail_id = ids.new_id()
            mail = Mail(
                id=mail_id,
                event_id=event_id,
                kind=kind,
                recipient=recipient,
                subject=TEXTS[kind].subject,
                text=body_of(kind, words),
                message_id=f"<{mail_id}@{self._domain}>",
                created_at=clock.now(),
                sent_at=None,
                problem=None,
            )
            uow.of(MailRepo).add(mail)
            self._client.owe(uow, PROCESS_ACTIVITY_MAIL, mail_id)


def _recipients(registry: Registry, event: Event, kind: Post) -> Collection[str]:
    if kind is Post.CONFIRM:
        return applicants(event)
    if kind is Post.PENDING:
        return _deciders(registry, event)
    if event.author.is_anonymous:
        return applicants(event)
    user = registry.find(event.author.name or "") if event.author.is_registered else None
    return () if user is None else {user.values[_EMAIL]}


def applicants(event: Event) -> Sequence[str]:
    """The address that a registration is confirmed by: the user's, or that of an authority's first one."""
    data = event.data or {}
    if event.object_type is ThingType.USER:
        return (data[_EMAIL],)
    return tuple(one[_EMAIL] for one in data.get("users", ())[:1])


def _deciders(registry: Registry, event: Event) -> Collection[str]:
    """The addresses of those who are PIs at all ends of a request, but for its user."""
    _, standings = deciding.ends(registry, event)
    if not standings:
        return ()
    urns = frozenset.intersection(*(one.pis for one in standings)) - {event.author.name}
    return {one.values[_EMAIL] for one in registry.several(urns)} if urns else ()


def _words(event: Event, said: str) -> Mapping[str, str]:
    return {
        "event": event.id,
        "action": event.action.value,
        "object": f"{event.object_type} {event.object_id}",
        "user": event.author.name or "somebody who has registered",
        "said": said or "No reason was given.",
    }
