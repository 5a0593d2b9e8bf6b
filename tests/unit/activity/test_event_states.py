"""The table of an event's moves, and ways through it."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from barbican_like.activity.states import (
    ENDED,
    EVENT_MOVES,
    READY,
    RETRIED,
    UNFINISHED,
    EventStatus,
)

S = EventStatus
SPECIFIED = """
NEW -> PENDING WAITING CONFIRM ERROR
CONFIRM -> PENDING ERROR
PENDING -> APPROVED DENIED
APPROVED -> WAITING
WAITING -> RUNNING ERROR
RUNNING -> SUCCESS WARNING ERROR WAITING
ERROR -> WAITING
WARNING -> WAITING
SUCCESS ->
DENIED ->
"""


@st.composite
def ways(draw: st.DrawFn) -> list[EventStatus]:
    """A way from the beginning, as long as it goes or twenty moves."""
    way = [S.NEW]
    while len(way) < 20 and (followers := sorted(EVENT_MOVES.moves[way[-1]])):
        way.append(draw(st.sampled_from(followers)))
    return way


def test_it_is_the_one_that_was_agreed_on() -> None:
    rows = [line.split(" ->") for line in SPECIFIED.strip().splitlines()]
    told = {S[old]: frozenset(S[new] for new in followers.split()) for old, followers in rows}
    assert dict(EVENT_MOVES.moves) == told


@given(ways())
def test_nothing_is_carried_out_that_nobody_may_want(way: list[EventStatus]) -> None:
    """RUNNING comes straight after WAITING, and a request's WAITING after a yes."""
    for before, after in itertools.pairwise(way):
        if after is S.RUNNING:
            assert before is S.WAITING
        if after is S.APPROVED:
            assert before is S.PENDING
    if S.DENIED in way:
        assert S.RUNNING not in way


@given(ways())
def test_a_registration_is_never_carried_out_without_a_yes(way: list[EventStatus]) -> None:
    """What had to be confirmed goes on as a request, or not at all until an admin says so."""
    if S.CONFIRM in way and S.RUNNING in way:
        between = way[way.index(S.CONFIRM) : way.index(S.RUNNING)]
        assert S.APPROVED in between or S.ERROR in between


@given(ways())
def test_what_has_succeeded_or_was_denied_stays_so(way: list[EventStatus]) -> None:
    for status in (S.SUCCESS, S.DENIED):
        assert status not in way[:-1]


def test_every_state_has_ended_or_has_not() -> None:
    assert set(S) == ENDED | UNFINISHED
    assert not ENDED & UNFINISHED
    assert EVENT_MOVES.finals() == {S.SUCCESS, S.DENIED}
    assert {S.ERROR, S.WARNING} == RETRIED
    assert READY < UNFINISHED
