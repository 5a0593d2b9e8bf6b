"""The objects that are there, and the place in the feed where exactly they are so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from barbican_like.activity.feed import sequencer
from barbican_like.activity.feed.filters import Keep
from barbican_like.activity.feed.writing import row_of
from barbican_like.activity.models import Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.sequencer import SequencerRepo
from barbican_like.common import clock
from barbican_like.common.notices import Notice
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Repositories, Snapshot, UnitOfWork

Objects = Callable[[Repositories, str], Iterable[Notice]]
"""The objects of a name that may be a reader's to see."""


class Start(NamedTuple):
    """What there is, and the place to go on from."""

    objects: Sequence[Change]
    last_seq: int


def take(database: Database, objects: Objects, keep: Keep, names: Iterable[str]) -> Start:
    """All objects for a reader as they are just after one change, with that change's number.

    On a server the snapshot is taken while nobody else can number rows. What it sees of them is numbered
    then, and nothing else, so that it has all changes up to the last of those and none behind it.

    :param names: of the kinds of objects that are wanted.
    :raises Overloaded: when the database cannot do it now.
    """
    with Snapshot(database) as view:
        if database.dialect == "sqlite":
            last = view.of(FeedRepo).head().last
        else:
            with UnitOfWork(database) as uow:
                locked = uow.of(SequencerRepo).lock()
                seen = view.of(SequencerRepo).all_committed()
                last = sequencer.number_these(uow, seen, locked)
                uow.commit()
        states = (_state(notice, name, last) for name in names for notice in objects(view, name))
        found = [state for state in states if keep(state)]
    return Start(found, last)


def _state(notice: Notice, name: str, last: int) -> Change:
    return Change(last, *row_of(notice, name, notice.at or clock.now()))
