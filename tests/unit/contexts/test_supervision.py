"""The rules of supervision: random histories of services, and what holds in each moment of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from barbican_like.contexts.definition import Restart, TaskService, Transition, Trigger, TriggerAction
from barbican_like.contexts.states import ServiceState, Wish
from barbican_like.contexts.supervision import NEVER, Life, Supervision, Unit

T = "TRANSACTION"
S = ServiceState


class Machine:
    """A machine without processes: what was started, asked to end, killed and told."""

    def __init__(self) -> None:
        self.alive: dict[Life, Unit] = {}
        self.asked: set[Life] = set()
        self.killed: set[Life] = set()
        self.states: list[tuple[str, ServiceState]] = []
        self.spawned: list[tuple[str, float]] = []
        self.broken: set[str] = set()
        self.now = 0.0

    def spawn(self, unit: Unit, life: Life) -> str:
        assert life not in self.alive
        self.spawned.append((unit.service.id, self.now))
        if unit.service.id in self.broken:
            return "no such program"
        self.alive[life] = unit
        return ""

    def terminate(self, unit: Unit, life: Life) -> None:
        assert self.alive[life] is unit
        assert life not in self.asked, "asked twice"
        self.asked.add(life)

    def kill(self, unit: Unit, life: Life) -> None:
        self.killed.add(life)

    def moved(self, unit: Unit, old: ServiceState) -> None:
        self.states.append((unit.service.id, unit.state))

    def renewed(self, unit: Unit) -> None:
        """Nothing to do."""

    def updated(self, unit: Unit, items: dict[str, Any]) -> None:
        """Nothing to do."""


class World:
    """Rules and a machine, with a clock that goes when it is told to."""

    def __init__(self, *services: TaskService) -> None:
        self.hands = Machine()
        self.rules = Supervision(self.hands, spread=lambda: 0.0)
        self.units = {service.id: self.rules.define(T, service) for service in services}

    def act(self, action: Callable[..., object], *arguments: object) -> None:
        action(*arguments)
        self.rules.tick(self.hands.now)

    def start(self, id: str) -> None:
        self.act(self.rules.start, self.units[id], self.hands.now)

    def stop(self, id: str) -> None:
        self.act(self.rules.stop, self.units[id])

    def ready(self, id: str) -> None:
        self.act(self.rules.ready, self.units[id], self.units[id].life, self.hands.now)

    def update(self, id: str) -> None:
        self.act(self.rules.updated, self.units[id], self.units[id].life, {}, self.hands.now)

    def end(self, id: str, code: int, life: Life | None = None) -> None:
        life = life or self.units[id].life
        assert life is not None
        del self.hands.alive[life]
        self.act(self.rules.ended, self.units[id], life, code, self.hands.now)

    def wait(self, seconds: float) -> None:
        self.hands.now += seconds
        self.rules.tick(self.hands.now)

    def state(self, id: str) -> ServiceState:
        return self.units[id].state

    def seen(self, id: str) -> list[str]:
        return [state.value for one, state in self.hands.states if one == id]


def service(id: str, **options: Any) -> TaskService:
    return TaskService(id=id, instance="Any", name=id, **options)


def trigger(action: str, call: str) -> Trigger:
    return Trigger(action=TriggerAction(action), call=call)


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


class Histories(RuleBasedStateMachine):
    """Anything may happen to three services in any order."""

    def __init__(self) -> None:
        super().__init__()
        triggers = {
            Transition.ON_FAIL: trigger("restart", "c"),
            Transition.ON_EXIT: trigger("start", "a"),
            Transition.ON_START: trigger("stop", "c"),
        }
        self.world = World(
            service("a", depends_on=("b",), max_restarts=2, triggers=triggers),
            service("b", restart=Restart.PERMANENT, watchdog_seconds=3.0, max_restarts=3),
            service("c", restart=Restart.TEMPORARY, stop_seconds=1.0, start_seconds=2.0),
        )

    ids = st.sampled_from(["a", "b", "c"])

    @rule(id=ids, action=st.sampled_from(["start", "restart", "overlap"]))
    def order(self, id: str, action: str) -> None:
        world = self.world
        world.act(getattr(world.rules, action), world.units[id], world.hands.now)

    @rule(id=ids)
    def stop(self, id: str) -> None:
        self.world.stop(id)

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 5.0, 40.0]))
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @precondition(lambda self: self.world.hands.alive)
    @rule(data=st.data(), code=st.sampled_from([0, 1, -9]))
    def end(self, data: st.DataObject, code: int) -> None:
        life = data.draw(st.sampled_from(list(self.world.hands.alive)))
        self.world.end(self.world.hands.alive[life].service.id, code, life)

    @precondition(lambda self: self.world.hands.alive)
    @rule(data=st.data())
    def ready(self, data: st.DataObject) -> None:
        life = data.draw(st.sampled_from(list(self.world.hands.alive)))
        self.world.act(self.world.rules.ready, self.world.hands.alive[life], life, self.world.hands.now)

    @invariant()
    def no_service_runs_twice(self) -> None:
        """But in an overlap, where the others are to end or not ready yet."""
        for unit in self.world.units.values():
            mine = {life for life, owner in self.world.hands.alive.items() if owner is unit}
            assert mine == set(unit.all_lives())
            assert len([life for life in mine if not life.stopping and life is not unit.heir]) <= 1

    @invariant()
    def a_state_with_a_process_has_one(self) -> None:
        for unit in self.world.units.values():
            if unit.state in {S.RUNNING, S.STOPPING}:
                assert unit.life is not None
            elif unit.state is not S.STARTING:
                assert unit.life is None

    @invariant()
    def nothing_waits_for_what_never_comes(self) -> None:
        """What is wished down ends or has a deadline; what waits for a time has one."""
        for unit in self.world.units.values():
            if unit.life is not None and unit.wish is Wish.DOWN and unit.service.id != "b":
                assert unit.life.stopping or unit.life.killed
            if unit.state is S.BACKOFF:
                assert self.world.rules.next_time() < NEVER


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
