"""Requests of several threads do not stop one another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Repositories
from tests.support.application import Instance
from tests.support.threads import at_once

_LONGEST = 10.0


class Waiting(Repositories):
    """A unit of work whose connection has to be waited for."""

    def __init__(self, waiting: threading.Event, free: threading.Event) -> None:
        super().__init__(cast("Database", None))
        self._waiting, self._free = waiting, free

    def _take(self) -> Any:
        self._waiting.set()
        assert self._free.wait(_LONGEST)
        return object()


def test_waiting_for_a_connection_stops_no_other_thread() -> None:
    """A thread that waits for the writer lock must not hold what the lock's holder needs."""
    waiting, free, set_already = threading.Event(), threading.Event(), threading.Event()
    set_already.set()
    with ThreadPoolExecutor(2) as pool:
        waiter = pool.submit(lambda: Waiting(waiting, free).tasks)
        assert waiting.wait(_LONGEST)
        try:
            pool.submit(lambda: Waiting(threading.Event(), set_already).tasks).result(timeout=1)
        finally:
            free.set()
        assert waiter.result(_LONGEST)


def test_orders_of_many_threads_and_projects_are_all_accepted_and_done(instance: Instance) -> None:
    """API threads and a worker write the same SQLite file at once: none is told that the server is busy."""

    def order(_number: int) -> str:
        return instance.caller().new_order().rpartition("/")[2]

    with ThreadPoolExecutor(4) as pool:
        for order_id in list(pool.map(order, range(40))):
            instance.orders_done.wait_for(order_id)


def test_orders_can_be_deleted_while_a_worker_ends_them(any_instance: Instance) -> None:
    """Who deletes and who ends an order take the locks of its task in one order: nobody deadlocks."""

    def order_and_delete(_: int) -> list[int]:
        caller = any_instance.caller()
        return [caller.delete(caller.new_order()).status_int for _ in range(40)]

    assert {status for statuses in at_once(5, order_and_delete) for status in statuses} == {204}
