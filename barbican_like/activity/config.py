"""The room's options."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oslo_config import cfg

from barbican_like.common import config
from barbican_like.common.config import Groups

_ACTIVITY: Final = [
    cfg.IntOpt(
        "token_ttl",
        default=3_600,
        min=1,
        help="Seconds that a token of POST /usertoken lasts at most.",
    ),
    cfg.IntOpt(
        "retention",
        default=604_800,
        min=60,
        help="Seconds for which the feed keeps a change. A reader that was away for longer begins anew.",
    ),
]

_LIVE: Final = [
    cfg.BoolOpt("enable", default=False, help="Let bin/barbican.sh start the gateway of the live feed too."),
    cfg.StrOpt("host", default="127.0.0.1", help="Address that the gateway listens on."),
    cfg.PortOpt("port", default=9312, help="Port that the gateway listens on."),
    cfg.StrOpt(
        "url",
        help="Address of the gateway as clients reach it, such as https://live.example. "
        "Unset: that of its host and port where it is enabled, else there is none.",
    ),
]


def feed_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder of the gateways' wake-up sockets."""
    return config.data_folder(conf) / "run" / "feed"


def live_url(conf: cfg.ConfigOpts) -> str:
    """The gateway's address for clients, without a slash at its end; blank where there is none."""
    host = f"[{conf.live.host}]" if ":" in conf.live.host else conf.live.host
    own = f"http://{host}:{conf.live.port}" if conf.live.enable else ""
    return str(conf.live.url or own).rstrip("/")


GROUPS: Final[Groups] = {"activity": _ACTIVITY, "live": _LIVE}
"""By section."""
