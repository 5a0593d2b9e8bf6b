"""SIGKILL to the supervisor under twenty services: all end, and the next one has all of them once."""

import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.support.contexts.mixed import mixed
from tests.support.provider import Provider, marked, running, until

SERVICES = 20


def names_of(provider: Provider) -> list[str]:
    """Which life of which service each living process with the mark belongs to, the supervisor left out."""
    names = []
    for process in marked(provider.folder):
        with suppress(psutil.NoSuchProcess):
            names += [name for name in [process.environ().get("BARBICAN_SERVICE")] if name]
    return names


def all_run_once(provider: Provider) -> bool:
    """Whether each service is RUNNING, and no process of an earlier life is there."""
    tasks = provider.good("request")
    if {task["state"] for task in tasks.values()} != {"RUNNING"}:
        return False
    lives = set(names_of(provider))
    assert len(lives) == SERVICES, "two lives of one service, or none"
    assert len({life.rpartition("/")[0] for life in lives}) == SERVICES
    return True


def kill_and_start(provider: Provider, chance: random.Random) -> None:
    """One death: of the supervisor alone, at a random moment of its work."""
    victims = chance.sample(sorted(provider.good("request").values(), key=lambda task: task["service_id"]), 3)
    for task in victims:
        if task["pid"] is not None:
            os.kill(task["pid"], signal.SIGKILL)
    provider.ask("restart", chance.choice(victims)["service_id"], wait=False)
    before = {process.pid for process in marked(provider.folder)}
    provider.kill()
    provider.start()
    until(lambda: all_run_once(provider))
    left = before & {process.pid for process in marked(provider.folder)}
    assert not left, "a process of the supervisor before is alive"


@pytest.mark.parametrize(
    "times", [2, pytest.param(50, marks=[pytest.mark.campaign, pytest.mark.timeout(900)])]
)
def test_nothing_runs_twice_and_nothing_is_left(tmp_path: Path, times: int) -> None:
    """Among them some that ignore SIGTERM, have children in and out of their group, and are slow."""
    chance = random.Random(times)
    with running(tmp_path / "c", *mixed(SERVICES)) as provider:
        provider.good("start")
        for _ in range(times):
            kill_and_start(provider, chance)
        assert provider.end() == 0
        assert not marked(provider.folder)


def test_services_whose_supervisor_is_gone_end_by_themselves(tmp_path: Path) -> None:
    """Each sees the end of its channel; none waits for a next supervisor."""
    with running(tmp_path / "c", *mixed(4, obstinate=False)) as provider:
        provider.good("start")
        provider.kill()
        until(lambda: not marked(provider.folder))
