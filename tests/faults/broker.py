"""RabbitMQ: a node of the test's own that can be killed, and a look at any broker's queues."""

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import kombu
from amqp.exceptions import NotFound

from tests.faults.processes import Process
from tests.faults.waiting import wait_for
from tests.support.ports import free_port

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_SECONDS = 60


class Broker:
    """A RabbitMQ node on ports, with an epmd and in a folder of its own; loopback only.

    :param folder: where it keeps its data, which outlive a kill.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._distribution_port = free_port()
        self._names_port = free_port()
        self._process: Process | None = None
        (folder / "plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text("loopback_users.guest = true\nlog.file.level = warning\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """What [DEFAULT] transport_url is set to."""
        return f"rabbit://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._process = Process([str(_SERVER)], self._folder / "broker.log", self._environment())
        wait_for("the broker answers", self._answers, _START_SECONDS, pause=0.1)

    def ensure_running(self) -> None:
        """Start it unless it runs."""
        if self._process is None:
            self.start()

    def kill(self) -> None:
        """SIGKILL to all of it, its epmd included, which puts itself into a session of its own."""
        if self._process is not None:
            self._process.kill_family()
            self._process = None

    def pause(self) -> None:
        """Stop it in the middle: its connections stay open and nothing answers."""
        assert self._process is not None
        self._process.pause()

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.resume()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.running, self._process.said()
        try:
            with connected(self.url):
                return True
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"faults{os.getpid()}x{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names_port),
            "TMPDIR": tempfile.gettempdir(),
        }


def connected(url: str) -> kombu.Connection:
    """A connection to a broker; what oslo.messaging calls rabbit is amqp to kombu.

    :raises OSError: when there is none.
    """
    connection = kombu.Connection(url.replace("rabbit://", "amqp://", 1), connect_timeout=2)
    connection.connect()
    return connection


def consumers(url: str, queue: str) -> int:
    """How many read from a queue; 0 where there is no such queue, or no broker."""
    try:
        with connected(url) as connection, connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).consumer_count)
    except (NotFound, OSError):
        return 0


def drop_topic(url: str, topic: str) -> None:
    """Remove a topic's queues."""
    with connected(url) as connection:
        for name in (topic, f"{topic}.barbican.queue"):
            connection.default_channel.queue_delete(name)
