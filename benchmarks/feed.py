"""What the feed costs a POST of a secret: the application in this process, with and without it, in turns.

    python -m benchmarks.feed [--database URL] [--rounds N]

Prints microseconds of wall clock and of this thread's processor time, medians of the rounds, and the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from http import HTTPStatus
from pathlib import Path

from tests.support.application import Instance, prepare, running
from tests.support.caller import Raw

_CALLS = 60
_BODY = b'{"name": "x", "payload": "speak, friend", "payload_content_type": "text/plain"}'
_SIDES = ("without", "with")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.feed", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--database", default="", help="SQLAlchemy URL of an empty database; default: SQLite")
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    settings = f"[database]\nconnection = {chosen.database}" if chosen.database else ""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(prepare(Path(folder), settings), worker=False) as instance,
    ):
        _print(_measured(instance, chosen.rounds))


def _measured(instance: Instance, rounds: int) -> dict[str, list[tuple[float, float]]]:
    observers = instance.runtime.database.observers
    found: dict[str, list[tuple[float, float]]] = {side: [] for side in _SIDES}
    _post(instance)
    for number in range(rounds):
        for side in _SIDES if number % 2 else reversed(_SIDES):
            instance.runtime.database.observers = observers if side == "with" else ()
            found[side].append(_post(instance))
    return found


def _post(instance: Instance) -> tuple[float, float]:
    """Microseconds of one call: of the wall clock, and of the processor."""
    headers = {"X-Project-Id": "benchmark", "X-User-Id": "alice", "Content-Type": "application/json"}
    request = Raw(method="POST", path="/v1/secrets", headers=headers, body=_BODY)
    wall, processor = time.perf_counter(), time.thread_time()
    for _ in range(_CALLS):
        if request.send(instance.application).status != HTTPStatus.CREATED:
            raise SystemExit("a POST has failed")
    return (time.perf_counter() - wall) / _CALLS * 1e6, (time.thread_time() - processor) / _CALLS * 1e6


def _print(found: dict[str, list[tuple[float, float]]]) -> None:
    for place, name in enumerate(("wall clock", "processor")):
        without, with_ = (statistics.median(pair[place] for pair in found[side]) for side in _SIDES)
        print(f"{name:10}  without {without:7.0f} us  with {with_:7.0f} us  {with_ / without - 1:+.1%}")


if __name__ == "__main__":
    main()
