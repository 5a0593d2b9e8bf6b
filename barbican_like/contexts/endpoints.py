"""Endpoints of a bus: ``tcp://host:port`` or ``ipc://path``."""

from __future__ import annotations

import ipaddress


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
