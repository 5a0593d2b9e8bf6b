"""What the commands do, and what each of them waits for.

A command is ``{action, transaction, task_id, service_id, timeout, wait, with}``; all but the action may be
left out. An action is start, stop, restart, reload, exit, request or top; a ``task_id`` is an id, the name of
a group, or ``all``. Its acknowledgement is
``{header: {action, service_name, service_id, transaction, task_id, result}, content}``. The result is success
or failure; the content tells of the services that were meant and, behind them, of those that a start or
restart has started for them; that of a failure is ``{error, kind, service_id}``, the kind ``usage``,
``unknown``, ``refused``, ``failed`` or ``late``.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import string
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from barbican_like.contexts.definition import Reload, Transition
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.tasks_shown import context_information, task
from barbican_like.contexts.told import is_own

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from barbican_like.contexts.launch import Launch
    from barbican_like.contexts.shortage import Shortage
    from barbican_like.contexts.supervision import Supervision, Unit
    from barbican_like.contexts.told import Told
    from barbican_like.contexts.transactions import Transactions

TIMEOUT: Final = 30.0
LONGEST: Final = 86_400.0
"""Seconds that a caller may wait."""
ALL: Final = "all"
_ACTIONS: Final = frozenset({"start", "stop", "restart", "reload", "exit", "request", "top"})
_TRANSACTION: Final = re.compile(r"[A-Z0-9]{20}")
_ALPHABET: Final = string.ascii_uppercase + string.digits
_S = ServiceState

Work = Generator[None, None, dict[str, Any]]
"""A command under way: looked at in each turn, until it returns the acknowledgement's content."""


class Commanded(Protocol):
    """The supervisor, as commands see it."""

    launch: Launch
    rules: Supervision
    told: Told
    transactions: Transactions
    shortage: Shortage
    is_ending: bool
    fault: str  # why wishes cannot be kept; empty when they can

    def end(self) -> None:
        """End all services, then itself."""

    def pid_of(self, unit: Unit) -> int | None:
        """The process of a service."""

    def tell_bus(self, word: str, **fields: object) -> bool:
        """Send a message to the bus; whether there is one that takes it."""

    def watch(self, file: int | socket.socket, handler: Callable[[], None]) -> None:
        """Call a handler whenever there is something to read."""

    def unwatch(self, file: int | socket.socket) -> None:
        """Stop that."""


class Refusal(Exception):
    """Why a command is not done."""

    def __init__(self, kind: str, why: str, unit: Unit | None = None) -> None:
        super().__init__(why)
        self.kind = kind
        self.service_id = "" if unit is None else unit.service.id  # that of which it is told


@dataclass(slots=True, eq=False)
class Pending:
    """A command that was accepted."""

    command: dict[str, Any]
    transaction: str
    deadline: float
    work: Work | None = None
    waiting: set[Unit] = field(default_factory=set)  # for them to be ready
    failed: list[Unit] = field(default_factory=list)  # of those
    others: list[Unit] = field(default_factory=list)  # that are started for those that were asked for

    def moved(self, unit: Unit) -> None:
        """Note what became of a service."""
        if unit not in self.waiting or unit.again:
            return
        if unit.state in {_S.RUNNING, _S.EXITED}:
            self.waiting.discard(unit)
        elif unit.state in {_S.FAILED, _S.FATAL, _S.STOPPED}:
            self.failed.append(unit)


