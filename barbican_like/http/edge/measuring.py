"""Counts requests by method, route and status, with the time that each took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from barbican_like.common.meters import REQUEST
from barbican_like.common.meters.writing import Meters

ROUTE: Final = "barbican_like.route"
"""Where the dispatch leaves the template of a request's route in the WSGI environment."""
NOWHERE: Final = "(none)"
"""The route of a request that was answered before it had one, or that leads nowhere."""

Measure = Callable[[str, str, int, float], None]
"""Told of each request: method, route, status, seconds."""
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_OTHER: Final = "(other)"  # callers may write any word


def measure_by(meters: Meters) -> Measure:
    """What notes requests in a process's meters."""
    note = meters.note

    def measure(method: str, route: str, status: int, seconds: float) -> None:
        note((REQUEST, method if method in _METHODS else _OTHER, route, status), seconds)

    return measure


def unmeasured(_method: str, _route: str, _status: int, _seconds: float) -> None:
    """The measure of who counts nothing."""
