"""What systemd wants to hear of a service of Type=notify (sd_notify(3)); nothing where it started none."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import MutableMapping


class Systemd:
    """Tells the service manager that started this process, if one did."""

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        # Taken out, so that no process of a service speaks for this one.
        self._address = given.pop("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        microseconds = given.pop("WATCHDOG_USEC", "")
        meant = given.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._period = int(microseconds) / 2e6 if microseconds.isdigit() and meant else 0.0
        self._next = 0.0

    def tell(self, state: str) -> None:
        """Send one assignment, such as READY=1."""
        if self._address:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.settimeout(0)
                end.sendto(state.encode(), self._address)

    def next_time(self) -> float:
        """When :meth:`turn` is due, on the monotonic clock."""
        return self._next if self._period and self._address else float("inf")

    def turn(self, now: float) -> None:
        """Tell that this process lives, where that is asked for and due."""
        if now >= self.next_time():
            self._next = now + self._period
            self.tell("WATCHDOG=1")
