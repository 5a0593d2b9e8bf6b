"""The rules of supervision with a machine that has no processes, and a clock that goes when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from barbican_like.contexts.definition import TaskService, Trigger, TriggerAction
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.supervision import Life, Supervision, Unit

T = "TRANSACTION"


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
