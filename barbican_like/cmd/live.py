"""barbican-live: the gateway, which serves the feed to who waits for changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from oslo_config import cfg

from barbican_like import rooms
from barbican_like.activity.config import feed_folder
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.live.hub import Hub
from barbican_like.activity.live.identity import Callers, whoami
from barbican_like.activity.live.server import MOST_CONNECTIONS, Gateway, Place
from barbican_like.bootstrap import Runtime
from barbican_like.cmd import common, service
from barbican_like.cmd.addresses import safe_address
from barbican_like.common import config
from barbican_like.common.live_address import gateway_place, public_url
from barbican_like.common.meters.writing import Meters
from barbican_like.http import paste
from barbican_like.http.edge.connections import allow_files
from barbican_like.http.edge.measuring import measure_by
from barbican_like.http.middleware.browsers import guarded, own_origins
from barbican_like.http.middleware.cors import allowed_origins
from barbican_like.http.paste import WsgiApp


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    return common.run("barbican-live", arguments, _serve)


def new_gateway(runtime: Runtime, address: str) -> Gateway:
    """The gateway of the live feed; it is not started yet.

    :param address: to listen on.
    """
    conf = runtime.conf
    names, origins = _own(conf)
    applications = {mount.prefix: partial(_itself, whoami) for _, mount in rooms.mounts(conf)}
    pipelines = paste.load(paste.Assembly(applications=applications, conf=conf, names=names))
    callers = Callers(pipelines, guarded(whoami, conf, names, any_origin=True))
    place = Place(
        host=address,
        port=gateway_place(conf)[1],
        folder=feed_folder(conf),
        origins=allowed_origins(conf) | own_origins(conf) | origins,
        api_port=conf.api.port,
    )
    hub = Hub(runtime.database, runtime.policy(), Catalogue(rooms.followed()))
    measure = measure_by(Meters(config.meter_folder(conf)))
    return Gateway(hub, callers, place, measure)


def _own(conf: cfg.ConfigOpts) -> tuple[tuple[str, ...], frozenset[str]]:
    """The gateway's names and origins, as far as its section says."""
    public, host = public_url(conf), gateway_place(conf)[0]
    if public is None:
        return (host,), frozenset()
    return (host, public.hostname or ""), frozenset({f"{public.scheme}://{public.netloc}"})


def _itself(application: WsgiApp) -> WsgiApp:
    return application


def _serve(conf: cfg.ConfigOpts) -> int:
    address = safe_address(conf, "live", conf.api.host)
    allow_files(MOST_CONNECTIONS)
    return service.until_signal(conf, "live", lambda runtime: new_gateway(runtime, address))


if __name__ == "__main__":
    sys.exit(main())
