"""The paste factories of the key manager's own applications.

A paste file that was written before the frame had a package of its own names all of its factories
here; so those of the frame have their old names here too, and such a file keeps its meaning.
"""

from __future__ import annotations

from barbican_like.api.routes import PREFIX
from barbican_like.http import paste
from barbican_like.http.paste import (
    WsgiApp,
    anonymous_context,
    audit,
    basic_context,
    by_authentication,
    cors,
    healthcheck,
    http_proxy_to_wsgi,
    keystone_context,
    mounts,
    unauthenticated_context,
)

__all__ = [
    "anonymous_context",
    "audit",
    "basic_context",
    "by_authentication",
    "cors",
    "create_main_app",
    "create_version_app",
    "healthcheck",
    "http_proxy_to_wsgi",
    "keystone_context",
    "mounts",
    "unauthenticated_context",
]


def create_main_app(global_conf: dict[str, str], **_local_conf: str) -> WsgiApp:
    """The key manager, below ``/v1``."""
    return paste.room_app(global_conf, prefix=PREFIX)


def create_version_app(global_conf: dict[str, str], **_local_conf: str) -> WsgiApp:
    """The version document, at ``/``."""
    return paste.room_app(global_conf, prefix="/")
