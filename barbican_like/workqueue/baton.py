"""Who of a process's slots computes: one at a time, a few milliseconds each.

Two threads that change places at the interpreter's lock, on two processors, need twice the time of one for
the same work. So a slot has the baton while it copies small files, or writes what became of them, and lays it
down wherever it waits; one that digests a large file needs none.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Final

_SPAN: Final = 0.02  # seconds for which it is kept while others wait
_LOST: Final = 0.25  # seconds after which whoever has it is taken for stuck, as where a file server is dead
_HALF_LIFE: Final = 1.0  # seconds after which what a project has had counts half

_THREAD: Final = threading.local()  # ``hand``: of the slot that it works, while that is to have the baton


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
            if self._holder is hand:
                return
            if hand in self._waiting:  # else it was given, and taken away again, in the last moment
                self._waiting.remove(hand)
            self._settle()
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
        _THREAD.hand = self

    def rest(self) -> None:
        """Leave the baton to others."""
        _THREAD.hand = None
        self._baton.give(self)

    def lay_down(self) -> None:
        """Leave it to others for as long as something is waited for."""
        self._baton.give(self)

    def take_up(self) -> None:
        """Have it again."""
        self._baton.take(self)


class Waiting:
    """While a thread waits for something but the interpreter: where it has the baton, others may have it.

    A class, since a generator of contextlib takes four times as long.
    """

    __slots__ = ("_hand",)

    def __enter__(self) -> None:
        self._hand: Hand | None = getattr(_THREAD, "hand", None)
        if self._hand is not None:
            self._hand.lay_down()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hand is not None:
            self._hand.take_up()