class Commands:
    """Does what is asked of a supervisor."""

    def __init__(self, supervisor: Commanded) -> None:
        self._supervisor = supervisor
        self._rules = supervisor.rules
        self._answers: dict[int, dict[str, Any]] = {}
        self._questions = 0

    def begin(self, line: bytes) -> Pending | dict[str, Any]:
        """Take one command: what it waits for, or the acknowledgement of one that was refused."""
        command: dict[str, Any] = {}
        transaction = ""
        try:
            command = _parsed(line)
            transaction = self._transaction_of(command)
            pending = Pending(command, transaction, time.monotonic() + float(command["timeout"]))
            pending.work = self._work(pending)
        except Refusal as refusal:
            return self._header(command, transaction, refusal)
        self._supervisor.told.announcer.command(command["action"], transaction, command["task_id"])
        return pending

    def go_on(self, pending: Pending, now: float) -> dict[str, Any] | None:
        """The acknowledgement, once there is one."""
        command, transaction = pending.command, pending.transaction
        if pending.work is None:
            return None
        try:
            next(pending.work)
        except StopIteration as done:
            pending.work = None
            return self._header(command, transaction) | {"content": done.value}
        except Refusal as refusal:
            pending.work = None
            return self._header(command, transaction, refusal)
        if not command["wait"]:
            units = [*self._chosen(command, transaction), *pending.others]
            return self._header(command, transaction) | {"content": {"tasks": self._shown(units)}}
        if now >= pending.deadline:
            late = Refusal("late", f"not done in {command['timeout']:g} seconds")
            return self._header(command, transaction, late)
        return None

    def goes_on(self, pending: Pending) -> bool:
        """Go on with a command that nobody waits for any more; whether there is more to do."""
        try:
            next(pending.work or iter(()))
        except (StopIteration, Refusal):
            return False
        return True

    def answered_safely(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The acknowledgement that may be given: no success while what was wished cannot be kept."""
        fault = self._supervisor.fault
        if not fault or answer["header"]["action"] not in {"start", "stop", "restart"}:
            return answer
        header = {**answer["header"], "result": "failure"}
        return {"header": header, "content": {"error": fault, "kind": "failed", "service_id": ""}}

    def answered(self, message: dict[str, Any]) -> None:
        """The bus has answered a question."""
        number = message.get("number")
        if isinstance(number, int):
            self._answers[number] = message

    def forget_answers(self) -> None:
        """Each has been looked at by who asked, if that one still waits."""
        self._answers.clear()

    def _header(
        self, command: dict[str, Any], transaction: str, refusal: Refusal | None = None
    ) -> dict[str, Any]:
        header = {
            "action": command.get("action", ""),
            "service_name": "context",
            "service_id": self._supervisor.launch.context.context_id,
            "transaction": transaction,
            "task_id": command.get("task_id", ALL),
            "result": "success" if refusal is None else "failure",
        }
        content = (
            {}
            if refusal is None
            else {
                "error": str(refusal),
                "kind": refusal.kind,
                "service_id": refusal.service_id,
            }
        )
        return {"header": header, "content": content}

    def _transaction_of(self, command: dict[str, Any]) -> str:
        """The transaction that is meant; a start may make one."""
        own = self._supervisor.launch.context.context_id
        if command["service_id"] not in {"", own}:
            raise Refusal("unknown", f"this is context {own}, not {command['service_id']}")
        given: str = command["transaction"]
        is_start = command["action"] == "start"
        if not given and is_start:
            given = "".join(secrets.choice(_ALPHABET) for _ in range(20))
        if given and not _TRANSACTION.fullmatch(given):
            raise Refusal("usage", "a transaction is 20 characters of A-Z and 0-9")
        known = {unit.transaction for unit in self._rules.units.values()}
        if given not in known and not is_start and (given or command["action"] != "exit"):
            raise Refusal("unknown", f"no transaction {given or 'was named'}")
        return given

    def _chosen(self, command: dict[str, Any], transaction: str) -> list[Unit]:
        if command["task_id"] == ALL:
            return self._supervisor.transactions.units_of(transaction)
        # Services without a count have an empty group, which is no name of theirs.
        return self._rules.named(transaction, command["task_id"]) if command["task_id"] else []

    def _work(self, pending: Pending) -> Work:
        """Begin a command that was found good.

        :raises Refusal: when it cannot be begun.
        """
        command, transaction = pending.command, pending.transaction
        action = command["action"]
        if self._supervisor.is_ending and action not in {"request", "exit"}:
            raise Refusal("refused", "the provider is ending")
        if action == "start":
            self._supervisor.transactions.open(transaction)
        units = self._chosen(command, transaction)
        if not units and command["task_id"] != ALL:
            raise Refusal("unknown", f"no task {command['task_id']} in transaction {transaction}")
        works = {
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
            "reload": self._reload,
            "exit": self._exit,
            "request": self._request,
            "top": self._top,
        }
        return works[action](pending, units)

    def _start(self, pending: Pending, units: list[Unit]) -> Work:
        now = time.monotonic()
        if pending.command["task_id"] == ALL:
            units = [unit for unit in units if unit.service.entry is Transition.ON_START]
        for unit in units:
            self._note_others(pending, units, self._rules.start(unit, now))
        yield from self._until_ready(pending, units)
        return {"tasks": self._shown([*units, *pending.others])}

    def _stop(self, pending: Pending, units: list[Unit]) -> Work:
        for unit in units:
            self._rules.stop(unit)
        while any(not _has_ended(unit) for unit in units):
            yield
        return {"tasks": self._shown(units)}

    def _restart(self, pending: Pending, units: list[Unit]) -> Work:
        if pending.command["task_id"] == ALL:
            units = [
                unit for unit in units if unit.service.entry is Transition.ON_START or not _has_ended(unit)
            ]
        for unit in units:
            if unit.life is None:  # a restart is told as stop and start, also of what has ended already
                self._supervisor.told.announcer.order(unit, "stop", unit.lives)
            self._note_others(pending, units, self._rules.restart(unit, time.monotonic()))
        yield from self._until_ready(pending, units)
        return {"tasks": self._shown([*units, *pending.others])}

    @staticmethod
    def _note_others(pending: Pending, units: list[Unit], started: list[Unit]) -> None:
        """Note what is started for units, and is none of them, to tell of it."""
        known = {*units, *pending.others}
        pending.others += [unit for unit in started if unit not in known and not is_own(unit)]

    def _reload(self, pending: Pending, units: list[Unit]) -> Work:
        """One service after the other, those that run: the next one only when this one is ready."""
        running = [unit for unit in units if unit.state is _S.RUNNING]
        for unit in running:
            if self._supervisor.is_ending:
                raise Refusal("refused", "the provider is ending")
            if unit.service.reload is Reload.OVERLAP:
                yield from self._overlap(unit)
            else:
                self._rules.restart(unit, time.monotonic())
                yield from self._until_ready(pending, [unit])
        return {"tasks": self._shown(running)}

    def _overlap(self, unit: Unit) -> Work:
        if not self._rules.overlap(unit, time.monotonic()):
            raise Refusal("refused", f"{unit.service.id} cannot be reloaded now: {unit.reason or unit.state}")
        heir = unit.heir
        while unit.heir is heir:
            yield
        if unit.life is not heir:
            raise Refusal("failed", f"{unit.service.id} goes on as it was: the new process {unit.reason}")
        while unit.leaving:
            yield
        return {}

    def _until_ready(self, pending: Pending, units: list[Unit]) -> Generator[None, None, None]:
        needed = {*units, *pending.others}
        for unit in units:
            if not _is_ready(unit):  # what it depends on may have ended since: it need not run again
                others = (self._rules.units[pending.transaction, id] for id in unit.service.depends_on)
                needed.update(other for other in others if not other.is_there)
        ready = {unit for unit in needed if _is_ready(unit)}
        pending.waiting = needed - ready
        while pending.waiting and not pending.failed:
            yield
        if pending.failed:
            one = pending.failed[0]
            lines = "".join(f"\n  {line}" for line in self._supervisor.told.log_of(one).last_lines())
            raise Refusal(
                "failed", f"{one.service.id} is {one.state}: {one.reason or 'was stopped'}{lines}", one
            )

    def _exit(self, pending: Pending, units: list[Unit]) -> Work:
        self._supervisor.end()
        while any(not _has_ended(unit) for unit in self._rules.units.values() if unit.transaction):
            yield
        return {"tasks": self._shown(units)}

    def _request(self, pending: Pending, units: list[Unit]) -> Work:
        everything = context_information(self._supervisor.launch.context, self._shown(units))
        everything["pid"] = os.getpid()
        self._supervisor.told.announcer.state(pending.transaction, everything)
        yield from ()
        return everything

    def _top(self, pending: Pending, units: list[Unit]) -> Work:
        self._questions += 1
        number = self._questions
        pids = {unit.service.id: self._supervisor.pid_of(unit) for unit in units}
        wanted = pending.command["with"]
        about: dict[str, Any] = {"transaction": pending.transaction, "tasks": pids, "with": wanted}
        if not self._supervisor.tell_bus("top", number=number, **about):
            raise Refusal("refused", "no monitor runs")
        while number not in self._answers:
            yield
        return {"services": self._answers[number].get("services", [])}

    def _shown(self, units: list[Unit]) -> list[dict[str, Any]]:
        supervisor = self._supervisor
        return [task(unit, supervisor.pid_of(unit), supervisor.told.since.get(unit)) for unit in units]


def _is_ready(unit: Unit) -> bool:
    return unit.state is _S.RUNNING and not unit.is_stopping


def _has_ended(unit: Unit) -> bool:
    return not any(unit.all_lives()) and unit.state not in {_S.STARTING, _S.BACKOFF}


def _parsed(line: bytes) -> dict[str, Any]:
    """A command with every field of the right type.

    :raises Refusal: for what is none.
    """
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise Refusal("usage", "a command is one line of JSON") from None
    if not isinstance(given, dict):
        raise Refusal("usage", "a command is a JSON object")
    known = {"action": "", "transaction": "", "task_id": ALL, "service_id": "", "service_name": "context"}
    command: dict[str, Any] = {"timeout": TIMEOUT, "wait": True, "with": [], **known, **given}
    for name in known:
        if not isinstance(command[name], str):
            raise Refusal("usage", f"{name} is a text")
    if command["action"] not in _ACTIONS:
        raise Refusal("usage", f"no action {command['action'] or 'was named'}")
    timeout = command["timeout"]
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= LONGEST:
        raise Refusal("usage", "timeout is a number of seconds, at most a day")
    if not isinstance(command["wait"], bool) or not isinstance(command["with"], list):
        raise Refusal("usage", "wait is true or false, with is a list")
    return command
