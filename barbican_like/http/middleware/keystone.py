"""The filter that lets Keystone say who calls: keystonemiddleware's auth_token, with this API's errors.

What Keystone says of a token is remembered for ``[keystone_authtoken] token_cache_time`` seconds, in
memory unless memcached_servers are set; so long a revoked token still counts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from keystonemiddleware.auth_token import AuthProtocol
from oslo_config import cfg
from webob.exc import HTTPServiceUnavailable, HTTPUnauthorized

from barbican_like.common import ids, log
from barbican_like.http.context import RequestContext
from barbican_like.http.middleware import keystone_options
from barbican_like.http.middleware.context import Context, Refusal
from barbican_like.http.middleware.token_memory import NoMemory, TokenMemory
from barbican_like.http.problems import Problem

_LOG = logging.getLogger(__name__)

WsgiApp = Callable[..., Iterable[bytes]]
_ABOUT_SOMEBODY: Final = (
    *("IDENTITY_STATUS", "ROLES", "DOMAIN_ID", "DOMAIN_NAME"),
    *("USER_ID", "USER_NAME", "USER_DOMAIN_ID", "USER_DOMAIN_NAME"),
    *("PROJECT_ID", "PROJECT_NAME", "PROJECT_DOMAIN_ID", "PROJECT_DOMAIN_NAME"),
)
SET_BY_AUTH_TOKEN: Final = frozenset(
    {f"HTTP_X_{prefix}{name}" for prefix in ("", "SERVICE_") for name in _ABOUT_SOMEBODY}
    | {"HTTP_X_ROLE", "HTTP_X_USER", "HTTP_X_TENANT", "HTTP_X_TENANT_ID", "HTTP_X_TENANT_NAME"}
    | {"HTTP_X_SERVICE_CATALOG", "HTTP_X_IS_ADMIN_PROJECT", "HTTP_OPENSTACK_SYSTEM_SCOPE"}
)
"""What it alone may say of a caller; from a client it is dropped."""

_NO_MEMORY: Final = "barbican.no_memory"
_FORGETFUL: Final = NoMemory()
_USER_TOKEN: Final = "HTTP_X_AUTH_TOKEN"  # noqa: S105
_SERVICE_TOKEN: Final = "HTTP_X_SERVICE_TOKEN"  # noqa: S105
_TOKEN_HEADERS: Final = ("X-Auth-Token", "X-Storage-Token", "X-Service-Token")
_LONGEST_TOKEN: Final = 8192
"""Characters. Keystone's own have some 200 (fernet) or 1,500 (JWS), and its server takes no long headers."""
_TOKEN: Final = "keystone.token_auth"  # noqa: S105  where auth_token leaves what it knows of a valid token


def authenticated(application: WsgiApp, conf: cfg.ConfigOpts) -> WsgiApp:
    """``application`` behind a check of X-Auth-Token, as ``[keystone_authtoken]`` says.

    :raises ConfigurationError: naming the option that is missing or wrong.
    """
    keystone_options.prepare(conf)
    with keystone_options.explained():
        return TokenCheck(application, conf)


