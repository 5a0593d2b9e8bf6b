"""barbican-api: serves HTTP with granian, one process for each of [api] workers."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final

import orjson
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server
from oslo_config import cfg

from barbican_like import bootstrap, rooms
from barbican_like.cmd import common, serving
from barbican_like.cmd.addresses import safe_address
from barbican_like.common import config, log
from barbican_like.common.errors import Overloaded
from barbican_like.common.meters.writing import Meters
from barbican_like.http.edge.adapter import Edge
from barbican_like.http.edge.bounds import Bounds
from barbican_like.http.edge.connections import allow_files
from barbican_like.http.edge.measuring import measure_by
from barbican_like.plugin import store_settings

_LOG = logging.getLogger(__name__)

ARGUMENTS_VARIABLE: Final = "BARBICAN_API_ARGUMENTS"
"""The environment variable by which serving processes get the command line, as a JSON list."""
_IN_PLACE: Final = re.compile(r"/v1/(secrets|containers)(/[^?]*)?\?(limit=\d{1,3})?")
"""Reads of one thing or of a first page, path and query: a few rows by their keys."""
_BURST: Final = 2
"""Times the connections that stay: so many may come between two looks at them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server until a signal ends it."""
    given = list(sys.argv[1:] if arguments is None else arguments)

    def work(conf: cfg.ConfigOpts) -> int:
        address = safe_address(conf)
        common.forbid_core_dumps()
        _rehearse(conf)
        os.environ[ARGUMENTS_VARIABLE] = orjson.dumps(given).decode()
        serving.announce(address, conf.api.port, conf.api.workers)
        _server(conf, address).serve()
        return 0

    return common.run("barbican-api", given, work)


def _rehearse(conf: cfg.ConfigOpts) -> None:
    """Build everything once, so that what is wrong is one line here, not a traceback in each process.

    While the database is away, that much cannot be seen; then the processes wait for it.
    """
    try:
        runtime = bootstrap.Runtime(conf)
        with closing(runtime):
            bootstrap.new_application(runtime, serve=False)
    except Overloaded as error:
        log.event(_LOG, "database.away", logging.WARNING, reason=" ".join(error.message.split()))


def application_factory() -> Callable[..., Any]:
    """The WSGI application of one serving process, for any WSGI server.

    Reads the command line of barbican-api from the environment variable BARBICAN_API_ARGUMENTS, a JSON list.
    """
    return _application()[0]


def edge_factory() -> Edge:
    """The RSGI application of one of granian's serving processes: the WSGI application behind the edge."""
    common.end_with_parent()
    application, conf = _application()
    allow_files(_BURST * conf.api.max_connections)
    measure = measure_by(Meters(config.meter_folder(conf)))
    return serving.ServingEdge(application, _bounds(conf), conf.api.port, measure)


def _application() -> tuple[Callable[..., Any], cfg.ConfigOpts]:
    conf = rooms.load(orjson.loads(os.environ.get(ARGUMENTS_VARIABLE, "[]")), prog="barbican-api")
    log.configure(debug=conf.debug)
    common.forbid_core_dumps()
    return bootstrap.served_application(conf), conf


def _bounds(conf: cfg.ConfigOpts) -> Bounds:
    api = conf.api
    return Bounds(
        request_bytes=conf.max_allowed_request_size_in_bytes,
        header_bytes=api.max_header_bytes,
        body_seconds=api.body_timeout,
        pause_seconds=api.body_pause,
        answer_seconds=api.answer_timeout,
        connections=api.max_connections,
        requests=api.max_connection_requests,
        threads=api.threads,
        most_threads=api.most_threads,
        waiting=api.max_waiting_requests,
        in_place=_IN_PLACE if _never_waits(conf) else None,
    )


def _never_waits(conf: cfg.ConfigOpts) -> bool:
    """Whether no reader waits for another program: not to know the caller, for rows or for keys."""
    return (
        conf.api.auth == "noauth"
        and config.database_url(conf).startswith("sqlite")
        and store_settings.read(conf).stores == (store_settings.SIMPLE_CRYPTO,)
    )


def _server(conf: cfg.ConfigOpts, address: str) -> Any:
    api = conf.api
    return Server(
        "barbican_like.cmd.api:edge_factory",
        address=address,
        port=api.port,
        interface=Interfaces.RSGI,
        # HTTP/2 has waits of its own that nothing here bounds, and clients of this API do not speak it.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(api.header_timeout * 1000),  # of an idle connection too
            max_buffer_size=2 * api.max_header_bytes,  # above it granian answers by itself, without a body
        ),
        workers=api.workers,
        # At this number it would stop to accept, without a word; the edge closes silent ones before.
        backpressure=_BURST * api.max_connections,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_access=False,
    )


if __name__ == "__main__":
    sys.exit(main())
