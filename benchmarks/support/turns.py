"""Measures several sides in turns, so that what the machine does meanwhile falls on all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rounds:
    """What one side gave in each round, in one unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def spread(self) -> str:
        """The least and the most, as text."""
        return f"{min(self.values):,.0f}-{max(self.values):,.0f}"


def in_turns(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Rounds]:
    """Measure each side once a round: first, second, first, second ...

    :param sides: what measures a side, by the side's name.
    """
    values: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            values[name].append(measure())
    return {name: Rounds(tuple(found)) for name, found in values.items()}


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown, its columns aligned: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in (heads, rule, *rows):
        cells = (
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        )
        print("| " + " | ".join(cells) + " |", flush=True)
