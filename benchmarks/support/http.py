"""HTTP benchmarks of two servers: each request in turns, medians, ratios and goals."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from benchmarks.support.requests import NAMES, Server
from benchmarks.support.turns import in_turns, print_table


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every one of them can be told."""
    parser.add_argument("--seconds", type=int, default=8, help="of each run (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each side and request (default 3)")
    parser.add_argument("--connections", type=int, default=16)


def compare(servers: Mapping[str, Server], options: argparse.Namespace, goals: Mapping[str, float]) -> bool:
    """Measure and print; whether the second reached the goals and failed no request.

    :param servers: two, by name.
    :param goals: for each request what the second's median is to be of the first's, at least.
    """
    first, second = servers
    rows, good = [], True
    for name in NAMES:
        failed = dict.fromkeys(servers, 0)
        medians = {
            side: rounds.median
            for side, rounds in in_turns(_measures(servers, name, options, failed), options.rounds).items()
        }
        ratio = medians[second] / medians[first]
        good = good and ratio >= goals[name] and not failed[second]
        rates = [f"{medians[side]:,.0f}" for side in servers]
        failures = f"{failed[first]}, {failed[second]}"
        rows.append((name, *rates, f"{ratio:.2f}", f"{goals[name]:.2f}", failures))
    print_table(("requests a second", first, second, "ratio", "goal", "failed"), rows)
    return good


def _measures(
    servers: Mapping[str, Server], name: str, options: argparse.Namespace, failed: dict[str, int]
) -> dict[str, Callable[[], float]]:
    def measure(side: str) -> float:
        figure = servers[side].run(name, seconds=options.seconds, connections=options.connections)
        failed[side] += figure.failed
        return figure.per_second

    return {side: lambda side=side: measure(side) for side in servers}  # type: ignore[misc]
