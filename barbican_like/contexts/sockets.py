"""The ZeroMQ sockets of services and tools. Loopback and ``ipc`` are plain; anything else is CURVE.

The folder ``Keys`` beside ``Conf`` then holds ``bus.key_secret`` and ``bus.key`` of the bus,
``client.key_secret`` of those who connect, and the public keys of all who may in ``clients/``.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import zmq
import zmq.auth

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts import messages
from barbican_like.contexts.endpoints import needs_curve

HIGH_WATER: Final = 1000
"""Messages that wait for one peer; what comes then is lost for it."""
LINGER: Final = 1000
"""Milliseconds that a socket which is closed has for what it holds."""
_CONNECT_MILLISECONDS: Final = 1000


def make_keys(folder: Path) -> list[Path]:
    """Make a folder with the keys of a bus and of one client.

    :return: what was made.
    :raises ConfigurationError: when there are some, or they cannot be made.
    """
    try:
        folder.mkdir(mode=0o700)
        (folder / "clients").mkdir(mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}") from error
    for name in ("bus", "client"):
        _, secret = zmq.auth.create_certificates(folder, name)
        Path(secret).chmod(0o600)  # nobody could look in before: the folder is private
    (folder / "client.key").rename(folder / "clients" / "client.key")
    return sorted(folder.rglob("*.key*"))


def _certificate(path: Path) -> tuple[bytes, bytes | None]:
    try:
        if path.suffix == ".key_secret" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(f"{path} is open to others: chmod 600 it")
        return zmq.auth.load_certificate(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: a bus that other machines reach needs it: {error.strerror}"
        ) from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is no CURVE key") from error


def serve(socket: zmq.Socket[bytes], endpoint: str, keys: Path) -> None:
    """Bind a socket of the bus.

    :raises ConfigurationError: where CURVE is needed and there are no keys.
    :raises zmq.ZMQError: when the address is taken.
    """
    _bound(socket)
    if needs_curve(endpoint):
        public, secret = _certificate(keys / "bus.key_secret")
        socket.curve_publickey, socket.curve_secretkey = public, secret or b""
        socket.curve_server = True
        socket.zap_domain = b"bus"  # the keys of all who may connect are looked up
    socket.bind(endpoint)


def connect(socket: zmq.Socket[bytes], endpoint: str, keys: Path) -> None:
    """Connect a socket to the bus.

    :raises ConfigurationError: where CURVE is needed and there are no keys.
    """
    _bound(socket)
    if needs_curve(endpoint):
        public, secret = _certificate(keys / "client.key_secret")
        socket.curve_publickey, socket.curve_secretkey = public, secret or b""
        socket.curve_serverkey = _certificate(keys / "bus.key")[0]
    socket.connect(endpoint)


def _bound(socket: zmq.Socket[bytes]) -> None:
    socket.set(zmq.IPV6, 1)
    socket.set(zmq.SNDHWM, HIGH_WATER)
    socket.set(zmq.RCVHWM, HIGH_WATER)
    socket.set(zmq.MAXMSGSIZE, messages.LARGEST + 4096)
    socket.set(zmq.LINGER, LINGER)


class _Connection:
    """One socket that is connected to the bus, with its context."""

    def __init__(self, kind: int, endpoint: str, keys: Path) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(kind)
        try:
            connect(self._socket, endpoint, keys)
        except (ConfigurationError, zmq.ZMQError):
            self.close()
            raise

    def close(self) -> None:
        """Close; what is under way has a moment to leave."""
        self._socket.close()
        self._context.term()


class Publisher(_Connection):
    """Where a service publishes. It is used by one thread at a time."""

    def __init__(self, endpoint: str, keys: Path) -> None:
        # XPUB and not PUB: the subscription of the bus comes in, and says that the connection stands.
        super().__init__(zmq.XPUB, endpoint, keys)
        self._socket.poll(_CONNECT_MILLISECONDS)

    def send(self, parts: Sequence[bytes]) -> None:
        """Send; where the bus is away or slow, the message is lost."""
        while self._socket.poll(0):
            self._socket.recv()
        self._socket.send_multipart(parts)


class Subscriber(_Connection):
    """What hears messages of the bus.

    :param topics: by their beginnings; none for all.
    """

    def __init__(self, endpoint: str, keys: Path, topics: Sequence[str] = ()) -> None:
        super().__init__(zmq.SUB, endpoint, keys)
        for topic in topics or ("",):
            self._socket.setsockopt(zmq.SUBSCRIBE, topic.encode())

    def receive(self, seconds: float | None = None) -> tuple[str, Mapping[str, Any]] | None:
        """The next message; None when none has come in time, or what came is none.

        :param seconds: None to wait for ever.
        """
        if not self._socket.poll(None if seconds is None else int(seconds * 1000)):
            return None
        found = messages.read(self._socket.recv_multipart())
        if found is None or not isinstance(found[1], dict):
            return None
        return found
