"""How long lists are: what is counted when, and who waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from barbican_like.common.errors import Overloaded
from barbican_like.model.lists import Count, Size
from barbican_like.model.totals import EXACT, OLDEST, Totals

HERE = cast(Connection, object())
SECONDS = 10  # that a test waits for another thread


class Rows:
    """Stands for the statements that count a list."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.whole_counts = 0
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.free = threading.Event()  # a count waits until it is
        self.free.set()

    def some(self, _connection: Connection, _values: object, most: int) -> int:
        """A count up to a number."""
        return min(self.total, most)

    def whole(self, _connection: Connection, _values: object) -> int:
        """A whole count."""
        self.whole_counts += 1
        self.begun.set()
        assert self.free.wait(SECONDS)
        if self.total < 0:
            raise Overloaded
        total = self.total
        self.ended.set()
        return total


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def totals(clock: Clock) -> Iterator[Totals]:
    """Totals whose thread counts over a connection of its own."""

    @contextmanager
    def reading() -> Iterator[Connection]:
        yield HERE

    made = Totals(reading, wait=SECONDS, now=clock)
    yield made
    made.close()


def count_of(rows: Rows, **values: object) -> Count:
    """A list of these rows."""
    return Count(cast(Size, rows), values)


def in_thread(act: Callable[[], object]) -> tuple[threading.Thread, list[Any]]:
    """Do something beside the test; gives the list that it puts the result into, or the error."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(act())
        except Overloaded as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


@pytest.mark.parametrize("total", [0, 1, EXACT])
def test_a_short_list_is_exact_and_never_counted_whole(totals: Totals, total: int) -> None:
    rows = Rows(total)
    assert totals.of(count_of(rows), HERE) == total
    rows.total = 7
    assert totals.of(count_of(rows), HERE) == 7
    assert rows.whole_counts == 0


def test_a_long_list_is_counted_once_for_a_while(totals: Totals, clock: Clock) -> None:
    """Its total is what it was then, whoever asks."""
    rows = Rows(EXACT + 1)
    assert totals.of(count_of(rows), HERE) == EXACT + 1
    rows.total += 5
    clock.at += 5
    assert totals.of(count_of(rows), HERE) == EXACT + 1
    assert rows.whole_counts == 1


def test_a_list_that_has_become_short_is_exact_at_once(totals: Totals) -> None:
    rows = Rows(EXACT + 1)
    totals.of(count_of(rows), HERE)
    rows.total = EXACT
    assert totals.of(count_of(rows), HERE) == EXACT


def test_a_total_is_never_older_than_it_may_be(totals: Totals, clock: Clock) -> None:
    rows = Rows(EXACT + 1)
    totals.of(count_of(rows), HERE)
    rows.total += 5
    clock.at += OLDEST
    assert totals.of(count_of(rows), HERE) == EXACT + 6


def test_the_age_of_a_total_is_that_of_the_beginning_of_its_count(totals: Totals, clock: Clock) -> None:
    """What came while it was counted is not in it."""
    rows = Rows(EXACT + 1)
    rows.free.clear()
    thread, found = in_thread(lambda: totals.of(count_of(rows), HERE))
    assert rows.begun.wait(SECONDS)
    clock.at += OLDEST
    rows.free.set()
    thread.join(SECONDS)
    assert found == [EXACT + 1]
    totals.of(count_of(rows), HERE)
    assert rows.whole_counts == 2


def test_a_total_that_grows_old_is_renewed_beside_the_requests(totals: Totals, clock: Clock) -> None:
    """Who asks takes the old one, also while it is counted, and soon finds the new one."""
    rows = Rows(EXACT + 1)
    totals.of(count_of(rows), HERE)
    rows.total += 5
    clock.at += OLDEST - 1
    rows.free.clear()
    for event in (rows.begun, rows.ended):
        event.clear()
    assert totals.of(count_of(rows), HERE) == EXACT + 1
    assert rows.begun.wait(SECONDS)
    assert totals.of(count_of(rows), HERE) == EXACT + 1
    rows.free.set()
    totals.close()  # waits for the thread
    assert totals.of(count_of(rows), HERE) == EXACT + 6
    assert rows.whole_counts == 2


def test_a_renewal_that_fails_leaves_it_to_the_next_who_asks(totals: Totals, clock: Clock) -> None:
    """An error of the database in the thread is nobody's answer."""
    rows = Rows(EXACT + 1)
    totals.of(count_of(rows), HERE)
    clock.at += OLDEST - 1
    rows.total = -1
    rows.begun.clear()
    known = totals._many(count_of(rows), HERE)
    assert rows.begun.wait(SECONDS)
    totals.close()
    rows.total = EXACT + 9
    clock.at += 1
    assert (known, totals.of(count_of(rows), HERE)) == (EXACT + 1, EXACT + 9)


def test_requests_that_ask_at_once_count_once(totals: Totals) -> None:
    """The first counts, the others wait for it and have its total."""
    rows = Rows(EXACT + 1)
    rows.free.clear()
    first, found = in_thread(lambda: totals.of(count_of(rows), HERE))
    assert rows.begun.wait(SECONDS)
    others = [in_thread(lambda: totals.of(count_of(rows), HERE)) for _ in range(3)]
    rows.free.set()
    for thread, more in others:
        thread.join(SECONDS)
        found += more
    first.join(SECONDS)
    assert found == [EXACT + 1] * 4
    assert rows.whole_counts == 1


def test_requests_that_wait_for_a_count_that_fails_fail_with_it() -> None:
    """They do not try again one after the other, each as long as the first."""
    rows = Rows(EXACT + 1)
    totals = Totals(lambda: pytest.fail("nothing to renew"), wait=SECONDS)
    rows.free.clear()
    first, found = in_thread(lambda: totals._many(count_of(rows), HERE))
    assert rows.begun.wait(SECONDS)
    other, waited = in_thread(lambda: totals._many(count_of(rows), HERE))
    rows.total = -1
    rows.free.set()
    for thread in (first, other):
        thread.join(SECONDS)
    assert [type(each) for each in found + waited] == [Overloaded, Overloaded]
    totals.close()


def test_a_request_waits_for_anothers_count_for_a_bounded_time() -> None:
    rows = Rows(EXACT + 1)
    totals = Totals(lambda: pytest.fail("nothing to renew"), wait=0)
    rows.free.clear()
    first, found = in_thread(lambda: totals.of(count_of(rows), HERE))
    assert rows.begun.wait(SECONDS)
    with pytest.raises(Overloaded):
        totals.of(count_of(rows), HERE)
    rows.free.set()
    first.join(SECONDS)
    assert found == [EXACT + 1]


def test_each_project_and_filter_has_a_total_of_its_own(totals: Totals) -> None:
    rows = Rows(EXACT + 1)
    for project in ("a", "b"):
        for name in ("x", "y"):
            rows.total += 1
            assert totals.of(count_of(rows, external_id=project, name=name), HERE) == rows.total
    other = Rows(EXACT + 99)
    assert totals.of(count_of(other, external_id="a", name="x"), HERE) == EXACT + 99