class TokenCheck(AuthProtocol):  # type: ignore[misc]
    """auth_token, whose refusals are this API's: 401 for a token, 503 for a Keystone that gives no answer.

    :param conf: with the options of :mod:`keystone_options` registered.
    """

    def __init__(self, application: WsgiApp, conf: cfg.ConfigOpts) -> None:
        options = conf[keystone_options.GROUP]
        seconds = options.token_cache_time
        settings: dict[str, Any] = {"oslo_config_config": conf, "delay_auth_decision": False}
        if options.memcached_servers:
            seconds = -1
        else:
            settings["cache"] = _NO_MEMORY
        self._memory = TokenMemory(size=conf.api.token_cache_size, seconds=seconds)
        self._behind = application
        super().__init__(KeystoneContext(application), settings)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand on at once what comes with a remembered token; all else goes auth_token's way."""
        if self._recalls(environ):
            answer: Iterable[bytes] = self._app(environ, start_response)
        else:
            answer = super().__call__(environ, start_response)
        return answer

    def process_request(self, request: Any) -> WsgiApp | None:
        """None to go on with the request, or the refusal."""
        try:
            if any(len(request.headers.get(name, "")) > _LONGEST_TOKEN for name in _TOKEN_HEADERS):
                raise HTTPUnauthorized
            self._check(request)
        except HTTPUnauthorized:
            challenge = f'Keystone uri="{self.www_authenticate_uri}"'
            return self._refusal(_unauthorised(("WWW-Authenticate", challenge)))
        except HTTPServiceUnavailable:
            return self._refusal(_unavailable("no answer"))
        except Exception as error:  # noqa: BLE001  boundary: an answer that is none breaks the library anywhere
            _LOG.debug("keystone.unavailable", exc_info=error)
            return self._refusal(_unavailable(type(error).__name__))
        return None

    def fetch_token(self, token: str, **wanted: Any) -> dict[str, Any]:
        """What Keystone says of a token, or has said lately."""
        known = self._memory.get(token)
        if known is not None:
            return known.said
        said: dict[str, Any] = super().fetch_token(token, **wanted)
        self._memory.put(token, said)
        return said

    def _refusal(self, problem: Problem) -> Refusal:
        return Refusal(problem, f"req-{ids.new_id()}", self._behind)

    def _recalls(self, environ: dict[str, Any]) -> bool:
        """Make of the environment what auth_token would, where that is remembered."""
        if _USER_TOKEN not in environ or _SERVICE_TOKEN in environ:
            return False
        known = self._memory.get(environ[_USER_TOKEN])
        if known is None or known.environ is None or known.expires <= time.time():
            return False
        for name in environ.keys() & SET_BY_AUTH_TOKEN:
            del environ[name]
        environ.update(known.environ)
        return True

    def _check(self, request: Any) -> None:
        """Let auth_token find out who calls; remember what it leaves in the environment."""
        environ = request.environ
        environ[_NO_MEMORY] = _FORGETFUL
        super().process_request(request)
        known = self._memory.get(environ.get(_USER_TOKEN, ""))
        user = environ[_TOKEN].user
        if known is None or _SERVICE_TOKEN in environ or not _suits_any_request(known.said["token"]):
            return
        known.expires = user.expires.timestamp()
        known.environ = {name: environ[name] for name in environ.keys() & (SET_BY_AUTH_TOKEN | {_TOKEN})}


def _suits_any_request(token: Mapping[str, Any]) -> bool:
    """Whether its time alone limits what a token is good for. Without a project it is good for nothing."""
    credential = token.get("application_credential") or {}
    return "project" in token and credential.get("access_rules") is None and not token.get("bind")


class KeystoneContext(Context):
    """Reads what auth_token has found out."""

    def identify(self, environ: dict[str, Any], request_id: str) -> RequestContext | Problem:
        """Whoever the token says; a token without a project is as good as none."""
        user = environ[_TOKEN].user
        if user.project_id is None:
            return _unauthorised()
        return RequestContext(
            request_id=request_id,
            project_id=user.project_id,
            user_id=user.user_id,
            roles=frozenset(role.lower() for role in user.role_names),
            domain_id=user.domain_id,
            user_domain_id=user.user_domain_id,
            project_domain_id=user.project_domain_id,
        )


def _unauthorised(*headers: tuple[str, str]) -> Problem:
    # auth_token itself adds WWW-Authenticate to a 401 that comes from behind it.
    return Problem(
        status=HTTPStatus.UNAUTHORIZED,
        description="The request you have made requires authentication.",
        headers=headers,
        error_member=True,
    )


def _unavailable(reason: str) -> Problem:
    log.event(_LOG, "keystone.unavailable", logging.WARNING, reason=reason)
    return Problem(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        description="Keystone, which says who you are, cannot be asked at the moment. Try again later.",
        headers=(("Retry-After", "5"),),
        error_member=True,
    )
