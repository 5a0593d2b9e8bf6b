"""What the feed answers to who does not wait: the API's answer, and the gateway's first one."""

from __future__ import annotations

from typing import Any

from barbican_like.activity.feed import initial, reading, sequencer
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.filters import Filter, Keep
from barbican_like.activity.http.access import Judge
from barbican_like.activity.http.queries import Wish
from barbican_like.activity.models import Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading


def keeps(wanted: Filter, judge: Judge) -> Keep:
    """What a reader is shown: what he wants of what is his to see."""

    def keep(change: Change) -> bool:
        return wanted.wants(change) and judge.lets_read(change)

    return keep


def keeps_object(wanted: Filter, judge: Judge) -> Keep:
    """The same of objects that are there."""

    def keep(state: Change) -> bool:
        return wanted.wants_object(state) and judge.lets_read(state)

    return keep


def next_changes(view: Reading, wish: Wish, judge: Judge, envelopes: Envelopes) -> dict[str, Any]:
    """The next changes behind a place.

    :raises Gone: when the place is not kept.
    """
    feed = view.of(FeedRepo)
    since = feed.head().last if wish.from_now else wish.since
    found = reading.read(feed, since, wish.limit, keeps(wish.wanted, judge))
    items = [envelopes.of_change(change) for change in found.changes]
    return {"result": items, "last_seq": found.last_seq}


def objects(database: Database, wish: Wish, judge: Judge, envelopes: Envelopes) -> dict[str, Any]:
    """The objects that are there, and the place to go on from."""
    start = initial.take(database, judge.objects, keeps_object(wish.wanted, judge), wish.names)
    items = [envelopes.of_object(state) for state in start.objects]
    return {"result": [], "initial": items, "last_seq": start.last_seq}


def at_once(database: Database, wish: Wish, judge: Judge, envelopes: Envelopes) -> dict[str, Any]:
    """Either of them, with all that was committed before."""
    sequencer.number_committed(database)
    if wish.include_initial:
        return objects(database, wish, judge, envelopes)
    with Reading(database) as view:
        return next_changes(view, wish, judge, envelopes)
