"""Addresses that servers listen on."""

from __future__ import annotations

import ipaddress
import socket

from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError


def safe_address(conf: cfg.ConfigOpts, section: str = "api", host: str | None = None) -> str:
    """The IP address to listen on; what lets anyone in is not offered to other machines.

    :param section: whose option ``host`` counts.
    :param host: what it says where it is not set.
    :raises ConfigurationError: for a host without an address, and where other machines could reach a
        server that lets anyone in, unless the operator has said that this is meant.
    """
    host = conf[section].host or host
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigurationError(f"[{section}] host {host}: {error.strerror}") from error
    address = str(found[0][4][0])
    if conf.api.auth == "noauth" and not conf.api.allow_remote_noauth and not _is_loopback(address):
        raise ConfigurationError(
            f"[{section}] host {host} can be reached by other machines, and auth = noauth lets anyone in: "
            "choose another auth, listen on 127.0.0.1, or set [api] allow_remote_noauth = true"
        )
    return address


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
