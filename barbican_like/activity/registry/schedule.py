"""The times of a lease: a start, a duration and an end, any two of which make the third."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from barbican_like.activity.registry.values import LAST_SECOND


class BadTimes(ValueError):
    """Times that do not fit together.

    :param field: the one to change.
    """

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(reason)


class Span(NamedTuple):
    """When a lease holds: from its start until just before its end."""

    start_time: int  # unix seconds
    duration: int  # seconds
    end_time: int  # unix seconds


def check(values: Mapping[str, Any]) -> None:
    """Do nothing where times can be made of these, whatever the time is by then.

    :raises BadTimes: otherwise.
    """
    if values.get("start_time"):
        span(values, 0)
    elif values.get("duration") is None and values.get("end_time") is None:
        raise BadTimes("duration", "is needed, or end_time")


def span(values: Mapping[str, Any], now: int) -> Span:
    """The times of a lease that begins now or as it says.

    :param values: any of the three properties.
    :param now: unix seconds.
    :raises BadTimes: where they do not fit together.
    """
    start: int = values.get("start_time") or 0
    duration, end = values.get("duration"), values.get("end_time")
    if end is None:
        if duration is None:
            raise BadTimes("duration", "is needed, or end_time")
        start = start or now
        end = start + duration
    elif not start:
        start = now if duration is None else end - duration
    if start < 0 or end <= start:
        raise BadTimes("end_time", "is not after the start")
    if end > LAST_SECOND:
        raise BadTimes("duration", "reaches beyond the year 9999")
    if duration is not None and start + duration != end:
        raise BadTimes("end_time", "is not the start and the duration together")
    return Span(start, end - start, end)


def moved(before: Mapping[str, Any], changes: Mapping[str, Any], now: int) -> Span:
    """The times of a lease some of whose times change: a new start keeps the duration, unless more is said.

    :param before: the lease's properties.
    :param changes: new ones; None is as if it was not said.
    :raises BadTimes: where they do not fit together.
    """
    said = {name: value for name, value in changes.items() if value is not None}
    if "duration" not in said and "end_time" not in said:
        said["duration"] = before["duration"]
    if "start_time" not in said:
        said["start_time"] = before["start_time"]
    return span(said, now)
