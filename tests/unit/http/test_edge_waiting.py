"""Requests with a wish: they wait at the edge without a thread, and are answered when it is fulfilled."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from barbican_like.http.edge.adapter import Edge
from barbican_like.http.wish import MAY_WISH, WISH, Wish
from tests.unit.http.test_edge_adapter import BOUNDS, Exchange
from tests.unit.http.test_edge_environ import Asked, Told

LONG = 60.0


class Wishing:
    """An application whose answers are the paths; on /wish... it wishes to be asked again.

    :param seconds: that its wishes last.
    """

    def __init__(self, seconds: float = LONG) -> None:
        self._seconds = seconds
        self.fulfilled: set[str] = set()
        self.looks: list[set[str]] = []
        self.fails = False
        self.called: list[tuple[str, bool]] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        self.called.append((path, environ[MAY_WISH]))
        if path.startswith("/wish"):
            environ[WISH] = Wish(path, self.look, self._seconds)
        start_response("200 OK", [])
        return [b"fulfilled" if path in self.fulfilled else b"not yet"]

    def look(self, keys: Collection[str]) -> Collection[str]:
        """Which of the paths are fulfilled."""
        self.looks.append(set(keys))
        if self.fails:
            raise RuntimeError("the database is away")
        return self.fulfilled & set(keys)


Ask = Callable[[str], "asyncio.Task[Exchange]"]


@contextmanager
def edge_of(
    application: Callable[..., Any], **bounds: int
) -> Iterator[tuple[asyncio.AbstractEventLoop, Ask]]:
    """An edge with one thread, on a loop of its own, and what asks it for a path."""
    loop = asyncio.new_event_loop()
    edge = Edge(application, replace(BOUNDS, most_threads=1, **bounds), port=1)
    edge.__rsgi_init__(loop)

    async def ask(path: str) -> Exchange:
        exchange = Exchange()
        await edge.__rsgi__(Asked(Told([]), path=path), exchange)
        return exchange

    try:
        yield loop, lambda path: loop.create_task(ask(path))
    finally:
        edge.__rsgi_del__(loop)
        loop.close()


def within(seconds: float, loop: asyncio.AbstractEventLoop, *tasks: "asyncio.Task[Exchange]") -> list[bytes]:
    """The answers' bodies."""
    done = loop.run_until_complete(asyncio.wait_for(asyncio.gather(*tasks), seconds))
    return [exchange.body for exchange in done]


def test_requests_with_a_wish_hold_no_thread_and_are_answered_when_it_is_fulfilled() -> None:
    """Three wait with one thread for all; another is served meanwhile; each is asked for twice in all."""
    application = Wishing()
    with edge_of(application) as (loop, ask):
        waiting = [ask(f"/wish/{number}") for number in range(3)]
        assert within(10, loop, ask("/other")) == [b"not yet"]
        assert not any(task.done() for task in waiting)
        application.fulfilled.add("/wish/1")
        assert within(10, loop, waiting[1]) == [b"fulfilled"]
        assert not waiting[0].done()
        application.fulfilled |= {"/wish/0", "/wish/2"}
        assert within(10, loop, *waiting) == [b"fulfilled"] * 3
    wishes = sorted(call for call in application.called if call[0] != "/other")
    assert wishes == [(f"/wish/{number}", may) for number in range(3) for may in (False, True)]


def test_one_look_is_for_all_that_wait() -> None:
    application = Wishing()
    with edge_of(application) as (loop, ask):
        waiting = [ask(f"/wish/{number}") for number in range(3)]
        while {f"/wish/{number}" for number in range(3)} not in application.looks:
            within(10, loop, ask("/other"))
        application.fulfilled |= {f"/wish/{number}" for number in range(3)}
        within(10, loop, *waiting)


def test_a_wish_that_is_not_fulfilled_is_answered_when_its_time_is_over() -> None:
    application = Wishing(seconds=0.05)
    with edge_of(application) as (loop, ask):
        begun = loop.time()
        assert within(10, loop, ask("/wish")) == [b"not yet"]
        assert loop.time() - begun >= 0.05


def test_a_look_that_fails_lets_nobody_wait_longer() -> None:
    """The application is asked again, and says by itself what is wrong."""
    application = Wishing()
    application.fails = True
    with edge_of(application) as (loop, ask):
        assert within(10, loop, ask("/wish")) == [b"not yet"]
    assert application.looks


def test_a_look_that_takes_long_keeps_nobody_beyond_their_time() -> None:
    gate = threading.Event()

    class Slow(Wishing):
        def look(self, keys: Collection[str]) -> Collection[str]:
            assert gate.wait(20)
            return super().look(keys)

    application = Slow(seconds=0.1)
    with edge_of(application) as (loop, ask):
        waiting = ask("/wish")
        loop.call_later(0.3, gate.set)  # the one thread is in the look until then
        assert within(10, loop, waiting) == [b"not yet"]
    assert len(application.looks) == 1


def test_more_than_may_wait_are_answered_at_once() -> None:
    application = Wishing()
    with edge_of(application, waiting=8) as (loop, ask):
        waiting = []
        for number in range(8):
            waiting.append(ask(f"/wish/{number}"))
            assert within(10, loop, ask("/other")) == [b"not yet"]
        assert within(10, loop, ask("/wish/more")) == [b"not yet"]
        assert not any(task.done() for task in waiting)
        application.fulfilled |= {f"/wish/{number}" for number in range(8)}
        assert set(within(10, loop, *waiting)) <= {b"fulfilled", b"not yet"}  # the crew may be overloaded now


@pytest.mark.parametrize("count", [1, 2])
def test_after_a_while_without_wishes_a_new_one_is_seen_to(count: int) -> None:
    application = Wishing()
    application.fulfilled.add("/wish")
    with edge_of(application) as (loop, ask):
        for _ in range(count):
            assert within(10, loop, ask("/wish")) == [b"fulfilled"]
