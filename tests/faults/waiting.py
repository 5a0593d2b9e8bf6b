"""Waiting with a deadline for something that another process does, and telling what was measured."""

import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_NEVER = threading.Event()


def wait_for(what: str, look: Callable[[], T | None], seconds: float, *, pause: float = 0.02) -> T:
    """What ``look`` gives, as soon as it is true; an AssertionError naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what} (last seen: {found!r})")
        _NEVER.wait(pause)


def let_pass(seconds: float) -> None:
    """Let a moment pass: to choose when a fault strikes or how long it lasts, never to wait for an effect."""
    _NEVER.wait(seconds)


def tell(figures: str) -> None:
    """Print what a trial measured; pytest shows it with ``-s``."""
    sys.stdout.write(f"\n  {figures}\n")
