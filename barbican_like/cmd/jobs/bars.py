"""Progress bars on a terminal; loaded only there, since rich takes as long as all else of the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from barbican_like.cmd.jobs import progress


class Bars:
    """A bar for each job."""

    def __init__(self, stream: TextIO) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[said]}", markup=False),
            TimeRemainingColumn(),
            console=Console(file=stream, highlight=False),
        )
        self._tasks: dict[int, TaskID] = {}
        self._progress.start()

    def show(self, job: Mapping[str, Any], moving: int) -> None:
        """The job's bar."""
        if job["id"] not in self._tasks:
            self._tasks[job["id"]] = self._progress.add_task(f"job {job['id']}", total=None, said="")
        done, total = progress.measure(job, moving)
        self._progress.update(
            self._tasks[job["id"]],
            completed=done,
            total=total,
            said=f"{job['status']} {progress.in_words(job, moving)}",
        )

    def close(self) -> None:
        """Leave the bars as they are."""
        self._progress.stop()
