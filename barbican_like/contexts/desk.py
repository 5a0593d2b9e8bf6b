"""The command socket: one JSON line for each command, one for its acknowledgement.

What the lines say is in :mod:`barbican_like.contexts.commands`. The acknowledgement comes when the command is
done; one with ``"wait": false`` is acknowledged once it was accepted. Only the same user and root may speak.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from barbican_like.contexts.commands import Commanded, Commands, Pending
from barbican_like.contexts.keeping import AlreadyHeld, Hold
from barbican_like.contexts.shortage import RETRY_SECONDS

if TYPE_CHECKING:
    from barbican_like.contexts.supervision import Unit

LARGEST: Final = 65_536  # bytes of a command
MOST: Final = 64  # connections at once
IDLE_SECONDS: Final = 10.0  # for a command to come in, or an acknowledgement to be read
_RETRY_SECONDS: Final = 0.02
_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid: SO_PEERCRED, socket(7)


@dataclass(slots=True, eq=False)
class Connection:
    """A caller."""

    end: socket.socket
    deadline: float
    taken: bytes = b""
    unsent: bytes = b""
    pending: Pending | None = None
    answer: dict[str, Any] | None = None  # of what was done at once: told when the wishes are kept


def lock_beside(path: Path) -> Path:
    """The file whose lock is the right to take commands at a path."""
    return path.with_name(f"{path.name}.lock")


class Desk:
    """Takes commands and acknowledges them.

    :param path: where; the right to it is had from now on.
    :raises AlreadyHeld: when another supervisor takes commands there, be it of another context.
    """

    def __init__(self, supervisor: Commanded, path: Path) -> None:
        self.commands = Commands(supervisor)
        self._supervisor = supervisor
        self._connections: set[Connection] = set()
        self._unattended: list[Pending] = []  # what goes on although nobody waits for it any more
        self._resumes = float("inf")  # when callers are taken again, after no file could be opened for one
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._path = path
        refusal = f"another provider takes commands at {path}"
        self._hold = Hold(lock_beside(path), refusal)
        if _is_served(path):  # its lock file was removed, as those who clean /tmp do
            raise AlreadyHeld(refusal)

    def open(self) -> None:
        """Listen. A socket that a dead supervisor has left goes.

        :raises OSError: when the path cannot be bound.
        """
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(MOST)
        self._listener.setblocking(False)  # noqa: FBT003 - its only argument
        self._supervisor.watch(self._listener, self._accept)

    def close(self) -> None:
        """Listen no more."""
        self._path.unlink(missing_ok=True)
        self._listener.close()
        self._hold.release()

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for an acknowledgement."""
        return any(connection.pending or connection.unsent for connection in self._connections)

    def next_time(self) -> float:
        """When :meth:`turn` is due."""
        return min([self._resumes, *(self._due(connection) for connection in self._connections)])

    @staticmethod
    def _due(connection: Connection) -> float:
        if connection.unsent:
            return time.monotonic() + _RETRY_SECONDS
        return connection.deadline if connection.pending is None else connection.pending.deadline

    def moved(self, unit: Unit) -> None:
        """Note what those who wait should know."""
        for connection in self._connections:
            if connection.pending is not None:
                connection.pending.moved(unit)
        for pending in self._unattended:
            pending.moved(unit)

    def turn(self, now: float) -> None:
        """Go on with all that is under way."""
        if now >= self._resumes:
            self._resumes = float("inf")
            self._supervisor.watch(self._listener, self._accept)
        for connection in list(self._connections):
            if connection.unsent:
                self._send(connection)
            if connection.pending is not None:
                self._go_on(connection, now)
            elif now >= connection.deadline:
                self._drop(connection)
        self._unattended = [pending for pending in self._unattended if self.commands.goes_on(pending)]
        self.commands.forget_answers()

    def _accept(self) -> None:
        try:
            end, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        except OSError as error:
            self._supervisor.shortage.bear(error, "no command is taken")
            # Who waits there would be told of in each turn.
            self._supervisor.unwatch(self._listener)
            self._resumes = time.monotonic() + RETRY_SECONDS
            return
        end.setblocking(False)  # noqa: FBT003
        credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, user, _ = _CREDENTIALS.unpack(credentials)
        if user not in {0, os.geteuid()} or len(self._connections) >= MOST:
            self._supervisor.told.say("refused a caller: process", pid, "of user", user)
            end.close()
            return
        connection = Connection(end, time.monotonic() + IDLE_SECONDS)
        self._connections.add(connection)
        self._supervisor.watch(end, lambda: self._read(connection))

    def _read(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        try:
            data = connection.end.recv(LARGEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        connection.taken += data
        if not data or len(connection.taken) > LARGEST:
            self._drop(connection)  # what was begun goes on; nobody is told
        elif connection.pending is None:
            self._next_command(connection)

    def _next_command(self, connection: Connection) -> None:
        line, end, rest = connection.taken.partition(b"\n")
        if not end:
            return
        connection.taken = rest
        begun = self.commands.begin(line)
        if isinstance(begun, Pending):
            connection.pending = begun
            connection.answer = self.commands.go_on(begun, time.monotonic())
        else:
            self._acknowledge(connection, begun)

    def _go_on(self, connection: Connection, now: float) -> None:
        if connection.pending is not None:
            answer = connection.answer or self.commands.go_on(connection.pending, now)
            if answer is not None:
                self._acknowledge(connection, self.commands.answered_safely(answer))

    def _acknowledge(self, connection: Connection, acknowledgement: dict[str, Any]) -> None:
        self._leave(connection)
        connection.deadline = time.monotonic() + IDLE_SECONDS
        connection.unsent = json.dumps(acknowledgement).encode() + b"\n"
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        try:
            sent = connection.end.send(connection.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        connection.unsent = connection.unsent[sent:]

    def _leave(self, connection: Connection) -> None:
        """Nobody waits for what was asked by it: what has steps of its own goes on, the others have begun."""
        pending = connection.pending
        connection.pending, connection.answer = None, None
        if pending is not None and pending.work is not None and pending.command["action"] == "reload":
            self._unattended.append(pending)

    def _drop(self, connection: Connection) -> None:
        self._leave(connection)
        self._connections.discard(connection)
        self._supervisor.unwatch(connection.end)
        connection.end.close()


def _is_served(path: Path) -> bool:
    """Whether somebody takes what comes to a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # noqa: FBT003
        try:
            probe.connect(str(path))
        except BlockingIOError:  # so many wait there already
            return True
        except OSError:
            return False
    return True
