"""The room's options."""

from __future__ import annotations

from typing import Final

from oslo_config import cfg

from barbican_like.common.config import Groups

_ACTIVITY: Final = [
    cfg.IntOpt(
        "retention",
        default=604_800,
        min=60,
        help="Seconds for which the feed keeps a change. A reader that was away for longer begins anew.",
    ),
]

_LIVE: Final = [
    cfg.StrOpt(
        "url",
        help="Address of the gateway as clients reach it, such as http://keys.example:9312; "
        "`feed=eventsource` is sent there. Unset: it is refused.",
    ),
]

GROUPS: Final[Groups] = {"activity": _ACTIVITY, "live": _LIVE}
"""By section."""
