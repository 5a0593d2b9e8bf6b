"""The threads that requests are worked on."""

import asyncio
import threading

import pytest

from barbican_like.http.edge import crew
from barbican_like.http.edge.crew import Crew


async def _a_turn_of_the_loop() -> None:
    await asyncio.to_thread(len, ())


def test_a_thread_that_says_that_it_waits_is_replaced_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it has been at its job for long; when it goes on, there are as many as before."""
    monkeypatch.setattr(crew, "_LONG", 1e9)
    going, second = threading.Event(), threading.Event()

    def first() -> None:
        with crew.waiting():
            assert second.wait(20)
        going.set()

    async def both() -> None:
        mine = Crew(asyncio.get_running_loop(), few=1, most=2, waiting=4)
        mine.work(first)
        mine.work(second.set)
        assert await asyncio.to_thread(going.wait, 20)
        while len(mine._begun) > 1:
            await _a_turn_of_the_loop()
        mine.stop()

    asyncio.run(asyncio.wait_for(both(), 30))


def test_no_more_are_added_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_LONG", 1e9)
    turn, ended, seen = threading.Event(), threading.Semaphore(0), []

    async def all_wait() -> None:
        mine = Crew(asyncio.get_running_loop(), few=1, most=3, waiting=9)

        def job() -> None:
            with crew.waiting():
                seen.append(len(mine._begun))
                assert turn.wait(20)
            ended.release()

        for _ in range(6):
            mine.work(job)
        while len(seen) < 3:
            await _a_turn_of_the_loop()
        turn.set()
        for _ in range(6):
            assert await asyncio.to_thread(ended.acquire, timeout=20)
        mine.stop()

    asyncio.run(asyncio.wait_for(all_wait(), 30))
    assert max(seen) == 3


def test_on_other_threads_it_changes_nothing() -> None:
    """As on those of gunicorn and uWSGI."""
    with crew.waiting():
        pass
