"""The paste factories: each makes one WSGI application or filter named in the paste file.

PasteDeploy hands factories strings only, so what they build from lies in a context variable while a
paste file is being loaded; see :func:`load`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oslo_config import cfg
from oslo_middleware.healthcheck import Healthcheck
from oslo_middleware.healthcheck.opts import HEALTHCHECK_OPTS
from oslo_middleware.request_id import RequestId
from paste.deploy import loadapp

from barbican_like.common.errors import ConfigurationError
from barbican_like.http.edge.measuring import ROUTE
from barbican_like.http.middleware import context
from barbican_like.http.middleware.browsers import guarded
from barbican_like.http.middleware.doors import Doors
from barbican_like.http.middleware.mounts import Mounts

WsgiApp = Callable[..., Any]
_PASTE_FILE = Path(__file__).parents[2] / "etc" / "barbican" / "barbican-api-paste.ini"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What the factories build from."""

    applications: Mapping[str, Callable[[], WsgiApp]]  # by prefix: all that can be served
    conf: cfg.ConfigOpts
    names: tuple[str, ...] = ()  # of the server, beside those of the API


_ASSEMBLY: ContextVar[Assembly] = ContextVar("assembly")


def load(assembly: Assembly) -> WsgiApp:
    """The whole WSGI application, as the paste file says.

    :raises ConfigurationError: when the paste file is missing or names something that is not there, or an
        option of a filter is wrong.
    """
    path = Path(assembly.conf.api.paste_file or _PASTE_FILE).absolute()
    if not path.is_file():
        raise ConfigurationError(f"[api] paste_file: there is no file {path}")
    with _building(assembly):
        try:
            application: WsgiApp = loadapp(f"config:{path}", name="main")
        except LookupError as error:
            raise ConfigurationError(f"paste file {path}: {error}") from error
        except cfg.Error as error:  # of options that a filter has registered
            raise ConfigurationError(f"configuration: {error}") from error
    # Here and not in the paste file, of which operators keep copies: no way of an open API goes past it.
    return guarded(application, assembly.conf, assembly.names)


@contextmanager
def _building(assembly: Assembly) -> Iterator[None]:
    token = _ASSEMBLY.set(assembly)
    try:
        yield
    finally:
        _ASSEMBLY.reset(token)


def mounts(loader: Any, _global_conf: dict[str, str], **paths: str) -> WsgiApp:
    """Composite: sends a request to the application mounted at the start of its path."""
    return Mounts({path: loader.get_app(name) for path, name in paths.items()})


def by_credentials(
    loader: Any, _global_conf: dict[str, str], *, calls: str, anonymous: str, others: str
) -> WsgiApp:
    """Composite: some calls, where they bring no credentials, go another way than all others.

    :param calls: each as ``METHOD /path``, separated by commas; what is below a path is meant too.
    """
    known = [tuple(call.split()) for call in calls.split(",")]
    return Doors(loader.get_app(others), loader.get_app(anonymous), known)


def by_authentication(loader: Any, _global_conf: dict[str, str], **pipelines: str) -> WsgiApp:
    """Composite: the pipeline that ``[api] auth`` names."""
    application: WsgiApp = loader.get_app(pipelines[_ASSEMBLY.get().conf.api.auth])
    return application


def by_option(loader: Any, _global_conf: dict[str, str], *, option: str, yes: str, no: str) -> WsgiApp:
    """Composite: one of two applications, as a flag of barbican.conf says.

    :param option: section and name, such as ``operations metrics_open``.
    """
    section, name = option.split()
    application: WsgiApp = loader.get_app(yes if _ASSEMBLY.get().conf[section][name] else no)
    return application


def room_app(_global_conf: dict[str, str], *, prefix: str) -> WsgiApp:
    """What a room serves below a prefix.

    :param prefix: such as ``/v1``; the composite ``main`` mounts it at the same.
    :raises ConfigurationError: when no room serves anything there.
    """
    applications = _ASSEMBLY.get().applications
    if prefix not in applications:
        raise ConfigurationError(f"paste file: prefix = {prefix}: there are {sorted(applications)}")
    return applications[prefix]()


def healthcheck(_global_conf: dict[str, str], **_local_conf: str) -> WsgiApp:
    """oslo.middleware's healthcheck: 200, or 503 while the file of ``[healthcheck]`` exists.

    It has no context, which gives other answers their request id.
    """
    conf = _ASSEMBLY.get().conf
    conf.register_opts(HEALTHCHECK_OPTS, group="healthcheck")
    conf.set_default("backends", ["disable_by_file"], group="healthcheck")
    return _routed(RequestId(Healthcheck(None, conf), conf), "/healthcheck")


def _routed(application: WsgiApp, route: str) -> WsgiApp:
    """An application of somebody else's, whose requests are counted under a route."""

    def routed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ[ROUTE] = route
        return application(environ, start_response)

    return routed


def cors(_global_conf: dict[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: ``[cors]``."""
    # Imported here, as the two filters below: few installations use them.
    from barbican_like.http.middleware.cors import with_cors

    conf = _ASSEMBLY.get().conf
    return lambda application: with_cors(application, conf)


def http_proxy_to_wsgi(_global_conf: dict[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: a proxy's headers, if ``[oslo_middleware] enable_proxy_headers_parsing`` says so."""
    from barbican_like.http.middleware.proxy import behind_proxy

    conf = _ASSEMBLY.get().conf
    return lambda application: behind_proxy(application, conf)


def audit(_global_conf: dict[str, str], **local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: audit events, by the ``audit_map_file`` of its section."""
    # It takes half a second, as keystonemiddleware does.
    from barbican_like.http.middleware.audit import Audit

    conf = _ASSEMBLY.get().conf
    return lambda application: Audit(application, conf, local_conf)


def anonymous_context(_global_conf: dict[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: nobody in particular."""
    return context.AnonymousContext


def unauthenticated_context(_global_conf: dict[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: whoever the headers say."""
    return context.UnauthenticatedContext


def keystone_context(_global_conf: dict[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: whoever Keystone says."""
    # Imported here: keystonemiddleware takes half a second, and only this pipeline uses it.
    from barbican_like.http.middleware.keystone import authenticated

    conf = _ASSEMBLY.get().conf
    return lambda application: authenticated(application, conf)


def basic_context(_global_conf: dict[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Filter: whoever knows a password of the htpasswd file."""
    # Imported here: bcrypt is needed by this pipeline only.
    from barbican_like.http.middleware.basic import BasicContext

    file = _ASSEMBLY.get().conf.api.htpasswd_file
    if not file:
        raise ConfigurationError("[api] htpasswd_file is needed for auth = basic")
    return lambda application: BasicContext(application, Path(file))
