"""The filter behind a reverse proxy: takes from its headers how the client addressed the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import webob
from oslo_config import cfg
from oslo_middleware.http_proxy_to_wsgi import OPTS, HTTPProxyToWSGI

WsgiApp = Callable[..., Iterable[bytes]]


def behind_proxy(application: WsgiApp, conf: cfg.ConfigOpts) -> WsgiApp:
    """``application`` behind a proxy; itself unless ``[oslo_middleware] enable_proxy_headers_parsing``."""
    conf.register_opts(OPTS, group="oslo_middleware")
    if not conf.oslo_middleware.enable_proxy_headers_parsing:
        return application
    return BehindProxy(application, conf)


class BehindProxy:
    """oslo.middleware's reading of Forwarded (RFC 7239) or, without it, of X-Forwarded-*."""

    def __init__(self, application: WsgiApp, conf: cfg.ConfigOpts) -> None:
        self._application = application
        self._reader = HTTPProxyToWSGI(None, conf)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Rewrite the environment, then hand on."""
        self._reader.process_request(webob.Request(environ))
        # RFC 7239 asks for quotes around a host with a port; the library leaves them in.
        environ["HTTP_HOST"] = environ.get("HTTP_HOST", "").strip('"')
        # References take their scheme from this header, which may not contradict Forwarded.
        environ["HTTP_X_FORWARDED_PROTO"] = environ["wsgi.url_scheme"].strip('"')
        return self._application(environ, start_response)
