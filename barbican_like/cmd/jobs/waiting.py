"""Waiting for jobs to end: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, Protocol, TextIO

from barbican_like.cmd.jobs import progress
from barbican_like.cmd.jobs.exits import ENDED
from barbican_like.cmd.jobs.service import Service, Unreachable

_SHORTEST: Final = 0.1  # seconds between two looks
_LONGEST: Final = 2.0
_GROWTH: Final = 1.5
_PATIENCE: Final = 60.0  # seconds for which the server may be away meanwhile
_BETWEEN_LINES: Final = 10.0  # seconds between two lines of the same status
_AT_WORK: Final = 100  # elements at work that are looked at

Job = dict[str, Any]


class Watch(Protocol):
    """Shows how far jobs are."""

    def show(self, job: Job, moving: int) -> None:
        """A job as it is now.

        :param moving: bytes of files that are at work.
        """

    def close(self) -> None:
        """Show nothing any more."""


class Silence:
    """Shows nothing."""

    def show(self, job: Job, moving: int) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Lines:
    """A line for each change of status, and now and then between."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: dict[int, tuple[str, float]] = {}

    def show(self, job: Job, moving: int) -> None:
        """A line, where there is something new."""
        status, now = job["status"], time.monotonic()
        told, when = self._told.get(job["id"], ("", now))
        if told == status and now - when < _BETWEEN_LINES:
            return
        self._told[job["id"]] = (status, now)
        self._stream.write(f"job {job['id']} {status}: {progress.in_words(job, moving)}\n")
        self._stream.flush()

    def close(self) -> None:
        """Nothing is left open."""


def watch_on(stream: TextIO, *, quiet: bool) -> Watch:
    """What shows how far jobs are on this stream."""
    if quiet:
        return Silence()
    if not stream.isatty():
        return Lines(stream)
    from barbican_like.cmd.jobs.bars import Bars

    return Bars(stream)


def wait(service: Service, jobs: Sequence[Job], watch: Watch) -> list[Job]:
    """The jobs once all of them have ended. The server may be away for a minute meanwhile."""
    latest = {job["id"]: job for job in jobs}
    pause = _SHORTEST
    try:
        while True:
            for job in latest.values():
                watch.show(job, _moving(service, job))
            unfinished = [job["id"] for job in latest.values() if job["status"] not in ENDED]
            if not unfinished:
                return list(latest.values())
            time.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST)
            for job_id in unfinished:
                latest[job_id] = _patiently(service, f"jobs/{job_id}")
    finally:
        watch.close()


def _moving(service: Service, job: Job) -> int:
    """Bytes of the files at work, which the job's own counter has once they are there."""
    if not job["num_running"] or not job["bytes_total"]:
        return 0
    found = _patiently(service, f"jobs/{job['id']}/elements", status="RUNNING", limit=_AT_WORK)
    return sum(one["transferred"] for one in found)


def _patiently(service: Service, path: str, **query: object) -> Any:
    """The JSON of a GET, once the server is there."""
    until = time.monotonic() + _PATIENCE
    pause = _SHORTEST
    while True:
        try:
            return service.get(path, **query)
        except Unreachable:
            if time.monotonic() > until:
                raise
        time.sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST)
