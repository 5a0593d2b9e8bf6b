"""What rooms say of themselves to operators: how many of what there are, what runs, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many things of a sort there are in one status."""

    object: str  # the sort, in the plural, such as orders
    status: str | None = None  # None where such things have none
    number: int
    oldest: datetime | None = None  # of those that are unfinished: since when the oldest of them waits


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigure:
    """A process of this program, or a place for one that does not run now."""

    name: str  # as `status` shows it, such as worker-1
    state: str  # as its supervisor has it
    desired: str  # up or down
    pid: int | None
    since: datetime | None  # of the state
    restarts: int
    has_failed: bool  # whether it is not as it should be, and that is no wish of an operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that failed and wants an operator's attention. Its reason holds no secret."""

    object: str  # the sort, in the plural, such as orders
    id: str
    project_id: str | None = None
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that a room has to say, or all rooms have."""

    tallies: tuple[Tally, ...] = ()
    processes: tuple[ProcessFigure, ...] = ()
    troubles: tuple[Trouble, ...] = ()  # of each sort the newest few
    started: datetime | None = None  # the supervisor of the processes
    last_change: int | None = None  # the last number of the feed

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Those of several rooms."""
        every = tuple(parts)
        return cls(
            tallies=tuple(tally for part in every for tally in part.tallies),
            processes=tuple(process for part in every for process in part.processes),
            troubles=tuple(trouble for part in every for trouble in part.troubles),
            started=next((part.started for part in every if part.started is not None), None),
            last_change=next((part.last_change for part in every if part.last_change is not None), None),
        )


MOST_TROUBLES = 20
"""Of each sort, what a room names at most."""
