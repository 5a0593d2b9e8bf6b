"""Endpoints of a bus, ``tcp://host:port`` or ``ipc://path``, and where its provider takes commands."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from barbican_like.common.errors import ConfigurationError


def host_and_port(endpoint: str) -> tuple[str, int | None]:
    """Where it is; of ``ipc`` the path, and no port. An IPv6 address keeps its brackets."""
    scheme, _, rest = endpoint.partition("://")
    if scheme == "ipc":
        return rest, None
    host, _, port = rest.rpartition(":")
    return host, int(port)


def needs_curve(endpoint: str) -> bool:
    """Whether other machines may be at the other end: then who connects must show a key."""
    host, port = host_and_port(endpoint)
    if port is None or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return True


def socket_folder() -> Path:
    """Where this user's providers take commands."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"barbican-contexts-{os.geteuid()}"  # noqa: S108


def command_socket(endpoint: str) -> Path:
    """Where the provider takes commands that publishers reach at an endpoint.

    :raises ConfigurationError: for an endpoint that has no port.
    """
    port = host_and_port(endpoint)[1]
    if port is None:
        raise ConfigurationError(f"{endpoint}: commands are taken by the port of an endpoint tcp://host:port")
    return socket_folder() / f"{port}.sock"
