"""The baton of a process's slots."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from barbican_like.workqueue import baton as module
from barbican_like.workqueue.baton import Baton, Hand, Waiting
from tests.faults.waiting import wait_for

LONGEST = 10.0  # seconds


@pytest.fixture
def baton(monkeypatch: pytest.MonkeyPatch) -> Baton:
    """One that nobody is taken for stuck with."""
    monkeypatch.setattr(module, "_LOST", LONGEST)
    return Baton()


def asked(pool: ThreadPoolExecutor, hand: Hand, done: Callable[[], None] = lambda: None) -> Future[None]:
    """A slot that waits for it by now, does something with it, and rests."""
    hand.granted.set()

    def work() -> None:
        hand.hold()
        done()
        hand.rest()

    future = pool.submit(work)
    wait_for("it waits", lambda: not hand.granted.is_set(), LONGEST)
    return future


def test_one_at_a_time_has_it(baton: Baton) -> None:
    """However many slots ask for it at once."""
    at_work, most = 0, 0

    def work() -> None:
        nonlocal at_work, most
        hand = Hand(baton)
        for _ in range(50):
            hand.hold()
            at_work += 1
            most = max(most, at_work)
            at_work -= 1
            hand.rest()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result(LONGEST)
    assert most == 1


def test_the_project_that_has_had_it_least_has_it_next(baton: Baton) -> None:
    """Whoever came first; so ten files do not wait behind each slot of a million."""
    large, again, small = Hand(baton), Hand(baton), Hand(baton)
    large.project = again.project = "large"
    small.project = "small"
    large.hold()
    order: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        first = asked(pool, again, lambda: order.append("large"))
        second = asked(pool, small, lambda: order.append("small"))
        large.rest()
        first.result(LONGEST)
        second.result(LONGEST)
    assert order == ["small", "large"]


def test_it_is_kept_for_a_moment_and_handed_on_then(baton: Baton, monkeypatch: pytest.MonkeyPatch) -> None:
    """To hold it again is free until its time is over and somebody waits."""
    mine, other = Hand(baton), Hand(baton)
    mine.hold()
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(module, "_SPAN", LONGEST)
        future = asked(pool, other, done.set)
        mine.hold()
        assert not done.is_set()
        monkeypatch.setattr(module, "_SPAN", 0.0)
        mine.hold()
        assert done.wait(LONGEST)
        future.result(LONGEST)
    mine.rest()


def test_whoever_is_stuck_with_it_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a call to a dead file server; coming back it does not take it from whoever has it then."""
    monkeypatch.setattr(module, "_LOST", 0.01)
    baton = Baton()
    stuck, other, third = Hand(baton), Hand(baton), Hand(baton)
    stuck.hold()
    other.hold()
    stuck.rest()
    monkeypatch.setattr(module, "_LOST", LONGEST)
    with ThreadPoolExecutor(1) as pool:
        future = asked(pool, third)
        assert not future.done()
        other.rest()
        future.result(LONGEST)


def test_whoever_waits_for_something_else_lays_it_down(baton: Baton) -> None:
    """And takes it up again behind those that have it by then; a thread that has none just waits."""
    mine, other = Hand(baton), Hand(baton)
    mine.hold()
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = asked(pool, other, done.set)
        with Waiting():
            assert done.wait(LONGEST)
        future.result(LONGEST)
        third = asked(pool, Hand(baton))
        assert not third.done()
        mine.rest()
        third.result(LONGEST)


def test_one_that_was_given_it_too_late_takes_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was handed over when its time had just run out, and another had taken it by then."""
    baton = Baton()
    first, late, other = Hand(baton), Hand(baton), Hand(baton)
    first.hold()

    def run_out(_seconds: float) -> bool:
        first.rest()  # which hands it over
        monkeypatch.undo()
        monkeypatch.setattr(module, "_LOST", 0.0)
        other.hold()
        return False

    monkeypatch.setattr(late.granted, "wait", run_out)
    late.hold()
    late.rest()
    other.rest()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(Hand(baton).hold).result(LONGEST)
