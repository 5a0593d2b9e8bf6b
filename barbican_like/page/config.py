"""The room's options."""

from __future__ import annotations

from typing import Final

from oslo_config import cfg

from barbican_like.common.config import Groups

_OPTIONS: Final = [
    cfg.BoolOpt("ui", default=True, help="Serve the page at /ui. False: there is nothing."),
    cfg.IntOpt(
        "ui_idle_timeout",
        default=1_800,
        min=30,
        max=2_000_000,  # a browser's timer takes no more
        help="Seconds without a key or a click after which the page signs its user out.",
    ),
]

GROUPS: Final[Groups] = {"api": _OPTIONS}
"""By section."""
