"""The filter for requests from pages of other origins (the Fetch standard's CORS protocol)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from oslo_config import cfg
from oslo_middleware.cors import CORS, CORS_OPTS

from barbican_like.common import ids

WsgiApp = Callable[..., Iterable[bytes]]

DEFAULTS: Final[dict[str, list[str]]] = {
    "allow_methods": ["GET", "PUT", "POST", "DELETE", "PATCH"],
    "allow_headers": [
        "X-Auth-Token",
        "Authorization",
        "X-OpenStack-Request-ID",
        "OpenStack-API-Version",
        "Content-Encoding",
        "X-Project-Id",
        "X-User-Id",
        "X-Roles",
        "X-Domain-Id",
        "X-User-Domain-Id",
        "X-Project-Domain-Id",
    ],
    "expose_headers": [
        "X-OpenStack-Request-ID",
        "OpenStack-API-Version",
        "Location",
        "Retry-After",
        "WWW-Authenticate",
    ],
}
"""Where they differ from oslo.middleware's own."""


def with_cors(application: WsgiApp, conf: cfg.ConfigOpts) -> WsgiApp:
    """``application`` for the origins of ``[cors] allowed_origin``; itself where there is none."""
    conf.register_opts(CORS_OPTS, group="cors")
    for name, default in DEFAULTS.items():
        conf.set_default(name, default, group="cors")
    return Cors(application, conf) if conf.cors.allowed_origin else application


def allowed_origins(conf: cfg.ConfigOpts) -> frozenset[str]:
    """The origins of ``[cors] allowed_origin``, but for one that stands for all."""
    conf.register_opts(CORS_OPTS, group="cors")
    return frozenset(conf.cors.allowed_origin or ()) - {"*"}


class Cors:
    """oslo.middleware's filter, for requests that have an Origin; the others go past it.

    A preflight goes no further than here: browsers send it without any credentials.
    """

    def __init__(self, application: WsgiApp, conf: cfg.ConfigOpts) -> None:
        self._application = application
        self._any = CORS(application, conf)
        self._preflight = CORS(_empty, conf)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand on, and add to the answer what the browser asks for."""
        if "HTTP_ORIGIN" not in environ:
            return self._application(environ, start_response)
        chosen: Callable[..., Any]
        if environ["REQUEST_METHOD"] != "OPTIONS":
            chosen = self._any
        elif "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            chosen = self._preflight
        else:
            chosen = self._application  # OPTIONS as anybody may send it
        answer: Iterable[bytes] = chosen(environ, start_response)
        return answer


def _empty(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "0"), ("x-openstack-request-id", f"req-{ids.new_id()}")])
    return []
