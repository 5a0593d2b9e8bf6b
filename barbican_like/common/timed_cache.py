"""A bounded memory of things that grow old."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class TimedCache(Generic[V]):
    """A bounded map whose entries are forgotten after a while; the least recently used go first.

    :param size: entries at most; 0 keeps nothing.
    :param ttl: seconds an entry lives.
    """

    def __init__(self, size: int, ttl: float) -> None:
        self._size = size
        self._ttl = ttl
        self._entries: OrderedDict[str, tuple[float, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> V | None:
        """The entry, or None when there is none or it is too old."""
        with self._lock:
            found = self._entries.get(name)
            if found is None:
                return None
            expires, value = found
            if expires < time.monotonic():
                del self._entries[name]
                return None
            self._entries.move_to_end(name)
            return value

    def put(self, name: str, value: V) -> None:
        """Remember an entry."""
        if self._size == 0:
            return
        with self._lock:
            self._entries[name] = (time.monotonic() + self._ttl, value)
            self._entries.move_to_end(name)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def forget(self, name: str) -> None:
        """Drop an entry."""
        with self._lock:
            self._entries.pop(name, None)
