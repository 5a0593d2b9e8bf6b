"""A process of the product in the test's own hand: started, killed, stopped in the middle, continued."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

from tests.faults.waiting import wait_for

ROOT = Path(__file__).parents[2]
_END_SECONDS = 15


class Process:
    """One program in a session, and so a process group, of its own; its output goes to a file.

    :param words: the command line.
    :param output: the file that standard output and error are appended to.
    """

    def __init__(self, words: list[str], output: Path, environment: Mapping[str, str] | None = None) -> None:
        self.output = output
        self._begun = output.stat().st_size if output.exists() else 0
        own = {name: value for name, value in os.environ.items() if not name.startswith("BARBICAN_")}
        with output.open("ab") as file:
            self._popen = subprocess.Popen(
                words,
                cwd=output.parent,
                env=own | {"PYTHONPATH": str(ROOT)} | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The process id, which is its group's id too."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    def said(self) -> str:
        """What it has written since it was started."""
        with self.output.open("rb") as file:
            file.seek(self._begun)
            return file.read().decode("utf-8", "replace")

    def children(self) -> list[int]:
        """The ids of its living child processes."""
        return [child.pid for child in psutil.Process(self.pid).children()]

    def descendants(self) -> list[int]:
        """Its own id and those of everything below it."""
        return [self.pid, *(child.pid for child in psutil.Process(self.pid).children(recursive=True))]

    def kill_unnoticed(self) -> None:
        """SIGKILL to the whole group, and nobody waits for it: it stays in the process table, dead."""
        self._signal(signal.SIGKILL)
        process = psutil.Process(self.pid)
        wait_for("it is dead", lambda: process.status() == psutil.STATUS_ZOMBIE, 5)

    def kill(self) -> None:
        """SIGKILL to the whole group, at once: no handler runs, nothing is finished."""
        self._signal(signal.SIGKILL)
        self._popen.wait(_END_SECONDS)

    def kill_family(self) -> None:
        """SIGKILL to it and all its descendants, also those that have left its group."""
        with suppress(psutil.NoSuchProcess):
            for pid in self.descendants():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.kill()

    def pause(self) -> None:
        """SIGSTOP to it and all its descendants; returns when each of them has stopped."""
        stopped = [psutil.Process(pid) for pid in self.descendants()]
        for process in stopped:
            process.suspend()
        wait_for(
            "every process is stopped",
            lambda: all(process.status() == psutil.STATUS_STOPPED for process in stopped),
            5,
            pause=0.001,
        )

    def resume(self) -> None:
        """SIGCONT to the same."""
        for pid in self.descendants():
            psutil.Process(pid).resume()

    def terminate(self) -> None:
        """SIGTERM to the process itself, as a supervisor sends it."""
        self._popen.terminate()

    def end(self) -> None:
        """SIGTERM, and SIGKILL to what is left of the group after a while."""
        if self.running:
            self._signal(signal.SIGCONT)
            self._popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(_END_SECONDS)
        self._signal(signal.SIGKILL)
        self._popen.wait(_END_SECONDS)

    def exit_code(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self._popen.wait(_END_SECONDS)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)
