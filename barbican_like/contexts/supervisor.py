"""The supervisor: one thread and one selector that carry out the rules of supervision.

It imports the standard library only, runs nobody's code and reads no XML; nothing in its loop waits for
anything but the selector.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from barbican_like.contexts import channel, keeping, proc, process
from barbican_like.contexts.definition import Restart, ServiceType, TaskService
from barbican_like.contexts.desk import Desk
from barbican_like.contexts.endings import Ending, Endings, mark_of
from barbican_like.contexts.launch import Command, Launch
from barbican_like.contexts.process import Process, Thread
from barbican_like.contexts.shortage import Shortage
from barbican_like.contexts.spawning import Spawner
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.supervision import NEVER, Life, Supervision, Unit
from barbican_like.contexts.systemd import Systemd
from barbican_like.contexts.told import HOST, OWN, Told, is_own, printable
from barbican_like.contexts.transactions import Transactions

BUS: Final = "bus"
_CHUNK: Final = 65_536  # bytes read of one pipe in a turn
_MESSAGES: Final = 32  # read of one channel in a turn
_MEMORY_PERIOD: Final = 1.0


class Supervisor:
    """Supervises one launch until it is asked to end."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self._spawner = Spawner()  # first, for it needs low descriptors
        self.is_ending = False
        self.is_done = False
        self.fault = ""
        self.rules = Supervision(self)
        self.transactions = Transactions(launch.context, self.rules)
        self.processes: dict[Life, Process] = {}
        self._waking = socket.socketpair()  # kept: signals are written into it for as long as there are any
        self._selector = selectors.DefaultSelector()
        self._next_memory = NEVER
        self._is_up = False  # whether systemd was told so
        self._is_asked_to_end = False  # by a signal
        self._started: list[Unit] = []  # those that must be there before it is
        self._hold = keeping.Hold(Path(launch.hold))
        self._wishes = keeping.Wishes(Path(launch.wishes))
        self.told = Told(launch, self._announce)
        self.shortage = Shortage(self.told.say)
        self._endings = Endings(self._leaders, self.shortage)
        self._systemd = Systemd()
        self._desk = Desk(self, Path(launch.socket))

    # The life of the supervisor itself.

    def run(self) -> None:
        """Supervise until all has ended that was to end."""
        process.adopt_strays()
        self._hear_signals()
        killed = proc.end_orphans(self.launch.mark)
        self.told.say("supervisor started with pid", os.getpid())
        if killed:
            self.told.say("ended what an earlier supervisor had left:", *killed)
        if self.launch.bus is not None:
            service = TaskService(id=BUS, instance=BUS, name=BUS, restart=Restart.PERMANENT)
            self.rules.start(self.rules.define(OWN, service), time.monotonic())
        if any(service.memory_mib for service in self.launch.context.services):
            self._next_memory = 0.0
        if self.launch.transaction is None:
            self.transactions.resume(self._wishes.read())
        else:
            self._started = self.transactions.start_all(self.launch.transaction)
        self._desk.open()
        while not self.is_done:
            self._turn()
        self._desk.close()
        self._endings.kill_strays()
        self.told.say("supervisor ended")
        self.told.close()

    def _turn(self) -> None:
        now = time.monotonic()
        parts = (self.rules, self._desk, self._systemd, self._endings)
        due = min(self._next_memory, *(part.next_time() for part in parts))
        for key, _ in self._selector.select(None if due == NEVER else max(0.0, due - now)):
            key.data()
        if self._is_asked_to_end:
            self.end()
        now = time.monotonic()
        self._bury()
        self._weigh(now)
        self.rules.tick(now)
        if not self.is_ending:
            self._keep_wishes()
        self._desk.turn(now)
        if not self._is_up and all(unit.is_there for unit in self._started):
            self._is_up = True
            self._systemd.tell("READY=1")
        self._systemd.turn(now)
        self._end_when_nothing_is_left()

    def _keep_wishes(self) -> None:
        fault = ""
        try:
            self._wishes.keep(self.transactions.wished())
        except OSError as error:  # a full disk ends no service; it is tried again in the next turn
            fault = f"the wishes cannot be kept: {error.strerror}"
        if fault != self.fault:
            self.fault = fault
            self.told.say(fault or "the wishes are kept again")

    def end(self) -> None:
        """End all services, then itself. That is nobody's wish: the next start resumes."""
        if not self.is_ending:
            self.is_ending = self.rules.is_closed = True
            self._systemd.tell("STOPPING=1")
            self.told.say("supervisor ends")
            for unit in self.rules.units.values():
                if unit.transaction != OWN:
                    self.rules.stop(unit)

    def _end_when_nothing_is_left(self) -> None:
        if not self.is_ending:
            return
        alive = [unit for unit in self.rules.units.values() if any(unit.all_lives())]
        if alive and all(unit.transaction == OWN for unit in alive):
            for unit in alive:
                self.rules.stop(unit)
            self.rules.tick(time.monotonic())  # the next turn waits for what follows from this
        self.is_done = not alive and not self._desk.is_busy

    def _hear_signals(self) -> None:
        reading, writing = self._waking
        for end in (reading, writing):
            os.set_blocking(end.fileno(), False)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear_end)
        signal.signal(signal.SIGCHLD, lambda *_: None)

        def heard() -> None:
            reading.recv(_CHUNK)
            self._endings.sweep()

        self.watch(reading, heard)

    def _hear_end(self, *_: object) -> None:
        """The next turn ends all: whatever the signal has come between is whole then."""
        self._is_asked_to_end = True

    # The hands of the rules.

    def spawn(self, unit: Unit, life: Life) -> str:
        """Start a process and watch it."""
        if unit.service.service_type is ServiceType.THREAD:
            return self._spawn_thread(unit, life)
        command = self._command_of(unit)
        own = os.environ if self.launch.inherits else {}
        marks = dict([self.launch.mark, mark_of(unit, life)])
        try:
            started = self._spawner.spawn(command.words, {**own, **command.environment, **marks})
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        self.processes[life] = started
        self.told.log_of(unit).forget()
        self._send(started, "hello", **self._hello(unit, life))
        self.watch(started.pidfd, lambda: self._leader_ended(unit, life))
        self.watch(started.channel, lambda: self._read_channel(unit, life))
        self.watch(started.output, lambda: self._read_output(unit, life))
        self._order(unit, "start", life)
        return ""

    def _spawn_thread(self, unit: Unit, life: Life) -> str:
        host = self.rules.units[unit.transaction, HOST].life
        if host is None or host not in self.processes:
            return "its host is not there"
        try:
            message = channel.encode("start", **self._hello(unit, life))
            self.processes[life] = process.start_thread(self.processes[host], message)
        except channel.TooLarge as error:
            return f"cannot be started: {error}"
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        self.watch(self.processes[life].channel, lambda: self._read_channel(unit, life))
        self._order(unit, "start", life)
        return ""

    def _order(self, unit: Unit, action: str, life: Life) -> None:
        if not is_own(unit):
            self.told.announcer.order(unit, action, life.number)

    def terminate(self, unit: Unit, life: Life) -> None:
        """SIGTERM to the leader."""
        if life in self.processes:
            self.processes[life].signal(signal.SIGTERM)
        self._order(unit, "stop", life)

    def kill(self, unit: Unit, life: Life) -> None:
        """SIGKILL to the group; the rest follows when the leader has ended."""
        self.told.say(unit.service.id, "is killed:", life.killed)
        if life in self.processes:
            self.processes[life].kill_group()

    def moved(self, unit: Unit, old: ServiceState) -> None:
        """Tell a transition to everybody."""
        self.told.moved(unit, old, self.pid_of(unit))
        self._desk.moved(unit)

    def renewed(self, unit: Unit) -> None:
        """Tell that an heir has taken over."""
        self.told.renewed(unit, self.pid_of(unit))

    def updated(self, unit: Unit, items: dict[str, Any]) -> None:
        """Tell what a service says."""
        self.told.announcer.control(unit, "updated", self.pid_of(unit), items)

    def pid_of(self, unit: Unit) -> int | None:
        """The process of a service."""
        found = self.processes.get(unit.life) if unit.life is not None else None
        return None if found is None else found.pid

    # What processes do.

    def watch(self, file: int | socket.socket, handler: Callable[[], None]) -> None:
        """Call a handler whenever there is something to read."""
        self._selector.register(file, selectors.EVENT_READ, handler)

    def unwatch(self, file: int | socket.socket) -> None:
        """Stop that; nothing where it was not watched."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(file)

    def _read_channel(self, unit: Unit, life: Life) -> None:
        # An event of an earlier life may come in the same turn in which its descriptors were closed.
        process_ = self.processes.get(life)
        if process_ is None:
            return
        for _ in range(_MESSAGES):
            try:
                data = process_.channel.recv(channel.LARGEST)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b""
            now = time.monotonic()
            if not data:
                self.unwatch(process_.channel)
                if isinstance(process_, Thread):
                    del self.processes[life]
                    process_.close()
                    self.rules.ended(unit, life, process_.reap(), now, process_.reason)
                else:
                    self.rules.closed(unit, life, now)
                return
            life.heard = now
            self._take(unit, life, channel.decode(data) or {}, now)

    def _take(self, unit: Unit, life: Life, message: dict[str, Any], now: float) -> None:
        word = message.get("word")
        if word == "ready":
            self.rules.ready(unit, life, now)
        elif word == "updated":
            items = message.get("items")
            self.rules.updated(unit, life, items if isinstance(items, dict) else {}, now)
        elif word == "ended":
            thread = self.processes.get(life)
            if isinstance(thread, Thread) and isinstance(message.get("code"), int):
                thread.code, thread.reason = message["code"], printable(str(message.get("reason", "")))
        elif word == "top" and unit.transaction == OWN:
            self._desk.commands.answered(message)

    def _read_output(self, unit: Unit, life: Life) -> None:
        process_ = self.processes.get(life)
        if process_ is None:
            return
        try:
            data = os.read(process_.output, _CHUNK)
        except BlockingIOError:
            return
        if data:
            self.told.log_of(unit).write(data)
        else:
            self.unwatch(process_.output)

    def _leader_ended(self, unit: Unit, life: Life) -> None:
        ended = self.processes.get(life)
        if ended is None:
            return
        self._read_channel(unit, life)
        self._read_output(unit, life)
        ended.kill_group()
        code = ended.reap()
        self._read_output(unit, life)
        for file in (ended.pidfd, ended.channel, ended.output):
            self.unwatch(file)
        del self.processes[life]
        ended.close()
        self.told.log_of(unit).close()
        self._endings.add(Ending(unit, life, ended.pid, code))

    def _leaders(self) -> set[int]:
        return {started.pid for started in self.processes.values()}

    def _bury(self) -> None:
        """Tell the rules of the lives of which nothing is left."""
        for ending in self._endings.done():
            self.rules.ended(ending.unit, ending.life, ending.code, time.monotonic())

    def _weigh(self, now: float) -> None:
        if now < self._next_memory:
            return
        self._next_memory = now + _MEMORY_PERIOD
        limited = {
            life: unit
            for unit in self.rules.units.values()
            if unit.service.memory_mib
            for life in unit.all_lives()
        }
        leaders = {self.processes[life].pid: life for life in limited if life in self.processes}
        try:
            weights = proc.resident_mib(leaders)
        except OSError as error:
            self.shortage.bear(error, "memory is not looked at")
            return
        for pid, mib in weights.items():
            most = limited[leaders[pid]].service.memory_mib
            if most and mib > most:
                reason = f"took {mib:.0f} MiB of memory, {most} are allowed"
                self.rules.condemn(limited[leaders[pid]], leaders[pid], reason)

    def tell_bus(self, word: str, **fields: object) -> bool:
        """Send a message to the bus; whether there is one that takes it."""
        bus = self.rules.units.get((OWN, BUS))
        started = self.processes.get(bus.life) if bus is not None and bus.life is not None else None
        return started is not None and self._send(started, word, **fields)

    def _announce(self, topic: str, message: dict[str, Any]) -> None:
        self.tell_bus("announce", topic=topic, message=message)

    @staticmethod
    def _send(to: Process, word: str, **fields: object) -> bool:
        """Whoever does not read loses messages, and sees it by their numbers."""
        try:
            to.channel.send(channel.encode(word, **fields))
        except (OSError, channel.TooLarge):
            return False
        return True

    def _hello(self, unit: Unit, life: Life) -> dict[str, Any]:
        return {
            "service": asdict(unit.service),
            "transaction": unit.transaction,
            "context_id": self.launch.context.context_id,
            "life": life.number,
        }

    def _command_of(self, unit: Unit) -> Command:
        if unit.transaction == OWN and self.launch.bus is not None:
            return self.launch.bus
        if unit.service.id == HOST and self.launch.host is not None:
            return self.launch.host
        return self.launch.commands[unit.service.id]
