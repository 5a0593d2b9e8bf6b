"""Instances for tests of clients: real processes, started as an operator starts them.

A flavour is a way to run the product: which database, which way of waking workers. The flavours that
need servers carry the markers of those.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import kombu
import pytest
from amqp.exceptions import NotFound
from barbicanclient import client as barbican_client
from keystoneauth1.session import Session

from tests.acceptance.operator_tool import Operator
from tests.support import databases
from tests.support.ports import free_port
from tests.support.servers import required_url

READY_SECONDS: Final = 30.0
ORDER_SECONDS: Final = 60.0

EMBEDDED = "embedded"
STANDALONE = "standalone"
RABBIT = pytest.param("rabbit", marks=pytest.mark.rabbit)
POSTGRES = pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.rabbit])
MARIADB = pytest.param("mariadb", marks=pytest.mark.mariadb)
ALL_FLAVOURS = (EMBEDDED, STANDALONE, RABBIT, POSTGRES, MARIADB)


@dataclass(frozen=True)
class Instance:
    """A running instance."""

    operator: Operator
    port: int

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://localhost:{self.port}"

    def client(self, project_id: str, **options: Any) -> Any:
        """A python-barbicanclient that works in a project, without Keystone."""
        return barbican_client.Client(
            session=Session(), endpoint=self.endpoint, project_id=project_id, **options
        )


@contextmanager
def running(folder: Path, configuration: str = "", *words: str) -> Iterator[Instance]:
    """Start an instance on a port and in a folder of its own; it is stopped in the end.

    :param configuration: the text of a file for ``--config``; without ``[live]`` there is no gateway.
    :param words: further words for ``barbican.sh start``.
    """
    port = free_port()
    without = "" if "[live]" in configuration else "[live]\nenable = false\n"
    (folder / "flavour.conf").write_text(f"{configuration}\n{without}")
    operator = Operator(data=folder / "data", cwd=folder)
    try:
        operator.good("start", "--port", str(port), "--config", "flavour.conf", *words)
        yield Instance(operator, port)
    finally:
        operator.good("stop")


@contextmanager
def running_flavour(flavour: str, folder: Path) -> Iterator[Instance]:
    """Start an instance of a flavour and wait until its workers work."""
    with ExitStack() as stack:
        texts = [stack.enter_context(part(folder)) for part in _PARTS[flavour]]
        instance = stack.enter_context(running(folder, "\n".join(text for text, _ in texts)))
        completed(instance.client("readiness"), "key", algorithm="aes", bit_length=256)
        for _, wait_until_ready in texts:
            wait_until_ready()
        yield instance


def completed(client: Any, kind: str, **meta: Any) -> Any:
    """Order something and wait for the end of the order, ACTIVE or ERROR."""
    order = client.orders.create(type=kind, **meta)
    return awaited(client, order.submit())


def awaited(client: Any, order_ref: str) -> Any:
    """The order as soon as it is no longer PENDING: it is asked for again and again."""
    deadline = time.monotonic() + ORDER_SECONDS
    while (order := client.orders.get(order_ref)).status == "PENDING":
        assert time.monotonic() < deadline, f"{order_ref} is PENDING after {ORDER_SECONDS} s"
    return order


# A part of a flavour: its configuration, and a wait for what the first order does not tell.
_Part = tuple[str, Callable[[], None]]


def _nothing() -> None:
    """What needs no wait."""


@contextmanager
def _standalone(_folder: Path) -> Iterator[_Part]:
    yield "[queue]\nenable = false\n", _nothing


@contextmanager
def _rabbit(_folder: Path) -> Iterator[_Part]:
    url = required_url("BARBICAN_TEST_RABBIT_URL")
    topic = f"acceptance.{uuid.uuid4()}"
    text = f"[DEFAULT]\ntransport_url = {url}\n[queue]\ntopic = {topic}\n"
    try:
        yield text, lambda: _wait_for_consumer(url, topic)
    finally:
        with _broker(url) as connection:
            for name in (topic, f"{topic}.barbican.queue"):
                connection.default_channel.queue_delete(name)


def _wait_for_consumer(url: str, topic: str) -> None:
    """Return when a worker has subscribed: until then orders wait for the sweep."""
    deadline = time.monotonic() + READY_SECONDS
    with _broker(url) as connection:
        while _consumers(connection, topic) == 0:
            assert time.monotonic() < deadline, f"no worker has subscribed to {topic}"


def _consumers(connection: kombu.Connection, queue: str) -> int:
    with connection.channel() as channel:
        try:
            return int(channel.queue_declare(queue, passive=True).consumer_count)
        except NotFound:
            return 0


def _broker(url: str) -> kombu.Connection:
    # What oslo.messaging calls rabbit is amqp to kombu.
    return kombu.Connection(url.replace("rabbit://", "amqp://", 1))


def _database(kind: str) -> Callable[[Path], Any]:
    @contextmanager
    def part(folder: Path) -> Iterator[_Part]:
        with databases.empty_url(kind, folder) as url:
            yield f"[database]\nconnection = {url}\n", _nothing

    return part


_PARTS: Mapping[str, tuple[Callable[[Path], Any], ...]] = {
    "embedded": (),
    "standalone": (_standalone,),
    "rabbit": (_rabbit,),
    "postgres": (_database("postgresql"), _rabbit),
    "mariadb": (_database("mariadb"),),
}
