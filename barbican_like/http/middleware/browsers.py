"""The filter that keeps pages in browsers away from an API that lets anyone in.

Listening on the loopback interface keeps other machines out, but not the pages that a browser on this one
shows: their scripts can send requests to it, and whoever owns a page's name can let it mean 127.0.0.1 (DNS
rebinding), so that they read the answers too. Such requests say so: in Host the page's name, in Origin
another origin than the API's. Programs that are no browsers are not concerned.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from oslo_config import cfg

from barbican_like.common import ids
from barbican_like.common.errors import ConfigurationError
from barbican_like.http.middleware.context import Refusal
from barbican_like.http.problems import Problem, note_refusal

WsgiApp = Callable[..., Iterable[bytes]]

_NAMES: Final = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]@/\s]+))(?::\d{1,5})?", re.ASCII)
_ORIGIN: Final = re.compile(r"https?://([^/\s]+)", re.ASCII)
_MISDIRECTED: Final = Problem(
    status=HTTPStatus.MISDIRECTED_REQUEST,
    description="Without authentication only requests to this server's own names are served; "
    "[api] allowed_hosts may have more of them.",
)
_FOREIGN: Final = Problem(
    status=HTTPStatus.FORBIDDEN,
    description="Without authentication requests of pages of other origins are refused.",
)


def guarded(
    application: WsgiApp, conf: cfg.ConfigOpts, names: Iterable[str] = (), *, any_origin: bool = False
) -> WsgiApp:
    """``application`` behind the filter, if it lets anyone in; else itself.

    :param names: of the server, beside those of the API.
    :param any_origin: whether ``application`` looks at origins itself.
    :raises ConfigurationError: when ``host_href`` is no address.
    """
    if conf.api.auth != "noauth":
        return application
    try:
        href = urlsplit(conf.host_href)
        public = href.hostname or ""
    except ValueError as error:
        raise ConfigurationError(f"host_href {conf.host_href}: {error}") from error
    # [cors] is registered by its filter, which the paste file need not have.
    allowed = (conf.cors.allowed_origin or ()) if "cors" in conf else ()
    return NoPages(
        application,
        names=[conf.api.host, public, *(conf.api.allowed_hosts or ()), *names],
        origins=["*"] if any_origin else [f"{href.scheme}://{href.netloc}", *allowed],
    )


def own_origins(conf: cfg.ConfigOpts) -> frozenset[str]:
    """The origins of the API's own pages, as far as the configuration names them."""
    href = urlsplit(conf.host_href)
    names = {conf.api.host}
    if conf.api.host in {"localhost", "127.0.0.1", "::1"}:
        names |= {"localhost", "127.0.0.1", "::1"}
    hosts = [f"[{name}]" if ":" in name else name for name in names]
    return frozenset(
        {f"{href.scheme}://{href.netloc}", *(f"http://{host}:{conf.api.port}" for host in hosts)}
    )


class NoPages:
    """Serves requests that are addressed to this server, and come from no page of another origin.

    :param names: of this server, beside those of the loopback interface.
    :param origins: whose pages may ask; ``*``: all.
    """

    def __init__(self, application: WsgiApp, names: Iterable[str], origins: Iterable[str]) -> None:
        self._application = application
        self._hosts: set[str] = {_plain(name) for name in names} - {""}
        self._anywhere = bool(self._hosts & {"0.0.0.0", "::"})  # noqa: S104 - recognised here, bound nowhere
        self._origins = frozenset(origins)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand on, or refuse."""
        host = environ.get("HTTP_HOST", "")
        if not self._is_ours(host):
            return _refuse(_MISDIRECTED, start_response)
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and self._is_foreign(origin, host):
            return _refuse(_FOREIGN, start_response)
        return self._application(environ, start_response)

    def _is_ours(self, host: str) -> bool:
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = _plain(found[1] or found[2])
        if name in self._hosts or name in _NAMES or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A name can be made to mean this machine; an address cannot, so who listens on all has all.
        return address.is_loopback or self._anywhere

    def _is_foreign(self, origin: str, host: str) -> bool:
        if origin in self._origins or "*" in self._origins:
            return False
        found = _ORIGIN.fullmatch(origin)  # no match: "null", of a sandboxed page or a file
        return found is None or found[1].lower() != host.lower()


def _plain(name: str) -> str:
    return name.strip("[]").rstrip(".").lower()


def _refuse(problem: Problem, start_response: Callable[..., Any]) -> Iterable[bytes]:
    request_id = f"req-{ids.new_id()}"
    note_refusal(problem.status, "Request", request_id)
    return Refusal(problem, request_id, _nothing).answer(start_response)


def _nothing(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> Iterable[bytes]:
    raise LookupError("nothing stands behind a refusal")
