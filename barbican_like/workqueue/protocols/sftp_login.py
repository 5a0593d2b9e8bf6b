"""Who a machine is that is reached by SSH, and how one logs in there."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncssh

from barbican_like.workqueue.protocols.sftp_keys import CIPHERS, host_keys, private_key

_LOGIN_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a site is, and how it shows that it is itself."""

    host: str
    port: int
    root: bytes  # an absolute path
    host_keys: tuple[str, ...]


async def log_in(
    connection: socket.socket, address: Address, credential: Mapping[str, str]
) -> asyncssh.SSHClientConnection:
    """A session with the machine, over a connection to it.

    :param credential: ``username`` with ``password``, or with ``private_key`` and perhaps its ``passphrase``.
    """
    keys = host_keys(address.host_keys)
    shown: dict[str, Any] = {"client_keys": None, "password": credential.get("password")}
    if "private_key" in credential:
        shown = {"client_keys": [private_key(credential)], "password": None}
    return await asyncssh.connect(
        address.host,
        sock=connection,
        username=credential.get("username", ""),
        known_hosts=(keys, [], []),
        config=None,
        agent_path=None,
        gss_host=None,
        encryption_algs=list(CIPHERS),
        compression_algs=None,
        login_timeout=_LOGIN_SECONDS,
        keepalive_interval=15,
        **shown,
    )
