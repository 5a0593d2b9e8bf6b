"""Passes of the sequencer: until all that is committed has its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from barbican_like.activity.repository.sequencer import MOST, SequencerRepo
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_PASSES: Final = 1_000  # in one go: an end even where others write faster than this numbers


def number_committed(database: Database) -> None:
    """Give everything that was committed before this call its number.

    :raises Overloaded: when the database cannot do it now; what was numbered by then stays so.
    """
    if database.dialect == "sqlite":  # numbers its rows itself
        return
    with Reading(database) as view:
        if not view.of(SequencerRepo).has_work():
            return
    for _ in range(_PASSES):
        if not _pass(database):
            return


def _pass(database: Database) -> bool:
    """One transaction; whether there may be more to do."""
    with UnitOfWork(database) as uow:
        sequencer = uow.of(SequencerRepo)
        last = sequencer.lock()
        row_ids = sequencer.committed()
        sequencer.number(row_ids, last)
        uow.commit()
    return len(row_ids) == MOST


def number_these(uow: UnitOfWork, row_ids: Sequence[int], last: int) -> int:
    """Number just these rows, however many, in a transaction that has locked the head; returns the last."""
    sequencer = uow.of(SequencerRepo)
    for start in range(0, len(row_ids), MOST):
        last = sequencer.number(row_ids[start : start + MOST], last)
    return last
