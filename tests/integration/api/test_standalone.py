"""Young orders: the standalone mode, and the moment that a GET gives a worker."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from barbican_like.api import orders
from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.http.edge.adapter import Edge
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.entities import an_order
from tests.unit.http.test_edge_adapter import BOUNDS, Exchange
from tests.unit.http.test_edge_environ import Asked, Told

StartInstance = Callable[..., Instance]
_AT_MOST = 1.0
"""Seconds that a wait of 25 ms may seem to take on a busy machine."""


@pytest.fixture(scope="module")
def standalone(new_instance: StartInstance) -> Instance:
    """An API process that works its orders by itself."""
    return new_instance("[queue]\nenable = false", worker=False)


@pytest.fixture(scope="module")
def workerless(new_instance: StartInstance) -> Instance:
    """An API process whose orders nobody works."""
    return new_instance("[api]\nthreads = 2", worker=False)


def test_in_standalone_mode_the_first_get_shows_active(
    standalone: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients that find an order PENDING sleep for a second. However busy the machine: a GET waits for it."""
    monkeypatch.setattr(orders, "_LONGEST_WAIT", 20.0)
    monkeypatch.setattr(orders, "_YOUNG", 20.0)
    caller = standalone.caller()
    shown = [caller.get(caller.new_order()).json["status"] for _ in range(10)]
    assert shown == ["ACTIVE"] * 10


def test_a_get_waits_for_young_orders_only_and_half_a_second_at_most() -> None:
    """A thread 25 ms, the edge, which needs none, half a second."""
    assert (orders._LONGEST_WAIT, orders._YOUNG) == (0.025, 1.0)
    now = clock.now()
    for kind in ("key", "asymmetric"):
        young = an_order(type=kind, created_at=now)
        assert orders.worth_waiting(young) == 0.5
        for other in (
            replace(young, status=OrderStatus.ACTIVE),
            replace(young, created_at=now - timedelta(seconds=1.1)),
        ):
            assert orders.worth_waiting(other) == 0


def test_at_the_edge_a_get_of_a_pending_order_waits_until_it_is_done(
    workerless: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait: the one thread serves others meanwhile."""
    monkeypatch.setattr(orders, "_YOUNG", 60.0)
    monkeypatch.setattr(orders, "_WORTH", 60.0)
    caller = workerless.caller()
    paths = [caller.new_order(), *(caller.new_order("asymmetric", algorithm="ec") for _ in range(4))]
    headers = [("host", "localhost"), ("x-project-id", caller.project_id)]
    loop = asyncio.new_event_loop()
    edge = Edge(workerless.application, replace(BOUNDS, most_threads=1, waiting=50), port=1)
    edge.__rsgi_init__(loop)

    async def get(path: str) -> Exchange:
        exchange = Exchange()
        await edge.__rsgi__(Asked(Told(headers), path=path), exchange)
        return exchange

    async def play() -> list[Exchange]:
        waiting = [asyncio.ensure_future(get(path)) for path in paths]
        assert (await asyncio.wait_for(get("/v1/secrets"), 20)).status == 200
        assert not any(task.done() for task in waiting)
        with UnitOfWork(workerless.runtime.database) as uow:
            for path in paths:
                assert uow.orders.activate(id_of(path), secret_id=None, container_id=None)
            uow.commit()
        return await asyncio.wait_for(asyncio.gather(*waiting), 20)

    try:
        answers = loop.run_until_complete(play())
    finally:
        edge.__rsgi_del__(loop)
        loop.close()
    assert [json.loads(answer.body)["status"] for answer in answers] == ["ACTIVE"] * len(paths)


def test_in_standalone_mode_every_order_ends(standalone: Instance) -> None:
    caller = standalone.caller()
    paths = [caller.new_order(algorithm=name) for name in ("aes", "nonsense", "hmacsha512")]
    paths.append(caller.new_order("asymmetric", algorithm="ec", passphrase="x"))
    deadline = time.monotonic() + 20
    statuses: list[str] = []
    while time.monotonic() < deadline:
        statuses = [caller.get(path).json["status"] for path in paths]
        if "PENDING" not in statuses:
            break
    assert statuses == ["ACTIVE", "ERROR", "ACTIVE", "ACTIVE"]


def test_a_get_waits_for_a_worker_a_moment_only(workerless: Instance) -> None:
    caller = workerless.caller()
    order = caller.new_order()
    begun = time.monotonic()
    assert caller.get(order).json["status"] == "PENDING"
    assert time.monotonic() - begun < _AT_MOST


def test_a_list_of_pending_orders_waits_for_nobody(workerless: Instance) -> None:
    caller = workerless.caller()
    for _ in range(5):
        caller.new_order()
    begun = time.monotonic()
    assert [item["status"] for item in caller.get("/v1/orders").json["orders"]] == ["PENDING"] * 5
    assert time.monotonic() - begun < _AT_MOST


def test_waiting_gets_never_take_the_last_thread(workerless: Instance) -> None:
    """With two threads one may wait; while it does, a second GET of a young order is answered at once."""
    caller = workerless.caller()
    paths = [caller.new_order() for _ in range(2)]
    together = threading.Barrier(2)

    def get(order: str) -> float:
        own = Caller(caller.application, caller.project_id)
        together.wait(10)
        begun = time.monotonic()
        assert own.get(order).json["status"] == "PENDING"
        return time.monotonic() - begun

    with ThreadPoolExecutor(2) as pool:
        times = [min(pool.map(get, paths)) for _ in range(10)]
    assert min(times) < 0.020, times


def test_other_requests_are_served_while_young_orders_are_waited_for(workerless: Instance) -> None:
    caller = workerless.caller()
    order = caller.new_order()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(Caller(caller.application, caller.project_id).get, order)
        begun = time.monotonic()
        assert caller.get("/v1/secrets").status_int == 200
        assert time.monotonic() - begun < _AT_MOST
        assert waiting.result(10).json["status"] == "PENDING"


def test_deleting_a_pending_order_leaves_no_task(workerless: Instance) -> None:
    caller = workerless.caller()
    order = caller.new_order("asymmetric", algorithm="ec", passphrase="x")
    order_id = order.rpartition("/")[2]
    with Reading(workerless.runtime.database) as view:
        assert view.tasks.find("process_pair_order", order_id) is not None
        assert view.order_passphrases.get(order_id)
        assert caller.delete(order).status_int == 204
        assert view.tasks.find("process_pair_order", order_id) is None
        with pytest.raises(NotFound):
            view.order_passphrases.get(order_id)
