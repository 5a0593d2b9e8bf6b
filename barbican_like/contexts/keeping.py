"""What outlives the supervisor: the wishes, and the transitions that a worker carries into the database."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections import deque
from pathlib import Path
from typing import Any, Final

MOST_WAITING: Final = 10_000
"""Transitions that are remembered while the disk takes none."""
SEGMENT: Final = 2**20
"""Bytes of an outbox file, after which the next is begun."""


class AlreadyHeld(Exception):
    """Another provider has what this one needs; the text says what."""


class Hold:
    """A right that one provider has at a time, such as to a context, held until the process ends.

    :param path: the file whose lock it is; it stays where it is, for whoever removed it would free it too.
    :param refusal: what is told when another has it.
    :raises AlreadyHeld: when another has it.
    """

    def __init__(self, path: Path, refusal: str = "another provider has this context") -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise AlreadyHeld(refusal) from None

    def release(self) -> None:
        """Give it up."""
        os.close(self._file)


class Wishes:
    """What is wished of each service: ``{transaction: {id: up | down | done}}``, in one private file.

    ``done`` is what was wished up and has ended by itself with 0: a later supervisor does not repeat it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, dict[str, str]] = {}

    def read(self) -> dict[str, dict[str, str]]:
        """The wishes of before; none where there is no file.

        :raises ValueError: for a damaged file.
        """
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        if not isinstance(kept, dict) or not all(isinstance(value, dict) for value in kept.values()):
            raise ValueError(f"{self._path}: not the wishes of a context")
        self._kept = kept
        return kept

    def keep(self, wishes: dict[str, dict[str, str]]) -> None:
        """Write them where they have changed: all of it or nothing, on the disk when this returns."""
        if wishes == self._kept:
            return
        new = self._path.with_name(self._path.name + ".new")
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            data = json.dumps(wishes, indent=1).encode()
            if os.write(file, data) < len(data):  # what a disk does that is nearly full
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)
        new.replace(self._path)
        self._kept = wishes


class Outbox:
    """Transitions in the order in which they happened: one JSON object a line, with ``number`` from 1 on.

    The numbers go on over restarts, so that a reader knows what it has carried by the largest. A file is
    named after the first number in it; all but the newest are finished: whoever has carried one removes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self._file = -1
        self._size = 0
        self.number = 0
        self._waiting: deque[tuple[int, bytes]] = deque(maxlen=MOST_WAITING)
        newest = max(folder.glob("*.jsonl"), default=None)
        if newest is not None:
            self._go_on(newest)

    def add(self, entry: dict[str, Any]) -> None:
        """Append a transition; what the disk does not take now goes before the next one."""
        self.number += 1
        data = json.dumps({"number": self.number, **entry}, separators=(",", ":")).encode() + b"\n"
        self._waiting.append((self.number, data))
        with contextlib.suppress(OSError):
            while self._waiting:
                self._write(*self._waiting[0])
                self._waiting.popleft()

    def _write(self, number: int, data: bytes) -> None:
        if self._file < 0 or self._size + len(data) > SEGMENT:
            self._begin(number)
        written = os.write(self._file, data)
        if written < len(data):
            os.ftruncate(self._file, self._size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += written

    def _go_on(self, newest: Path) -> None:
        """A line that broke off with the power is cut away; a fresh file is begun for the rest."""
        lines = newest.read_bytes().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            os.truncate(newest, sum(map(len, lines[:-1])))
            lines.pop()
        self.number = int(json.loads(lines[-1])["number"]) if lines else int(newest.stem) - 1

    def close(self) -> None:
        """Close the file; the next transition begins another one."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _begin(self, number: int) -> None:
        self.close()
        path = self._folder / f"{number:016}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = 0
