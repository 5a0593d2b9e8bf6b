"""The rules of supervision, one by one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from barbican_like.contexts.definition import Restart, Transition
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.supervision import NEVER
from tests.support.contexts.world import World, service, trigger

S = ServiceState


def test_a_service_that_is_killed_starts_again_at_once() -> None:
    world = World(service("a"))
    world.start("a")
    world.ready("a")
    world.end("a", -9)
    assert world.seen("a") == ["STARTING", "RUNNING", "FAILED", "BACKOFF", "STARTING"]
    assert world.units["a"].exit_code == -9
    assert world.units["a"].restarts == 1


def crash(world: World, seconds_up: float | None) -> None:
    """One more life that ends badly: before it is ready, or so long after."""
    if world.state("a") is S.BACKOFF:
        world.wait(world.rules.next_time() - world.hands.now)
    if seconds_up is not None:
        world.ready("a")
        world.wait(seconds_up)
    world.end("a", 1)


@pytest.mark.parametrize("seconds_up", [None, 0.0, 4.9])
def test_early_and_late_crash_loops_end_in_fatal_within_the_count(seconds_up: float | None) -> None:
    world = World(service("a", max_restarts=5, period=30.0))
    world.start("a")
    for _ in range(5):
        crash(world, seconds_up)
        assert world.state("a") in {S.BACKOFF, S.STARTING}
    crash(world, seconds_up)
    assert world.state("a") is S.FATAL
    assert len(world.hands.spawned) == 6
    assert world.rules.next_time() == NEVER


def test_a_count_above_what_fits_into_a_period_with_its_delays_still_ends() -> None:
    """Delays of half a minute would push earlier ends out of a period of clock time."""
    world = World(service("a", max_restarts=12, period=30.0))
    world.start("a")
    for _ in range(13):
        crash(world, None)
    assert world.state("a") is S.FATAL


def test_a_service_that_fails_rarely_is_never_fatal() -> None:
    world = World(service("a", max_restarts=1, period=30.0))
    world.start("a")
    for _ in range(20):
        crash(world, 31.0)
        assert world.state("a") is S.STARTING


def test_the_delays_double_up_to_half_a_minute() -> None:
    world = World(service("a", max_restarts=12))
    world.start("a")
    for _ in range(12):
        crash(world, None)
    times = [time for _, time in world.hands.spawned] + [world.rules.next_time()]
    assert [later - earlier for earlier, later in pairwise(times)][:10] == [
        0,
        0.25,
        0.5,
        1,
        2,
        4,
        8,
        16,
        30,
        30,
    ]


def test_only_an_operator_starts_what_is_fatal_and_that_clears_the_count() -> None:
    other = service("b", triggers={Transition.ON_START: trigger("start", "a")})
    world = World(service("a", max_restarts=0), other)
    world.start("a")
    world.end("a", 1)
    assert world.state("a") is S.FATAL
    world.start("b")
    world.ready("b")
    assert world.state("a") is S.FATAL
    world.start("a")
    assert world.state("a") is S.STARTING
    assert world.units["a"].ends == []


@pytest.mark.parametrize(
    ("policy", "code", "state"),
    [
        (Restart.PERMANENT, 0, S.STARTING),
        (Restart.PERMANENT, 1, S.STARTING),
        (Restart.TRANSIENT, 0, S.EXITED),
        (Restart.TRANSIENT, 1, S.STARTING),
        (Restart.TEMPORARY, 0, S.EXITED),
        (Restart.TEMPORARY, 1, S.FAILED),
    ],
)
def test_the_policy_says_what_follows_an_end(policy: Restart, code: int, state: ServiceState) -> None:
    world = World(service("a", restart=policy))
    world.start("a")
    world.ready("a")
    world.end("a", code)
    assert world.state("a") is state


def test_an_end_before_it_was_ready_is_a_failure_whatever_its_code() -> None:
    world = World(service("a", restart=Restart.TEMPORARY))
    world.start("a")
    world.end("a", 0)
    assert world.state("a") is S.FAILED


@pytest.mark.parametrize(
    ("on", "happens"),
    [
        (Transition.ON_START, lambda w: None),
        (
            Transition.ON_UPDATE,
            lambda w: w.act(w.rules.updated, w.units["a"], w.units["a"].life, {}, w.hands.now),
        ),
        (Transition.ON_EXIT, lambda w: w.end("a", 0)),
        (Transition.ON_FAIL, lambda w: w.end("a", 1)),
    ],
)
def test_each_of_the_four_triggers_fires_and_acts(on: Transition, happens: Callable[[World], None]) -> None:
    """One action each, and only that of what has happened."""
    others = [one for one in Transition if one is not on]
    triggers = {on: trigger("start", "right")} | {
        one: trigger("start", "wrong") for one in others if one != "on_start"
    }
    world = World(service("a", triggers=triggers), service("right"), service("wrong"))
    world.start("a")
    world.ready("a")
    happens(world)
    assert world.state("right") is S.STARTING
    assert world.state("wrong") is S.DEFINED


def test_a_stop_fires_no_trigger() -> None:
    triggers = {one: trigger("start", "b") for one in (Transition.ON_EXIT, Transition.ON_FAIL)}
    world = World(service("a", triggers=triggers), service("b"))
    world.start("a")
    world.ready("a")
    world.stop("a")
    world.end("a", 1)
    assert world.state("a") is S.STOPPED
    assert world.state("b") is S.DEFINED


def test_a_trigger_on_its_own_failure_and_its_policy_are_one_restart() -> None:
    world = World(service("a", triggers={Transition.ON_FAIL: trigger("restart", "a")}))
    world.start("a")
    world.ready("a")
    world.end("a", 1)
    assert len(world.hands.spawned) == 2
    world.ready("a")
    world.wait(10)
    assert len(world.hands.spawned) == 2


def test_triggers_start_a_service_at_most_once_a_second() -> None:
    world = World(service("a", triggers={Transition.ON_EXIT: trigger("start", "a")}))
    world.start("a")
    for _ in range(5):
        world.ready("a")
        world.end("a", 0)
        if world.units["a"].life is None:
            world.wait(world.rules.next_time() - world.hands.now)
    times = [time for _, time in world.hands.spawned][1:]
    assert [later - earlier for earlier, later in pairwise(times)] == [1, 1, 1, 1]


def together() -> World:
    """Two that run, of which the first restarts the second with each item."""
    restart = {Transition.ON_UPDATE: trigger("restart", "b")}
    world = World(service("a", triggers=restart), service("b"))
    for name in ("a", "b"):
        world.start(name)
        world.ready(name)
    return world


def say_updated(world: World) -> None:
    """The first has news."""
    unit = world.units["a"]
    assert unit.life is not None
    world.act(world.rules.updated, unit, unit.life, {}, world.hands.now)


def test_a_burst_of_triggers_is_one_start_within_a_second() -> None:
    """Each message that comes while the old one ends is for the start that is due already."""
    world = together()
    for _ in range(50):
        say_updated(world)
    world.end("b", 0)
    if world.units["b"].life is None:
        assert world.rules.next_time() - world.hands.now <= 1
        world.wait(world.rules.next_time() - world.hands.now)
    assert len(world.hands.spawned) == 3


def test_what_is_said_while_all_ends_starts_nothing() -> None:
    """Else the supervisor would wait for ever for what it was asked to end."""
    world = together()
    world.rules.is_closed = True
    world.act(world.rules.stop, world.units["b"])
    say_updated(world)
    world.act(world.rules.restart, world.units["b"], world.hands.now)
    world.end("b", 0)
    assert world.state("b") is S.STOPPED
    assert len(world.hands.spawned) == 2


def test_a_restart_starts_the_new_one_only_when_nothing_of_the_old_one_is_left() -> None:
    world = World(service("a"))
    world.start("a")
    world.ready("a")
    world.act(world.rules.restart, world.units["a"], 0.0)
    assert world.state("a") is S.STOPPING
    assert len(world.hands.spawned) == 1
    world.end("a", 0)
    assert world.state("a") is S.STARTING
    assert len(world.hands.spawned) == 2


def test_dependencies_are_ready_before_and_end_after() -> None:
    world = World(service("web", depends_on=("db",)), service("db"))
    world.start("web")
    assert [id for id, _ in world.hands.spawned] == ["db"]
    world.ready("db")
    assert [id for id, _ in world.hands.spawned] == ["db", "web"]
    world.ready("web")
    world.rules.stop(world.units["db"])
    world.stop("web")
    assert world.state("db") is S.RUNNING
    world.end("web", 0)
    assert world.state("db") is S.STOPPING


def test_what_another_depends_on_may_fail_alone() -> None:
    """One for one: those that depend on it stay as they are."""
    world = World(service("web", depends_on=("db",)), service("db"))
    world.start("web")
    world.ready("db")
    world.ready("web")
    world.end("db", 1)
    assert world.state("web") is S.RUNNING
    assert world.state("db") is S.STARTING


def test_a_word_of_an_earlier_life_does_nothing() -> None:
    world = World(service("a"))
    world.start("a")
    old = world.units["a"].life
    world.end("a", 1)
    world.act(world.rules.ready, world.units["a"], old, 0.0)
    assert world.state("a") is S.STARTING
    world.act(world.rules.ended, world.units["a"], old, 1, 0.0)
    assert world.state("a") is S.STARTING


def test_silence_is_ended_when_there_is_a_watchdog() -> None:
    world = World(service("a", watchdog_seconds=2.0))
    world.start("a")
    world.ready("a")
    world.wait(1.9)
    assert not world.hands.killed
    world.wait(0.2)
    assert world.units["a"].life in world.hands.killed
    world.end("a", -9)
    assert "silent" in world.units["a"].reason
    assert "FAILED" in world.seen("a")


def test_an_overlap_has_the_new_one_ready_before_the_old_one_is_asked_to_end() -> None:
    world = World(service("a"))
    world.start("a")
    world.ready("a")
    old = world.units["a"].life
    world.act(world.rules.overlap, world.units["a"], 0.0)
    assert old not in world.hands.asked
    world.act(world.rules.ready, world.units["a"], world.units["a"].heir, 0.0)
    assert old in world.hands.asked
    assert world.units["a"].life is not old
    world.end("a", 0, old)
    assert world.state("a") is S.RUNNING


def test_an_heir_that_fails_leaves_the_old_one_as_it_is() -> None:
    world = World(service("a"))
    world.start("a")
    world.ready("a")
    old = world.units["a"].life
    world.act(world.rules.overlap, world.units["a"], 0.0)
    world.end("a", 1, world.units["a"].heir)
    assert world.units["a"].life is old
    assert old not in world.hands.asked


def test_a_program_that_is_not_there_ends_in_fatal() -> None:
    world = World(service("a", max_restarts=1))
    world.hands.broken.add("a")
    world.start("a")
    assert world.state("a") is S.FATAL
    assert world.units["a"].reason == "no such program"
