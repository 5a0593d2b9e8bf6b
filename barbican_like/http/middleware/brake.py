"""A brake on who guesses: failures cost whoever makes them time, and nobody else."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 4096
"""Keys that are remembered; those whose last failure is the longest ago are forgotten first."""
_TRIED: Final = 16
_LONGEST: Final = 64
"""Characters of what is no address."""
_NETWORK_OF_ONE: Final = 64
"""Bits: a caller with IPv6 has all addresses of such a network."""


@dataclass(slots=True)
class _Failures:
    """Of one key."""

    over_at: float  # when they are forgiven, each after some seconds (GCRA's theoretical arrival time)
    tried: set[bytes] = field(default_factory=set)  # digests of some passwords that were wrong


class Brake:
    """Counts failures by a key. Of each key some are free; every further one waits for its seconds.

    :param free: failures at once.
    :param seconds: after which one is forgiven.
    """

    def __init__(self, *, free: int, seconds: float, most: int = MOST) -> None:
        self._seconds = seconds
        self._patience = (free - 1) * seconds
        self._most = most
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: Hashable) -> float:
        """Seconds until the next try; 0: at once."""
        with self._lock:
            found = self._failures.get(key)
            return 0.0 if found is None else max(0.0, found.over_at - time.monotonic() - self._patience)

    def failed(self, key: Hashable) -> None:
        """Note a failure."""
        with self._lock:
            now = time.monotonic()
            found = self._failures.pop(key, None)
            if found is None or found.over_at < now:
                found = _Failures(over_at=now)
            found.over_at += self._seconds
            self._failures[key] = found
            if len(self._failures) > self._most:
                self._failures.popitem(last=False)

    def tried(self, key: Hashable, digest: bytes) -> None:
        """Note a password that was refused unseen."""
        with self._lock:
            found = self._failures.get(key)
            if found is not None and len(found.tried) < _TRIED:
                found.tried.add(digest)

    def guesses(self, key: Hashable) -> bool:
        """Whether many passwords were tried, and not one that is out of date again and again."""
        with self._lock:
            found = self._failures.get(key)
            return found is not None and len(found.tried) >= _TRIED


def caller_of(address: str) -> str:
    """Who calls from an address: of several that proxies have noted the last, of IPv6 the network."""
    text = address.rpartition(",")[2].strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return text[:_LONGEST]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found.packed, _NETWORK_OF_ONE), strict=False))
