"""Where the gateway of the live feed is: rooms that send clients there do not know each other."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError

HOST: Final = "{host}"
"""What stands in the gateway's address for the name by which a client calls this machine."""

_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  recognised here, bound nowhere


def gateway_place(conf: cfg.ConfigOpts) -> tuple[str, int]:
    """The host and the port that the gateway listens on."""
    port = conf.live.port
    return str(conf.live.host or conf.api.host), int(conf.api.port + 1 if port is None else port)


def public_url(conf: cfg.ConfigOpts) -> SplitResult | None:
    """The address by which the configuration says that clients call the gateway.

    :raises ConfigurationError: when it is none.
    """
    if not conf.live.url:
        return None
    with suppress(ValueError):
        found = urlsplit(str(conf.live.url))
        if found.scheme in {"http", "https"} and found.hostname:
            return found
    raise ConfigurationError(f"[live] url {conf.live.url}: it is no address such as https://live.example")


def live_url(conf: cfg.ConfigOpts) -> str:
    """The gateway's address for clients, without a slash at its end; blank where there is none.

    It has :data:`HOST` in it where the gateway listens at every address of the machine.
    """
    if conf.live.url or not conf.live.enable:
        return str(conf.live.url or "").rstrip("/")
    host, port = gateway_place(conf)
    if host in _EVERYWHERE:
        return f"http://{HOST}:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
