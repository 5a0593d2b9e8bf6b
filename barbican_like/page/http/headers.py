"""What browsers are told with every answer of the page: what it may load, and who may show it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from oslo_config import cfg

from barbican_like.common.errors import BarbicanError
from barbican_like.common.live_address import live_url, public_url
from barbican_like.http import references
from barbican_like.http.frame import Headers
from barbican_like.http.request import Request

_RULES: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Of the policy of contents, all but whom scripts may call."""

_NETLOC: Final = re.compile(r"[\w.:\[\]-]+", re.ASCII)
_FEATURES: Final = ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "usb")
_ALWAYS: Final[Headers] = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", ", ".join(f"{name}=()" for name in _FEATURES)),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


def of_page(conf: cfg.ConfigOpts) -> Callable[[Request], Headers]:
    """What makes the headers of every answer.

    :raises ConfigurationError: when ``[live] url`` is no address.
    """
    public_url(conf)
    gateway = live_url(conf)

    def headers(req: Request) -> Headers:
        return (("Content-Security-Policy", _policy(req, gateway)), *_ALWAYS)

    return headers


def _policy(req: Request, gateway: str) -> str:
    """Nothing but the page's own files and the gateway; no script and no style inside a document."""
    with suppress(BarbicanError):  # a Host that is none has no gateway
        gateway = references.to_this_machine(req, gateway)
    return f"connect-src 'self' {_socket(gateway)}".rstrip() + f"; {_RULES}"


def _socket(gateway: str) -> str:
    """The gateway's origin as websockets call it; blank where there is none."""
    found = urlsplit(gateway)
    if not found.netloc or not _NETLOC.fullmatch(found.netloc):
        return ""
    return f"{'wss' if found.scheme == 'https' else 'ws'}://{found.netloc}"
