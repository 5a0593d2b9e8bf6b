"""The processes of an instance as the operating system knows them: who they are, and how to end them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psutil

from barbican_like.cmd.supervise.running import MARK, Supervisor
from barbican_like.contexts.ask import NobodyAnswers

if TYPE_CHECKING:
    from barbican_like.cmd.supervise.instance import Instance
    from barbican_like.cmd.supervise.running import ServiceStatus

# The supervisor first gives each service its own time (`stop_seconds`, 20 s at most), then kills it.
SHUTDOWN_SECONDS = 30.0
LAST_STEP_SECONDS = 0.5
KILL_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class ProcessState:
    """One process of the instance, as `status` shows it."""

    role: str  # supervisor | api | worker
    name: str  # supervisor, api, api/1 (a child of api), worker-1 ...
    pid: int | None
    state: str  # the supervisor's name for the state
    age_seconds: float | None  # since the process was created
    detail: str  # how it ended last, or what else there is to say

    def as_json(self) -> dict[str, object]:
        """The fields for ``status --json``."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """An instance at one moment."""

    state: str  # running | degraded (a process of it has failed) | stopping | stopped
    processes: tuple[ProcessState, ...]


def marked(instance: Instance) -> list[psutil.Process]:
    """Every living process that a start of this instance made, directly or not."""
    wanted = str(instance.data)
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == wanted and _is_alive(process):
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue  # somebody else's, or gone meanwhile: not ours either way
    return found


def snapshot(instance: Instance) -> Snapshot:
    """Look at the instance once."""
    supervisor = Supervisor(instance)
    try:
        own_pid, services = supervisor.look()
    except NobodyAnswers:
        left = tuple(_left_over(process) for process in marked(instance))
        return Snapshot(state="degraded" if left else "stopped", processes=left)
    if services and all(service.state in {"STOPPING", "STOPPED"} for service in services):
        return Snapshot(state="stopping", processes=())
    processes = [_state("supervisor", "supervisor", own_pid, "RUNNING", "")]
    for service in services:
        processes.extend(_with_children(service))
    failed = any(service.has_failed for service in services)
    return Snapshot(state="degraded" if failed else "running", processes=tuple(processes))


def stop(instance: Instance) -> int:
    """End every process of the instance and nothing else.

    :return: how many there were.
    """
    ours = marked(instance)
    Supervisor(instance).end(SHUTDOWN_SECONDS)
    # What the supervisor could not end, and what was left of an instance whose supervisor was killed. A
    # psutil.Process remembers when its process was created and never signals a later one of the same id.
    _end(ours)
    _end(marked(instance))
    return len(ours)


def _end(processes: Iterable[psutil.Process]) -> None:
    # What was just shut down may still be on its last step.
    alive = _wait(processes, LAST_STEP_SECONDS)
    for send in (psutil.Process.terminate, psutil.Process.kill):
        for process in alive:
            try:
                send(process)
            except psutil.NoSuchProcess:
                continue
        alive = _wait(alive, KILL_SECONDS)


def _wait(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended; return those that have not in that time."""
    deadline = time.monotonic() + seconds
    alive = [process for process in processes if _is_alive(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        alive = [process for process in alive if _is_alive(process)]
    return alive


def _is_alive(process: psutil.Process) -> bool:
    # A zombie has ended; only its id waits for a parent that may be long in asking.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _with_children(service: ServiceStatus) -> list[ProcessState]:
    states = [_state(service.role, service.name, service.pid, service.state, service.detail)]
    if service.pid is None:
        return states
    try:
        children = psutil.Process(service.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return states
    for number, child in enumerate(sorted(children, key=lambda child: child.pid), start=1):
        states.append(_state(service.role, f"{service.name}/{number}", child.pid, "RUNNING", ""))
    return states


def _left_over(process: psutil.Process) -> ProcessState:
    detail = "without its supervisor: `stop` ends it"
    return _state("left over", process.name(), process.pid, "RUNNING", detail)


def _state(role: str, name: str, pid: int | None, state: str, detail: str) -> ProcessState:
    try:
        age = None if pid is None else round(time.time() - psutil.Process(pid).create_time(), 1)
    except psutil.NoSuchProcess:
        age = None
    return ProcessState(role=role, name=name, pid=pid, state=state, age_seconds=age, detail=detail)
