"""The transactions of a context: their services, what a start of all starts, and what is wished of each."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from barbican_like.contexts.definition import Context, Restart, ServiceType, TaskService, Transition
from barbican_like.contexts.states import ServiceState, Wish
from barbican_like.contexts.supervision import Supervision, Unit
from barbican_like.contexts.told import HOST, is_own

_DONE: Final = "done"


class Transactions:
    """The services of a context's file, as often as it has transactions."""

    def __init__(self, context: Context, rules: Supervision) -> None:
        self._context = context
        self._rules = rules

    def open(self, transaction: str) -> list[Unit]:
        """The services of a transaction, defined where it is a new one."""
        services = self._context.services
        if self.units_of(transaction) or not services:
            return self.units_of(transaction)
        if any(service.service_type is ServiceType.THREAD for service in services):
            host = TaskService(id=HOST, instance=HOST, name=HOST, restart=Restart.PERMANENT)
            self._rules.define(transaction, host)
        for service in services:
            is_thread = service.service_type is ServiceType.THREAD
            needed = (*service.depends_on, HOST) if is_thread else service.depends_on
            self._rules.define(transaction, replace(service, depends_on=needed))
        return self.units_of(transaction)

    def units_of(self, transaction: str) -> list[Unit]:
        """The services of a transaction; none for an unknown one."""
        units = self._rules.units.values()
        return [unit for unit in units if unit.transaction == transaction and not is_own(unit)]

    def start_all(self, transaction: str) -> list[Unit]:
        """Start those that a start of all starts."""
        units = self.open(transaction)
        chosen = [unit for unit in units if unit.service.entry is Transition.ON_START]
        for unit in chosen:
            self._rules.start(unit, time.monotonic())
        return chosen

    def resume(self, wishes: dict[str, dict[str, str]]) -> None:
        """Start what was wished up before."""
        for transaction, wished in wishes.items():
            for unit in self.open(transaction):
                wish = wished.get(unit.service.id)
                if wish == Wish.UP:
                    self._rules.start(unit, time.monotonic())
                elif wish == _DONE:
                    unit.wish = Wish.UP

    def wished(self) -> dict[str, dict[str, str]]:
        """What is wished of each service, by transaction, as it is kept."""
        wished: dict[str, dict[str, str]] = {}
        for unit in self._rules.units.values():
            if not is_own(unit):
                is_done = unit.wish is Wish.UP and unit.state in {ServiceState.EXITED, ServiceState.DEFINED}
                wish = _DONE if is_done else unit.wish.value
                wished.setdefault(unit.transaction, {})[unit.service.id] = wish
        return wished
