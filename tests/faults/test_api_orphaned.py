"""kill -9 of the API's main process alone: those that it started end with it, and the port is free."""

import os
import signal

import psutil

from tests.faults.conftest import Place
from tests.faults.processes import Process
from tests.faults.waiting import wait_for

TWO = {"api": {"workers": "2"}}


def ended(pid: int) -> bool:
    """Whether it runs no more; a zombie has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill_main(api: Process) -> list[int]:
    """SIGKILL to the main process and nobody else; the ids of its serving processes."""
    serving = api.children()
    assert len(serving) == 2
    os.kill(api.pid, signal.SIGKILL)
    return serving


def test_serving_processes_end_with_their_parent(embedded: Place) -> None:
    """None goes on answering, seen by nobody; a new API takes the port at once."""
    with embedded.instance(options=TWO) as instance:
        serving = kill_main(instance.api())
        wait_for("they have ended", lambda: all(ended(pid) for pid in serving), 10)
        instance.api()


def test_a_replaced_serving_process_ends_with_its_parent_too(embedded: Place) -> None:
    """One that the main process has started later, in the place of a killed one."""
    with embedded.instance(options=TWO) as instance:
        api = instance.api()
        victim = min(api.children())
        os.kill(victim, signal.SIGKILL)
        wait_for("another is there", lambda: victim not in api.children() and len(api.children()) == 2, 30)
        serving = kill_main(api)
        wait_for("they have ended", lambda: all(ended(pid) for pid in serving), 10)
