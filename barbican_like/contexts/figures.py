"""What operators see of the processes: those of the program's own context, and services that have failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import time
from typing import Any, Final

from barbican_like.common.errors import NotFound, Overloaded
from barbican_like.common.figures import MOST_TROUBLES, Figures, ProcessFigure, Trouble
from barbican_like.contexts.models import FailedService
from barbican_like.contexts.monitor import proc
from barbican_like.contexts.places import Place
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.service import Providers
from barbican_like.contexts.states import ServiceState, Wish
from barbican_like.model.unit_of_work import Reading

_BAD: Final = frozenset({ServiceState.BACKOFF, ServiceState.EXITED, ServiceState.FAILED, ServiceState.FATAL})
_S: Final = ServiceState
SUPERVISOR: Final = "supervisor"
"""What the process that keeps the others is called, as `status` calls it."""


def figures(places: Sequence[Place], view: Reading) -> Figures:
    """The processes of the program's own context as its supervisor has them now.

    :param places: the first is the program's own.
    """
    failed = view.of(ContextRepo).failed_services(MOST_TROUBLES)
    information, own = _own(places)
    # What is true now of the own context, the rows of a former start may say otherwise.
    troubles = [_failed(row) for row in failed if row.transaction != own]
    if information is None:
        return Figures(troubles=tuple(troubles))
    tasks = sorted(information["tasks"], key=lambda task: str(task["service_id"]))
    started = _started(information["pid"])
    supervisor = ProcessFigure(
        name=SUPERVISOR,
        state=ServiceState.RUNNING,
        desired=Wish.UP,
        pid=information["pid"],
        since=started,
        restarts=0,
        has_failed=False,
    )
    troubles += [_trouble(task) for task in tasks if task["state"] in {_S.FATAL, _S.BACKOFF}]
    return Figures(processes=(supervisor, *map(_process, tasks)), troubles=tuple(troubles), started=started)


def _own(places: Sequence[Place]) -> tuple[Mapping[str, Any] | None, str | None]:
    """What the program's own supervisor says, None where none answers; and its transaction."""
    launch = places[0].launch()
    if launch is None or launch.transaction is None:
        return None, None
    try:
        reached = Providers(places[:1]).reach(launch.transaction, is_known=False)
    except (NotFound, Overloaded):
        return None, launch.transaction
    return reached.information, launch.transaction


def _process(task: Mapping[str, Any]) -> ProcessFigure:
    return ProcessFigure(
        name=task["service_id"],
        state=task["state"],
        desired=task["desired"],
        pid=task["pid"],
        since=_moment(task["since"]),
        restarts=task["restarts"],
        has_failed=task["state"] in _BAD,
    )


def _trouble(task: Mapping[str, Any]) -> Trouble:
    reason = f"is {task['state']} after {task['restarts']} restarts"
    return Trouble(
        object="services", id=task["service_id"], reason=reason, since=_at(task["since"] or time())
    )


def _failed(row: FailedService) -> Trouble:
    return Trouble(
        object="services",
        id=f"{row.transaction}/{row.service_id}",
        reason=f"{row.name} is {row.state} after {row.restarts} restarts",
        since=row.since,
    )


def _started(pid: int) -> datetime | None:
    process = proc.look_at(pid)
    return None if process is None else _at(time() - proc.since_boot() + process.started / proc.TICKS)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else _at(seconds)


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
