"""Wake-ups between processes of one machine: a datagram to a worker's unix socket."""

from __future__ import annotations

import logging
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import orjson

from barbican_like.common import log
from barbican_like.common.unix_address import reachable
from barbican_like.queue.transport import Counter, WakeUp

_LOG = logging.getLogger(__name__)
_LARGEST = 65_536
_STOP = b"stop"
_DICE = random.Random()  # noqa: S311  any worker will do


class LocalWaker:
    """Wakes one of the workers that listen in a folder.

    :param folder: where workers have their sockets.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.lost = Counter()

    def wake(self, wake_up: WakeUp) -> None:
        """Send to a random worker; try the others where one is gone or full."""
        message = orjson.dumps({"method": wake_up.method, "arguments": dict(wake_up.arguments)})
        try:
            workers = list(self._folder.glob("*.sock"))
        except OSError:
            workers = []
        _DICE.shuffle(workers)
        for worker in workers:
            try:
                with reachable(worker) as address:
                    self._socket.sendto(message, address)
            except ConnectionRefusedError:
                worker.unlink(missing_ok=True)  # left behind by a worker that was killed
            except OSError:
                continue
            else:
                return
        self.lost.add()
        log.event(_LOG, "wakeup.lost", logging.DEBUG, method=wake_up.method, workers=len(workers))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class LocalListener:
    """One worker's socket.

    :param folder: where sockets are, made (0700) where it is missing.
    :param name: the worker's, unique in the folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.sock"
        self._thread: threading.Thread | None = None

    def start(self, deliver: Callable[[WakeUp], None]) -> None:
        """Bind, then receive on a thread."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with reachable(self._path) as address:
            receiver.bind(address)
        self._path.chmod(0o600)
        self._thread = threading.Thread(
            target=self._receive, args=(receiver, deliver), name="wake-up", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Unbind and wait for the thread."""
        if self._thread is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, reachable(self._path) as address:
            sender.sendto(_STOP, address)
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def _receive(self, receiver: socket.socket, deliver: Callable[[WakeUp], None]) -> None:
        with receiver:
            while (message := receiver.recv(_LARGEST)) != _STOP:
                wake_up = _parse(message)
                if wake_up is not None:
                    deliver(wake_up)


def _parse(message: bytes) -> WakeUp | None:
    try:
        fields = orjson.loads(message)
        return WakeUp(str(fields["method"]), {str(k): str(v) for k, v in fields["arguments"].items()})
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        log.event(_LOG, "wakeup.unreadable", logging.WARNING, length=len(message))
        return None
