"""What the room's controllers are given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a controller may use besides the frame."""

    live_url: str  # the gateway's address; blank where there is none
