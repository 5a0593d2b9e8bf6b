"""Random histories of services, and what holds in each moment of them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from barbican_like.contexts.definition import Restart, Transition
from barbican_like.contexts.states import ServiceState, Wish
from barbican_like.contexts.supervision import NEVER
from tests.support.contexts.world import World, service, trigger

S = ServiceState


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
