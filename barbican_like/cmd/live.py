"""barbican-live: the gateway, which serves the feed to who waits for changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from oslo_config import cfg

from barbican_like import rooms
from barbican_like.activity.config import feed_folder
from barbican_like.activity.live.identity import whoami
from barbican_like.activity.live.server import Gateway, Place
from barbican_like.bootstrap import Runtime
from barbican_like.cmd import common, service
from barbican_like.cmd.addresses import safe_address
from barbican_like.http import paste
from barbican_like.http.middleware.cors import allowed_origins
from barbican_like.http.paste import WsgiApp
from barbican_like.http.policy import Policy


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    return common.run("barbican-live", arguments, _serve)


def new_gateway(runtime: Runtime, address: str) -> Gateway:
    """The gateway of the live feed; it is not started yet.

    :param address: to listen on.
    """
    conf = runtime.conf
    applications = {mount.prefix: partial(_itself, whoami) for _, mount in rooms.mounts(conf)}
    pipelines = paste.load(paste.Assembly(applications=applications, conf=conf))
    place = Place(
        host=address,
        port=conf.live.port,
        folder=feed_folder(conf),
        origins=allowed_origins(conf),
    )
    policy = Policy.from_config(conf, rooms.policies())
    return Gateway(runtime.database, policy, pipelines, place)


def _itself(application: WsgiApp) -> WsgiApp:
    return application


def _serve(conf: cfg.ConfigOpts) -> int:
    address = safe_address(conf, "live")
    return service.until_signal(conf, "live", lambda runtime: new_gateway(runtime, address))


if __name__ == "__main__":
    sys.exit(main())
