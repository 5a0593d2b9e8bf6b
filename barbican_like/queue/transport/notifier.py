"""The configuration of what this program tells others over a broker."""

from __future__ import annotations

from typing import Final

from oslo_config import cfg

from barbican_like.queue.transport.messaging import list_opts
from barbican_like.queue.transport.rpc import library_conf

_GROUP: Final = "oslo_messaging_notifications"


def notifier_conf(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """That of oslo.messaging, except that a notification is tried once unless the operator says otherwise.

    Its own default tries for ever, so that a broker that is away would hold up every request.
    """
    library = library_conf(conf)
    library.register_opts(dict(list_opts())[_GROUP], group=_GROUP)
    library.set_default("retry", 0, group=_GROUP)
    return library
