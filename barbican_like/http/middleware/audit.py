"""The filter that tells of every request in CADF (DSP0262), by keystonemiddleware.

The library would put a part of the token into its events, the query, and of some bodies a name. So it gets
an environment of its own, of what an event may show and no more; the application gets the whole one.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from barbican_like.queue.transport import messaging  # noqa: F401  keystonemiddleware brings its library

# isort: split
import orjson
from keystonemiddleware.audit import AuditMiddleware, PycadfAuditApiConfigError, list_opts
from oslo_config import cfg
from oslo_middleware.request_id import ENV_REQUEST_ID, GLOBAL_REQ_ID

from barbican_like.common.errors import ConfigurationError
from barbican_like.http.context import ENVIRON_KEY, RequestContext
from barbican_like.http.middleware.context import HearsRefusals, Refusal
from barbican_like.queue.transport.notifier import notifier_conf

WsgiApp = Callable[..., Iterable[bytes]]

_WHOLE: Final = "barbican.audited"
"""Where the audit's environment keeps the application's."""
_REFUSAL: Final = "barbican.refusal"
"""Where it keeps the answer to a caller who is not let in, for which no application is asked."""
_SHOWN: Final = frozenset(
    {
        *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"),
        *("REMOTE_ADDR", "HTTP_HOST", "HTTP_USER_AGENT", GLOBAL_REQ_ID),
        *("wsgi.version", "wsgi.url_scheme", "wsgi.errors"),
        *("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"),
    }
)
# Set by auth_token after it has removed what a client sent; believed only behind it.
_OF_KEYSTONE: Final = frozenset({"HTTP_X_USER_NAME", "HTTP_X_IDENTITY_STATUS", "HTTP_X_SERVICE_CATALOG"})
_BEHIND_KEYSTONE: Final = "keystone.token_auth"
_DRIVER: Final = "log"
"""Where events go; the library drops them unless [audit_middleware_notifications] names a driver."""


class Audit(HearsRefusals):
    """Two events for each request: as it comes, and with its outcome.

    Of a request that the authentication refuses they name nobody: what it claims was not proved.

    :param settings: of the filter's section in the paste file, such as ``audit_map_file``.
    :raises ConfigurationError: when the map file cannot be read.
    """

    def __init__(self, application: WsgiApp, conf: cfg.ConfigOpts, settings: Mapping[str, str]) -> None:
        # pycadf warns of every name that is no UUID, such as this service's in the catalog.
        warnings.filterwarnings("ignore", "Invalid uuid", UserWarning, r"pycadf\.")
        library = notifier_conf(conf)
        for group, options in list_opts():
            library.register_opts(options, group=group)
            library.set_default("driver", _DRIVER, group=group)
        try:
            self._audited = AuditMiddleware(
                _with_whole_environment(application), oslo_config_config=library, **settings
            )
        except (OSError, PycadfAuditApiConfigError) as error:
            raise ConfigurationError(f"audit_map_file {settings.get('audit_map_file')}: {error}") from error
        self._catalog = orjson.dumps([_own_service(conf.host_href)]).decode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand on between the two events."""
        names = _SHOWN | _OF_KEYSTONE if _BEHIND_KEYSTONE in environ else _SHOWN
        caller: RequestContext = environ[ENVIRON_KEY]
        shown = self._shown(environ, names, caller.request_id)
        shown["HTTP_X_PROJECT_ID"] = caller.project_id
        if caller.user_id is not None:
            shown["HTTP_X_USER_ID"] = caller.user_id
            shown.setdefault("HTTP_X_USER_NAME", caller.user_id)
        answer: Iterable[bytes] = self._audited(shown, start_response)
        return answer

    def refused(
        self, environ: dict[str, Any], start_response: Callable[..., Any], refusal: Refusal
    ) -> Iterable[bytes]:
        """Answer between the two events."""
        shown = self._shown(environ, _SHOWN, refusal.request_id)
        shown["HTTP_X_IDENTITY_STATUS"] = "Invalid"  # auth_token's word
        shown[_REFUSAL] = refusal
        answer: Iterable[bytes] = self._audited(shown, start_response)
        return answer

    def _shown(self, environ: dict[str, Any], names: AbstractSet[str], request_id: str) -> dict[str, Any]:
        shown = {name: environ[name] for name in names & environ.keys()}
        shown.setdefault("HTTP_X_SERVICE_CATALOG", self._catalog)
        shown[ENV_REQUEST_ID] = request_id
        shown["wsgi.input"] = io.BytesIO()
        shown[_WHOLE] = environ
        return shown


def _with_whole_environment(application: WsgiApp) -> WsgiApp:
    def inner(shown: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        refusal: Refusal | None = shown.get(_REFUSAL)
        if refusal is not None:
            return refusal.answer(start_response)
        return application(shown[_WHOLE], start_response)

    return inner


def _own_service(href: str) -> dict[str, Any]:
    """This service as Keystone's catalog has it, for pipelines without Keystone."""
    url = {f"{interface}URL": href for interface in ("public", "internal", "admin")} if href else {}
    return {"type": "key-manager", "name": "barbican", "endpoints": [url]}
