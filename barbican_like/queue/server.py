"""The worker's side of the task fabric: ready rows become claims, and claims tries in lanes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from barbican_like.common import log
from barbican_like.common.errors import TimeLimitReached, WorkerStops
from barbican_like.queue.claims import Claims
from barbican_like.queue.kinds import TaskKind
from barbican_like.queue.lanes import Lane
from barbican_like.queue.measuring import Measure, unmeasured
from barbican_like.queue.outcome import Outcome
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask
from barbican_like.queue.transport import Listener, WakeUp

_LOG = logging.getLogger(__name__)
_GRACE: Final = 1.0  # seconds that a run has to notice that its time is over, or that the worker stops


class Tasks:
    """Every kind of task that this process knows, each a method of the kind's name.

    ``tasks.process_type_order(order_id)`` claims the open task of that kind for the entity, tries it in this
    thread and returns how that ended; None when it is done, claimed by another, or not ready.

    :param claims: this process's claims.
    :param tasks: what does each kind.
    """

    def __init__(self, claims: Claims, tasks: Mapping[TaskKind, BaseTask[Any, Any]]) -> None:
        self._claims = claims
        self.by_kind: Mapping[TaskKind, BaseTask[Any, Any]] = dict(tasks)
        self.kinds: Mapping[str, TaskKind] = {kind.name: kind for kind in tasks}
        for kind in tasks:
            setattr(self, kind.name, partial(self._process, kind))

    def _process(self, kind: TaskKind, entity_id: str) -> Outcome | None:
        run = self._claims.take_one(kind, entity_id)
        return None if run is None else self.by_kind[kind].process_and_suppress_exceptions(run)


class Worker:
    """Fills lanes with claimed tasks.

    :param lanes: the lanes served, each with its number of threads; kinds of other lanes are left to others.
    :param listeners: where wake-ups come from.
    """

    def __init__(
        self, tasks: Tasks, claims: Claims, *, lanes: Mapping[str, int], listeners: Sequence[Listener]
    ) -> None:
        self._tasks = tasks
        self._claims = claims
        self._listeners = listeners
        self.woken = threading.Event()  # there may be something to claim
        self.known = set(tasks.kinds)
        self.kinds = {name: kind for name, kind in tasks.kinds.items() if kind.lane in lanes}
        short = {kind.lane for kind in self.kinds.values() if kind.together > 1}
        self._lanes = {
            name: Lane(name, threads, self._work, self.woken.set, ahead=name in short)
            for name, threads in lanes.items()
        }
        self.on_outcome: Callable[[str, str, Outcome | None], None] = _ignore
        self.measure: Measure = unmeasured

    def start(self) -> None:
        """Begin to claim and to listen."""
        self._claims.lease.start()
        for lane in self._lanes.values():
            lane.start()
        for listener in self._listeners:
            listener.start(self.deliver)

    def stop(self) -> None:
        """Take nothing new, give what is at work a moment to end, and hand the rest back."""
        for listener in self._listeners:
            listener.stop()
        for run in self._claims.held():
            run.interrupt(WorkerStops)
        deadline = time.monotonic() + _GRACE
        ended = [lane.stop(deadline - time.monotonic()) for lane in self._lanes.values()]
        if not all(ended):
            log.event(_LOG, "worker.stops_with_work", logging.WARNING, tasks=len(self._claims.held()))
        self._claims.lease.stop()

    def deliver(self, wake_up: WakeUp) -> None:
        """Take a wake-up; one that names no known kind is logged and dropped."""
        if wake_up.method not in self._tasks.kinds:
            log.event(_LOG, "wakeup.unknown", logging.WARNING, method=wake_up.method)
            return
        self.woken.set()

    def fill(self, name: str) -> int:
        """Claim ready tasks of a kind, as many as its lane has room for; returns how many."""
        kind = self.kinds[name]
        lane = self._lanes[kind.lane]
        room = lane.room()
        if room == 0:
            return 0
        runs = self._claims.take(kind, room * kind.together)
        if len(runs) >= room * kind.together or any(run.task.losses > 0 for run in runs):
            lane.expect_more()
        for job in _jobs(runs, kind.together):
            lane.put(job)
        return len(runs)

    def end_overdue(self) -> None:
        """Give up the threads of runs whose time was over a moment ago; their tasks are tried again."""
        late = time.monotonic() - _GRACE
        for lane in self._lanes.values():
            for job in lane.jobs():
                if any(run.deadline < late for run in job.runs):
                    lane.abandon(job)
                    self._end_abandoned(job.runs, late)

    def _end_abandoned(self, runs: Sequence[Run], late: float) -> None:
        held = self._claims.held()
        for run in runs:
            if run in held:
                run.interrupt(TimeLimitReached)
                error = TimeLimitReached() if run.deadline < late else WorkerStops()
                outcome = self._tasks.by_kind[run.kind].end(run, error)
                self.on_outcome(run.task.name, run.task.entity_id, outcome)

    def _work(self, runs: Sequence[Run]) -> None:
        begun = time.monotonic()
        try:
            outcomes = self._tasks.by_kind[runs[0].kind].process_together(runs)
        finally:  # also where a defect ends it: then the watch finds the rows
            for run in runs:
                self._claims.forget(run)
        seconds = time.monotonic() - begun  # also of each of those that share a commit: none has ended before
        for run, outcome in zip(runs, outcomes, strict=True):
            self.measure(run.task.name, outcome, seconds)
            self.on_outcome(run.task.name, run.task.entity_id, outcome)


def _jobs(runs: Sequence[Run], together: int) -> Sequence[Sequence[Run]]:
    """Runs as jobs: one that has been tried before is worked alone, so that it harms no other."""
    alone = [run for run in runs if run.task.attempts > 1]
    others = [run for run in runs if run.task.attempts == 1]
    return [others[n : n + together] for n in range(0, len(others), together)] + [[run] for run in alone]


def _ignore(_name: str, _entity_id: str, _outcome: Outcome | None) -> None:
    """The listener of nobody."""
