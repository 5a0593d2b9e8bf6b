"""The two ways of a wake-up, local sockets and RabbitMQ, as one thing that tests can hold."""

import json
import socket
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import kombu
import pytest
from oslo_config import cfg

from barbican_like import rooms
from barbican_like.queue.transport import Counter, Listener, Waker
from barbican_like.queue.transport.local import LocalListener, LocalWaker
from barbican_like.queue.transport.rpc import RpcAddress, RpcListener
from tests.support.servers import required_url

KINDS: Final = (pytest.param("local"), pytest.param("rabbit", marks=pytest.mark.rabbit))
METHODS: Final = frozenset({"process_type_order"})
LONGEST_WAIT: Final = 30.0
_EXCHANGE: Final = "openstack"  # oslo.messaging's default, which the product keeps


class SignallingCounter(Counter):
    """Counts, and lets a test wait for a count."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def add(self) -> None:
        """One more, told to who waits."""
        with self._changed:
            super().add()
            self._changed.notify_all()

    def reaches(self, value: int) -> bool:
        """Whether the count gets there in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.value >= value, LONGEST_WAIT)


class Line(Protocol):
    """A transport with an address of its own."""

    def waker(self) -> Waker:
        """A sending side, whose losses can be waited for."""

    def listener(self) -> Listener:
        """A receiving side; not started."""

    def wait_until_listening(self, listener: Listener) -> None:
        """Return when a started listener would get what is sent."""

    def send_raw(self, message: bytes) -> None:
        """Send what no waker sends."""

    def encode(self, method: str, arguments: Mapping[str, Any]) -> bytes:
        """A message as a waker sends it."""


class LocalLine:
    """Datagrams between sockets of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waker(self) -> LocalWaker:
        """A sender."""
        waker = LocalWaker(self._folder)
        waker.lost = SignallingCounter()
        return waker

    def listener(self) -> LocalListener:
        """A worker's socket."""
        return LocalListener(self._folder, uuid.uuid4().hex)

    def wait_until_listening(self, listener: Listener) -> None:
        """It is bound when ``start`` returns."""

    def send_raw(self, message: bytes) -> None:
        """A datagram to the first worker."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(message, str(next(self._folder.glob("*.sock"))))

    def encode(self, method: str, arguments: Mapping[str, Any]) -> bytes:
        """One JSON object."""
        return json.dumps({"method": method, "arguments": arguments}).encode()


class RabbitLine:
    """oslo.messaging RPC on a topic that no other test uses."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.topic = f"barbican_test.{uuid.uuid4().hex}"
        self.address = RpcAddress(
            transport_url=url, topic=self.topic, namespace="barbican", version="1.1", server_name="worker"
        )

    def waker(self) -> Waker:
        """A sender."""
        waker = self.address.waker(new_conf())
        waker.lost = SignallingCounter()
        return waker

    def listener(self) -> RpcListener:
        """A worker's server."""
        return self.address.listener(new_conf(), METHODS)

    def wait_until_listening(self, listener: Listener) -> None:
        """It subscribes on a thread, which ends when that is done."""
        assert isinstance(listener, RpcListener)
        assert listener._thread is not None
        listener._thread.join(LONGEST_WAIT)
        assert not listener._thread.is_alive()

    def send_raw(self, message: bytes) -> None:
        """A message to the topic's queue."""
        with kombu.Connection(amqp(self.url)) as connection:
            producer = connection.Producer(exchange=kombu.Exchange(_EXCHANGE, passive=True))
            producer.publish(
                message,
                routing_key=self.topic,
                content_type="application/json",
                content_encoding="utf-8",
            )

    def encode(self, method: str, arguments: Mapping[str, Any]) -> bytes:
        """oslo.messaging's envelope, version 2.0."""
        call = {
            "method": method,
            "args": arguments,
            "namespace": "barbican",
            "version": "1.1",
            "_unique_id": uuid.uuid4().hex,
        }
        return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(call)}).encode()

    def remove(self) -> None:
        """Take the topic's queues and its exchange from the broker."""
        with kombu.Connection(amqp(self.url)) as connection, connection.channel() as channel:
            for queue in (self.topic, f"{self.topic}.worker"):
                channel.queue_delete(queue)
            channel.exchange_delete(f"{self.topic}_fanout")


@contextmanager
def a_line(kind: str) -> Iterator[Line]:
    """A transport of a kind, removed at the end."""
    if kind == "local":
        with tempfile.TemporaryDirectory() as folder:  # short, as the path of a socket has to be
            yield LocalLine(Path(folder) / "wake")
        return
    line = RabbitLine(required_url("BARBICAN_TEST_RABBIT_URL"))
    yield line
    line.remove()


def new_conf() -> cfg.ConfigOpts:
    """A configuration without files."""
    return rooms.load([])


def amqp(url: str) -> str:
    """oslo.messaging's URL as kombu knows it."""
    return url.replace("rabbit://", "amqp://", 1)
