"""Wake-ups of gateways on this machine: after a commit, a datagram to each of their sockets.

They say only that there is something new. One that is lost costs a reader some milliseconds, since gateways
look by themselves too.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from barbican_like.common.unix_address import reachable

_SHORTEST: Final = 0.005  # seconds between two wake-ups of one process
_LOOK_EVERY: Final = 1.0  # seconds between two looks for sockets
_MESSAGE: Final = b"\x01"
_STOP: Final = b"\x00"


class FeedWaker:
    """Wakes every gateway that listens in a folder. It never waits and never raises.

    What comes within 5 ms of a wake-up is told by one more at the end of those.

    :param folder: where gateways have their sockets.
    :param elsewhere: called where there is none of them: it wakes those of other machines.
    """

    def __init__(self, folder: Path, elsewhere: Callable[[], None] | None = None) -> None:
        self._folder = folder
        self._elsewhere = elsewhere
        self._lock = threading.Lock()
        self._addresses: list[Path] = []
        self._looked = self._woken = -_LOOK_EVERY
        self._timer: threading.Timer | None = None

    def wake(self) -> None:
        """Tell that something was committed."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_EVERY:
            self._look(now)
        if not self._addresses:
            if self._elsewhere is not None:
                self._elsewhere()
            return
        with self._lock:
            if self._timer is not None:
                return  # which tells of this too
            wait = self._woken + _SHORTEST - now
            if wait > 0:
                self._timer = threading.Timer(wait, self._send_late)
                self._timer.daemon = True
                self._timer.start()
                return
            self._woken = now
        self._send()

    def _send_late(self) -> None:
        with self._lock:
            self._timer, self._woken = None, time.monotonic()
        self._send()

    def _send(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            for address in self._addresses:
                with suppress(OSError), reachable(address) as place:  # it is full, and so awake, or gone
                    sender.sendto(_MESSAGE, place)

    def _look(self, now: float) -> None:
        self._looked = now
        with suppress(OSError):
            self._addresses = list(self._folder.glob("*.sock"))


class FeedListener:
    """A gateway's socket.

    :param folder: where sockets are, made (0700) where it is missing.
    :param name: the gateway's, unique in the folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{name}.sock"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with reachable(self._path) as place:
            self._socket.bind(place)
        self._path.chmod(0o600)

    def wait(self, seconds: float) -> bool:
        """Wait until something is told, or for so long; whether something was."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(1)
        except TimeoutError:
            return False
        self._socket.settimeout(0)
        with suppress(BlockingIOError):
            while True:  # all that has come by now says the same
                self._socket.recv(1)
        return True

    def interrupt(self) -> None:
        """Let a thread that waits come back."""
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with sender, suppress(OSError), reachable(self._path) as place:
            sender.sendto(_STOP, place)

    def close(self) -> None:
        """Unbind."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
