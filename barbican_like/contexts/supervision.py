"""The rules of supervision, without any I/O: who starts, stops and starts again, and when.

The supervisor tells :class:`Supervision` what has happened, and that tells its :class:`Hands` what to do.
Times are readings of a monotonic clock in seconds. The states are in :mod:`barbican_like.contexts.states`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from barbican_like.contexts.definition import Restart, TaskService, Transition, TriggerAction
from barbican_like.contexts.states import SERVICE_MOVES, ServiceState, Wish

_S = ServiceState
FIRST_DELAY: Final = 0.25
LONGEST_DELAY: Final = 30.0
SPREAD: Final = 0.2
TRIGGER_PAUSE: Final = 1.0
"""A service is started by triggers at most once in so many seconds."""
NEVER: Final = float("inf")
_UNWANTED: Final = "not wanted any more"


@dataclass(slots=True, eq=False)
class Life:
    """One process of a service, from its start until nothing of it is left."""

    number: int  # counts the starts of the service
    heard: float  # when it said anything for the last time
    deadline: float = NEVER  # until then it must be ready, or have ended
    ready_at: float | None = None
    stopping: bool = False  # was asked to end
    is_closed: bool = False  # has closed its channel
    killed: str = ""  # why it was killed, if it was


@dataclass(slots=True, eq=False)
class Unit:
    """One service of one transaction, as it stands."""

    service: TaskService
    transaction: str
    state: ServiceState = _S.DEFINED
    wish: Wish = Wish.DOWN
    life: Life | None = None
    heir: Life | None = None  # in an overlap, the one that takes over when it is ready
    leaving: list[Life] = field(default_factory=list)  # after an overlap, those that have yet to end
    again: bool = False  # to end first, then to start
    not_before: float = 0.0  # the earliest time of the next start
    triggered: float = -NEVER  # the time of the last start by a trigger
    ran: float = 0.0  # seconds that its earlier lives were RUNNING
    ends: list[float] = field(default_factory=list)  # readings of `ran` at unexpected ends
    lives: int = 0
    restarts: int = 0  # starts by its policy
    exit_code: int | None = None  # of the last life; negative for a signal
    reason: str = ""  # of the last unexpected end

    @property
    def is_stopping(self) -> bool:
        """Whether its process was asked to end, or is to be asked."""
        return self.life is not None and (self.wish is Wish.DOWN or self.again or self.life.stopping)

    @property
    def is_coming(self) -> bool:
        """Whether it runs or will without being asked again."""
        coming = self.state in {_S.STARTING, _S.RUNNING, _S.BACKOFF}
        return coming and self.wish is Wish.UP and not self.is_stopping

    @property
    def is_there(self) -> bool:
        """Whether those that depend on it may start."""
        return self.state is _S.EXITED or (self.state is _S.RUNNING and not self.is_stopping)

    def all_lives(self) -> Iterator[Life]:
        """Every process of it that has not ended."""
        yield from (life for life in (self.life, self.heir, *self.leaving) if life is not None)


class Hands(Protocol):
    """What the rules have done."""

    def spawn(self, unit: Unit, life: Life) -> str:
        """Start its process; the reason when that cannot be done, else an empty text."""

    def terminate(self, unit: Unit, life: Life) -> None:
        """Ask the process to end."""

    def kill(self, unit: Unit, life: Life) -> None:
        """Kill its whole group."""

    def moved(self, unit: Unit, old: ServiceState) -> None:
        """Tell that a service is in another state."""

    def renewed(self, unit: Unit) -> None:
        """Tell that the heir of a service has taken over."""

    def updated(self, unit: Unit, items: dict[str, Any]) -> None:
        """Tell what a service says."""


class Supervision:
    """The services of all transactions.

    :param spread: gives a number from -1 to 1, which makes delays longer or shorter.
    """

    def __init__(self, hands: Hands, spread: Callable[[], float] | None = None) -> None:
        self.units: dict[tuple[str, str], Unit] = {}
        self.is_closed = False  # whether all is about to end, so that nothing shall start any more
        self._hands = hands
        # Nothing secret is drawn here.
        self._spread = spread or (lambda: random.uniform(-1, 1))  # noqa: S311

    def define(self, transaction: str, service: TaskService) -> Unit:
        """Add a service of a transaction."""
        unit = self.units[transaction, service.id] = Unit(service, transaction)
        return unit

    def named(self, transaction: str, name: str) -> list[Unit]:
        """The service of this id, or those that the file has under it."""
        of_it = (unit for unit in self.units.values() if unit.transaction == transaction)
        return [unit for unit in of_it if name in {unit.service.id, unit.service.group}]

    # What is asked of it.

    def start(self, unit: Unit, now: float) -> list[Unit]:
        """An operator wants it, and what it depends on; the counts of their failures begin anew.

        :return: the others that are started for it, whatever they had ended as.
        """
        seen: dict[Unit, bool] = {}
        self._start(unit, now, seen)
        return [other for other, is_started in seen.items() if is_started and other is not unit]

    def stop(self, unit: Unit) -> None:
        """An operator or a trigger wants it to end."""
        unit.wish, unit.again = Wish.DOWN, False

    def restart(self, unit: Unit, now: float) -> list[Unit]:
        """An operator wants it to end and to start; returns what :meth:`start` does."""
        if self.is_closed:
            return []
        unit.again = unit.life is not None
        return self.start(unit, now)

    def overlap(self, unit: Unit, now: float) -> bool:
        """Start one more process of it that takes over when it is ready; whether that was begun."""
        if self.is_closed or unit.state is not _S.RUNNING or unit.is_stopping or unit.heir is not None:
            return False
        unit.heir = self._new_life(unit, now)
        reason = self._hands.spawn(unit, unit.heir)
        if reason:
            unit.heir, unit.reason = None, reason
        return not reason

    # What has happened.

    def ready(self, unit: Unit, life: Life, now: float) -> None:
        """A process has said that it is ready."""
        if life.ready_at is not None or life.stopping or life.killed:
            return
        life.ready_at, life.heard, life.deadline = now, now, NEVER
        if life is unit.heir:
            self._succeed(unit, life, now)
        elif life is unit.life and unit.state is _S.STARTING:
            self._move(unit, _S.RUNNING)
            self._fire(unit, Transition.ON_START, now)

    def updated(self, unit: Unit, life: Life, items: dict[str, Any], now: float) -> None:
        """A running process has news."""
        if life is unit.life and unit.state is _S.RUNNING:
            self._hands.updated(unit, items)
            self._fire(unit, Transition.ON_UPDATE, now)

    def closed(self, unit: Unit, life: Life, now: float) -> None:
        """A process can no longer be spoken with: it has its time to end."""
        life.is_closed = True
        life.deadline = min(life.deadline, now + unit.service.stop_seconds)

    def condemn(self, unit: Unit, life: Life, reason: str) -> None:
        """Kill a process for a reason, once."""
        if not life.killed:
            life.killed, life.deadline = reason, NEVER
            self._hands.kill(unit, life)

    def ended(self, unit: Unit, life: Life, code: int, now: float, reason: str = "") -> None:
        """Nothing of a process is left."""
        if life in unit.leaving:
            unit.leaving.remove(life)
        elif life is unit.heir:
            unit.heir, unit.reason = None, life.killed or reason or _ending(code)
        elif life is unit.life:
            self._end(unit, life, code, now, reason)

    def tick(self, now: float) -> None:
        """Do what is due, then whatever follows from all that has happened."""
        for unit in self.units.values():
            for life in list(unit.all_lives()):
                if now >= self._limit(unit, life):
                    self.condemn(unit, life, _overdue(life))
        while sum(self._settle(unit, now) for unit in self.units.values()):
            pass

    def next_time(self) -> float:
        """When :meth:`tick` is due."""
        times = [self._limit(unit, life) for unit in self.units.values() for life in unit.all_lives()]
        times += [
            unit.not_before
            for unit in self.units.values()
            if unit.state is _S.BACKOFF
            or (unit.state is _S.STARTING and unit.life is None and self._may(unit))
        ]
        return min(times, default=NEVER)

    # How.

    def _limit(self, unit: Unit, life: Life) -> float:
        patience = unit.service.watchdog_seconds
        watched = patience and life.ready_at is not None and not life.stopping and not life.killed
        return min(life.deadline, life.heard + patience if watched else NEVER)

    def _start(self, unit: Unit, now: float, seen: dict[Unit, bool]) -> None:
        """Start one service and what it needs; `seen` has each that was looked at, and whether it starts."""
        is_coming = unit.is_coming and unit.state is not _S.BACKOFF
        if unit in seen or (is_coming and unit.life is not None):
            return
        seen[unit] = not is_coming
        unit.ends.clear()
        unit.not_before = now
        for name in unit.service.depends_on:
            other = self.units[unit.transaction, name]
            if not (is_coming and other.is_there):  # it waits for another one
                self._start(other, now, seen)
        self._want(unit)

    def _want(self, unit: Unit) -> None:
        """It shall run, and what it depends on; `not_before` says from when on."""
        if self.is_closed:
            return
        for name in unit.service.depends_on:
            other = self.units[unit.transaction, name]
            if not (other.is_there or other.is_coming or other.state is _S.FATAL):
                self._want(other)
        if unit.life is None:
            unit.wish = Wish.UP
            if unit.state is not _S.STARTING:
                self._move(unit, _S.STARTING)
            return
        # What was asked to end ends first; what was only about to be asked is not.
        unit.again = unit.again or unit.life.stopping
        unit.wish = Wish.UP

    def _settle(self, unit: Unit, now: float) -> bool:
        """One step that follows from how all stands; whether there was one."""
        if unit.life is not None:
            return self._settle_living(unit, now)
        if unit.state in {_S.STARTING, _S.BACKOFF, _S.FATAL} and unit.wish is Wish.DOWN:
            self._move(unit, _S.STOPPED)
        elif unit.state is _S.BACKOFF and now >= unit.not_before:
            unit.restarts += 1
            self._move(unit, _S.STARTING)
        elif unit.state is _S.STARTING and now >= unit.not_before and unit.heir is None and self._may(unit):
            unit.life = self._new_life(unit, now)
            reason = self._hands.spawn(unit, unit.life)
            if reason:
                self._end(unit, unit.life, 127, now, reason)
        else:
            return False
        return True

    def _settle_living(self, unit: Unit, now: float) -> bool:
        life = unit.life
        if life is None or life.stopping or life.killed or not unit.is_stopping:
            return False
        if any(other.is_stopping and self._depends(other, unit) for other in self.units.values()):
            return False  # they end in the reverse order
        self._ask_to_end(unit, life, now)
        if unit.heir is not None:
            self.condemn(unit, unit.heir, _UNWANTED)
        self._move(unit, _S.STOPPING)
        return True

    def _ask_to_end(self, unit: Unit, life: Life, now: float) -> None:
        life.stopping, life.deadline = True, now + unit.service.stop_seconds
        self._hands.terminate(unit, life)

    def _may(self, unit: Unit) -> bool:
        return all(self.units[unit.transaction, name].is_there for name in unit.service.depends_on)

    @staticmethod
    def _depends(one: Unit, other: Unit) -> bool:
        return one.transaction == other.transaction and other.service.id in one.service.depends_on

    def _new_life(self, unit: Unit, now: float) -> Life:
        unit.lives += 1
        return Life(number=unit.lives, heard=now, deadline=now + unit.service.start_seconds)

    def _succeed(self, unit: Unit, life: Life, now: float) -> None:
        """The heir is ready: it is the service now, and the old process drains."""
        old, unit.life, unit.heir = unit.life, life, None
        if old is not None:
            unit.leaving.append(old)
            unit.ran += now - (old.ready_at or now)
            self._ask_to_end(unit, old, now)
        self._hands.renewed(unit)

    def _end(self, unit: Unit, life: Life, code: int, now: float, reason: str) -> None:
        unit.life, unit.exit_code = None, code
        unit.ran += now - life.ready_at if life.ready_at is not None else 0
        asked = unit.state is _S.STOPPING
        unit.reason = "" if asked else life.killed or reason or _ending(code)
        if asked:
            self._move(unit, _S.STOPPED)
        elif unit.state is _S.RUNNING and code == 0 and not life.killed:
            self._move(unit, _S.EXITED)
        else:
            self._move(unit, _S.FAILED)
        again, unit.again = unit.again, False
        if unit.heir is not None and (again or asked or unit.wish is Wish.DOWN):
            self.condemn(unit, unit.heir, _UNWANTED)
        if again:
            self._want(unit)
        elif not asked and unit.wish is Wish.UP:
            failed = unit.state is _S.FAILED
            self._apply_policy(unit, now)
            self._fire(unit, Transition.ON_FAIL if failed else Transition.ON_EXIT, now)

    def _apply_policy(self, unit: Unit, now: float) -> None:
        """Seconds in which it was not RUNNING do not count: neither slow starts nor delays hide a loop."""
        service = unit.service
        failed = unit.state is _S.FAILED
        if failed or service.restart is Restart.PERMANENT:
            unit.ends = [*(end for end in unit.ends if end > unit.ran - service.period), unit.ran]
        if unit.heir is not None and unit.heir.ready_at is None and not unit.heir.killed:
            unit.life, unit.heir = unit.heir, None
            self._move(unit, _S.STARTING)
        elif len(unit.ends) > service.max_restarts and (failed or service.restart is Restart.PERMANENT):
            self._move(unit, _S.FATAL)
        elif service.restart is Restart.PERMANENT or (failed and service.restart is Restart.TRANSIENT):
            unit.not_before = now + self._delay(len(unit.ends))
            self._move(unit, _S.BACKOFF)

    def _delay(self, ends: int) -> float:
        if ends <= 1:
            return 0.0
        # The exponent is bounded, for a count may be as large as one likes.
        base = min(LONGEST_DELAY, FIRST_DELAY * float(1 << min(ends - 2, 10)))
        return base * (1 + SPREAD * self._spread())

    def _fire(self, unit: Unit, transition: Transition, now: float) -> None:
        trigger = unit.service.triggers.get(transition)
        if self.is_closed or trigger is None or trigger.action is TriggerAction.NONE:
            return
        for target in self.named(unit.transaction, trigger.call):
            if trigger.action is TriggerAction.STOP:
                self.stop(target)
            elif trigger.action is TriggerAction.RESTART and target.life is not None:
                target.again = True
                self._start_by_trigger(target, now)
            elif not target.is_coming and target.state is not _S.FATAL:
                self._start_by_trigger(target, now)

    def _start_by_trigger(self, target: Unit, now: float) -> None:
        if target.triggered <= now:  # else a start is due already, and is for this one too
            target.triggered = max(now, target.triggered + TRIGGER_PAUSE)
        target.not_before = target.triggered
        self._want(target)

    def _move(self, unit: Unit, new: ServiceState) -> None:
        SERVICE_MOVES.require(unit.state, new)
        old, unit.state = unit.state, new
        self._hands.moved(unit, old)


def _overdue(life: Life) -> str:
    if life.stopping:
        return "did not end in time"
    if life.is_closed:
        return "closed its channel and did not end"
    return "was not ready in time" if life.ready_at is None else "was silent for too long"


def _ending(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"ended with code {code}"
