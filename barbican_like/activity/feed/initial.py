"""The objects that are there, and the place in the feed where exactly they are so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from barbican_like.activity.feed import sequencer
from barbican_like.activity.feed.envelope import INITIAL
from barbican_like.activity.feed.filters import Keep
from barbican_like.activity.feed.writing import row_of
from barbican_like.activity.models import OBJECT_TYPES, Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.objects import ObjectsRepo
from barbican_like.activity.repository.sequencer import SequencerRepo
from barbican_like.common.notices import Notice
from barbican_like.model import telling
from barbican_like.model.database import Database
from barbican_like.model.models import Container, Order, Secret
from barbican_like.model.unit_of_work import Snapshot, UnitOfWork

_AT_ONCE: Final = 500  # objects of one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where objects may be that a caller may see: each is judged by itself then."""

    project_id: str
    user_id: str | None
    everywhere: frozenset[str]  # names of kinds of objects of which even others' may be the caller's to see


class Start(NamedTuple):
    """What there is, and the place to go on from."""

    objects: Sequence[Change]
    last_seq: int


def take(database: Database, reach: Reach, keep: Keep, names: Collection[str] = OBJECT_TYPES) -> Start:
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
        found = [state for name in names for state in _states(view, name, reach, last)]
    return Start([state for state in found if keep(state)], last)


def _states(view: Snapshot, name: str, reach: Reach, last: int) -> Iterator[Change]:
    ids = _ids(view.of(ObjectsRepo), name, reach)
    for start in range(0, len(ids), _AT_ONCE):
        yield from (_state(entity, last) for entity in _LOAD[name](view, ids[start : start + _AT_ONCE]))


def _ids(objects: ObjectsRepo, name: str, reach: Reach) -> Sequence[str]:
    if name in reach.everywhere:
        return sorted(objects.all(name))
    found = set(objects.of_project(name, reach.project_id))
    if reach.user_id is not None:
        found.update(objects.naming(name, reach.user_id))
    return sorted(found)


_LOAD: Final[dict[str, Callable[[Snapshot, Sequence[str]], Sequence[Secret | Container | Order]]]] = {
    "secrets": lambda view, ids: view.secrets.list_by_ids(ids),
    "containers": lambda view, ids: view.containers.list_by_ids(ids),
    "orders": lambda view, ids: view.orders.list_by_ids(ids),
}


def _state(entity: Secret | Container | Order, last: int) -> Change:
    return Change(last, *row_of(_about(entity), entity.updated_at))


def _about(entity: Secret | Container | Order) -> Notice:
    if isinstance(entity, Secret):
        return telling.about_secret(entity, INITIAL)
    if isinstance(entity, Container):
        return telling.about_container(entity, INITIAL)
    return telling.about_order(entity, INITIAL)
