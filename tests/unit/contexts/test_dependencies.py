"""A start by an operator starts all that is needed for it."""

from __future__ import annotations

import pytest

from barbican_like.contexts.definition import Restart
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.supervision import Unit
from tests.support.contexts.world import World, service

S = ServiceState


def asked(world: World, id: str) -> set[str]:
    """The others that a start of a service starts."""
    started: list[Unit] = world.rules.start(world.units[id], world.hands.now)
    world.rules.tick(world.hands.now)
    return {unit.service.id for unit in started}


def waiting(end: str) -> World:
    """A service that waits for one that waits for a third, which has ended."""
    world = World(
        service("web", depends_on=("cache",)),
        service("cache", depends_on=("db",)),
        service("db", max_restarts=5 if end == "failed" else 0, restart=Restart.TEMPORARY),
    )
    world.start("web")
    if end == "stopped":
        world.stop("db")
    world.end("db", 1)
    assert (world.state("web"), world.state("cache")) == (S.STARTING, S.STARTING)
    return world


@pytest.mark.parametrize(("end", "state"), [("fatal", S.FATAL), ("failed", S.FAILED), ("stopped", S.STOPPED)])
def test_a_start_of_what_waits_starts_what_it_waits_for(end: str, state: ServiceState) -> None:
    """However far away that is, and however it has ended; and it is said what was started."""
    world = waiting(end)
    assert world.state("db") is state
    assert asked(world, "web") == {"db"}
    for id in ("db", "cache", "web"):
        world.ready(id)
        assert world.state(id) is S.RUNNING


def test_a_start_says_what_else_it_starts() -> None:
    """Nothing twice, and nothing that runs."""
    world = World(
        service("web", depends_on=("db", "cache")),
        service("cache", depends_on=("db", "disk")),
        service("db", depends_on=("disk",)),
        service("disk"),
    )
    world.start("disk")
    world.ready("disk")
    assert asked(world, "web") == {"db", "cache"}
    assert asked(world, "web") == set()


def test_what_has_done_its_work_is_not_run_again_for_one_that_waits() -> None:
    world = World(service("web", depends_on=("setup", "db")), service("setup"), service("db", max_restarts=0))
    world.start("web")
    world.ready("setup")
    world.end("setup", 0)
    world.end("db", 1)
    assert asked(world, "web") == {"db"}
    assert world.state("setup") is S.EXITED


def test_each_service_is_looked_at_once_however_many_ways_lead_to_it() -> None:
    """Forty pairs, each of which needs both of the pair below, would be looked at a billion times."""
    pairs = [
        service(f"{side}{level}", depends_on=(f"a{level + 1}", f"b{level + 1}") if level < 40 else ())
        for level in range(41)
        for side in "ab"
    ]
    world = World(*pairs)
    world.start("a0")
    world.stop("a40")
    world.end("a40", 0)
    assert asked(world, "a0") == {"a40"}
