"""Keystone's notifications: the end of a project."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from oslo_config import cfg

from barbican_like.common import log
from barbican_like.common.errors import ServerError
from barbican_like.queue.transport.messaging import oslo_messaging
from barbican_like.queue.transport.rpc import library_conf

_LOG = logging.getLogger(__name__)
_PROJECT_DELETED: Final = "identity.project.deleted"
_LONGEST_ID: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationAddress:
    """Where Keystone's notifications come from, with the names that operators of the original know."""

    transport_url: str
    exchange: str
    topic: str
    pool: str | None  # listeners with one pool's name share the notifications among them


class ProjectDeletions:
    """Hears of deleted projects.

    A notification is acknowledged after ``deliver`` has returned; where the database is away then, it goes
    back to the broker.

    :param deliver: called with the external id of each deleted project, from threads of the listener.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, address: NotificationAddress, deliver: Callable[[str], None]
    ) -> None:
        transport = oslo_messaging.get_notification_transport(library_conf(conf), url=address.transport_url)
        target = oslo_messaging.Target(topic=address.topic, exchange=address.exchange)
        self._listener = oslo_messaging.get_notification_listener(
            transport, [target], [_Endpoint(deliver)], allow_requeue=True, pool=address.pool
        )

    def start(self) -> None:
        """Subscribe and hear from threads of its own."""
        self._listener.start()

    def stop(self) -> None:
        """Unsubscribe."""
        self._listener.stop()
        self._listener.wait()


class _Endpoint:
    """What oslo.messaging calls for notifications of the priority ``info`` that the filter lets through."""

    filter_rule = oslo_messaging.NotificationFilter(event_type=f"^{_PROJECT_DELETED}$")

    def __init__(self, deliver: Callable[[str], None]) -> None:
        self._deliver = deliver

    def info(self, _context: Any, _publisher: str, _event: str, payload: Any, _metadata: Any) -> str:
        """Take one notification; one that names no project is logged and dropped."""
        project_id = payload.get("resource_info") if isinstance(payload, dict) else None
        if not isinstance(project_id, str) or not 0 < len(project_id) <= _LONGEST_ID:
            log.event(_LOG, "notification.unreadable", logging.WARNING)
            return str(oslo_messaging.NotificationResult.HANDLED)
        try:
            self._deliver(project_id)
        except ServerError as error:
            log.event(_LOG, "notification.requeued", logging.WARNING, reason=type(error).__name__)
            return str(oslo_messaging.NotificationResult.REQUEUE)
        return str(oslo_messaging.NotificationResult.HANDLED)
