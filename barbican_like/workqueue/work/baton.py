"""Who of a process's slots computes: one at a time, a few milliseconds each.

Two threads that change places at the interpreter's lock, on two processors, need twice the time of one for
the same work. So a slot that copies small files of this machine, or writes what became of them, has the baton
while it does; those that wait for a network, or digest large files, need none.
"""

from __future__ import annotations

import threading
import time
from typing import Final

_SPAN: Final = 0.005  # seconds for which it is kept while others wait
_LOST: Final = 0.25  # seconds after which whoever has it is taken for stuck, as where a file server is dead
_HALF_LIFE: Final = 1.0  # seconds after which what a project has had counts half


class Baton:
    """What the slots of a process hand on; next has it the project that has had it least of late."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._holder: Hand | None = None
        self._since = 0.0
        self._waiting: list[Hand] = []
        self._had: dict[str, float] = {}  # seconds, by project
        self._halved_at = 0.0

    def take(self, hand: Hand) -> None:
        """Have it, at once or when it is this slot's turn."""
        with self._mutex:
            if self._holder is None or self._holder is hand:
                self._hand_to(hand)
                return
            hand.granted.clear()
            self._waiting.append(hand)
        if hand.granted.wait(_LOST):
            return
        with self._mutex:
            if self._holder is not hand:
                self._waiting.remove(hand)
                self._hand_to(hand)

    def give(self, hand: Hand) -> None:
        """Let the next one have it; without effect where this slot does not."""
        with self._mutex:
            if self._holder is hand:
                self._settle()
                self._holder = None
                if self._waiting:
                    following = min(self._waiting, key=lambda one: self._had.get(one.project, 0.0))
                    self._waiting.remove(following)
                    self._hand_to(following)
                    following.granted.set()

    def is_due(self, hand: Hand) -> bool:
        """Whether others have waited for this slot's for long enough."""
        return bool(self._waiting) and self._holder is hand and time.monotonic() - self._since > _SPAN

    def _hand_to(self, hand: Hand) -> None:
        if self._holder is not hand:
            self._holder, self._since = hand, time.monotonic()

    def _settle(self) -> None:
        """Count what the holder had."""
        now = time.monotonic()
        if now - self._halved_at > _HALF_LIFE:
            self._halved_at = now
            self._had = {name: had / 2 for name, had in self._had.items() if had > _SPAN}
        if self._holder is not None:
            name = self._holder.project
            self._had[name] = self._had.get(name, 0.0) + now - self._since


class Hand:
    """A slot's hold on the baton."""

    def __init__(self, baton: Baton) -> None:
        self.project = ""  # that it works for; empty: for none yet
        self.granted = threading.Event()
        self._baton = baton

    def hold(self) -> None:
        """Have the baton, after those that have waited for long enough."""
        if self._baton.is_due(self):
            self._baton.give(self)
        self._baton.take(self)

    def rest(self) -> None:
        """Leave the baton to others."""
        self._baton.give(self)
