"""Many threads that start at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")


def at_once(count: int, action: Callable[[int], R]) -> list[R]:
    """Run ``action(0)`` to ``action(count - 1)`` on threads released together; what they return or raise."""
    gate = threading.Barrier(count)

    def run(number: int) -> R:
        gate.wait(timeout=30)
        return action(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
