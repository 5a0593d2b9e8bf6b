"""What counting costs a GET of a secret: the application in this process, counted and not, in turns.

    python -m benchmarks.meters [--rounds N]

Prints microseconds of this thread's processor time, medians of the rounds, their ratio, and what a count
costs alone, on one thread and beside another that counts too.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from http import HTTPStatus
from pathlib import Path

from barbican_like.common import config
from barbican_like.common.meters.writing import Meters
from barbican_like.http.edge.measuring import Measure, measure_by, unmeasured
from tests.support.application import Instance, prepare, running
from tests.support.caller import Raw

_CALLS = 400
_COUNTS = 20_000
_ROUTE = "/v1/secrets/{secret_id}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.meters", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory() as folder,
        running(prepare(Path(folder)), worker=False) as instance,
    ):
        measure = measure_by(Meters(config.meter_folder(instance.conf)))
        _print_gets(instance, {"not counted": unmeasured, "counted": measure}, rounds)
        print(f"a count alone             {_alone(measure):6.2f} us")
        print(f"beside another thread's   {_beside(measure):6.2f} us")


def _print_gets(instance: Instance, sides: dict[str, Measure], rounds: int) -> None:
    path = instance.caller("benchmark").new_secret(name="x", payload="y", payload_content_type="text/plain")
    request = Raw(method="GET", path=path, headers={"X-Project-Id": "benchmark"}, body=b"")
    found: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 else reversed(sides):
            found[name].append(_gets(instance, request, sides[name]))
    without, with_ = (statistics.median(found[name]) for name in sides)
    print(f"GET, not counted          {without:6.1f} us")
    print(f"GET, counted              {with_:6.1f} us  {with_ / without - 1:+.2%}")


def _gets(instance: Instance, request: Raw, measure: Measure) -> float:
    """Microseconds of the processor for a call, with what the edge does around it."""
    processor = time.thread_time()
    for _ in range(_CALLS):
        begun = time.monotonic()
        status = request.send(instance.application).status
        if status != HTTPStatus.OK:
            raise SystemExit(f"a GET was answered by {status}")
        measure("GET", _ROUTE, status, time.monotonic() - begun)
    return (time.thread_time() - processor) / _CALLS * 1e6


def _alone(measure: Measure) -> float:
    """Microseconds of the processor for a count."""
    processor = time.thread_time()
    for _ in range(_COUNTS):
        measure("GET", _ROUTE, HTTPStatus.OK, 0.001)
    return (time.thread_time() - processor) / _COUNTS * 1e6


def _beside(measure: Measure) -> float:
    """The same while another thread counts without a pause: what waiting for it costs is in it."""
    ended = threading.Event()

    def count() -> None:
        while not ended.is_set():
            measure("GET", _ROUTE, HTTPStatus.OK, 0.001)

    other = threading.Thread(target=count)
    other.start()
    try:
        return _alone(measure)
    finally:
        ended.set()
        other.join()


if __name__ == "__main__":
    main()
