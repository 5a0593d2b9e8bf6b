"""The table that every state machine of the product is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar

S = TypeVar("S", bound=Enum)


class IllegalMove(ValueError):
    """A move that the table does not have: a defect of the caller, never of a user."""


class TransitionTable(Generic[S]):
    """Which state may follow which; what is not listed is forbidden.

    :param moves: for each state the states that may follow it (none: a final state).
    :raises ValueError: when a state of the enum has no entry, so that none is forgotten.
    """

    def __init__(self, moves: Mapping[S, frozenset[S]]) -> None:
        members = set(type(next(iter(moves))))
        if members != set(moves):
            raise ValueError(f"states without an entry: {members - set(moves)}")
        self.moves: Mapping[S, frozenset[S]] = MappingProxyType(dict(moves))

    def permits(self, old: S, new: S) -> bool:
        """Whether ``new`` may follow ``old``."""
        return new in self.moves[old]

    def require(self, old: S, new: S) -> None:
        """Do nothing when ``new`` may follow ``old``.

        :raises IllegalMove: when it may not.
        """
        if not self.permits(old, new):
            raise IllegalMove(f"{old.name} -> {new.name}")

    def predecessors(self, new: S) -> frozenset[S]:
        """The states that ``new`` may follow."""
        return frozenset(state for state, followers in self.moves.items() if new in followers)

    def finals(self) -> frozenset[S]:
        """The states that nothing follows."""
        return frozenset(state for state, followers in self.moves.items() if not followers)
