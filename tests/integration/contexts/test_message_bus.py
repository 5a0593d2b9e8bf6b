"""The bus forwards, bounds what it forwards, and lets nobody speak for the context."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import zmq

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts import sockets
from barbican_like.contexts.bus import Bus, Settings, _leave
from barbican_like.contexts.messages import LARGEST, Sender, frames, message
from barbican_like.contexts.monitor.answers import ask
from barbican_like.contexts.sockets import Publisher, Subscriber, make_keys
from tests.support.contexts.supervised import (
    SECONDS,
    TRANSACTION,
    Supervised,
    definition,
    echo,
    hello,
    hosted,
    supervised,
    wait_until,
)
from tests.support.ports import free_port

SENDER = Sender(service_name="echo", service_id="ts_100", transaction=TRANSACTION, life="ts_100.1")


@dataclass(frozen=True)
class Running:
    """A bus, and where it is."""

    supervisor: Supervised
    front: str
    back: str
    socket: Path
    keys: Path

    def subscriber(self, *topics: str) -> Subscriber:
        """One whose subscription the bus has."""
        found = Subscriber(self.front, self.keys, topics or ("",))
        probe = message(SENDER, "probe", 1, {})
        topic = topics[0] if topics else "context"
        wait_until(lambda: self._said(topic, probe, found), "the subscription")
        while found.receive(0.05) is not None:
            pass
        return found

    def _said(self, topic: str, probe: dict, found: Subscriber) -> bool:
        self.supervisor.say("announce", topic=topic, message=probe)
        return found.receive(0.05) is not None


def started(tmp_path: Path, host: str = "127.0.0.1", period: float = 0.0) -> tuple[list[str], Running]:
    """The words that start a bus; and where it will be."""
    front, back = f"tcp://{host}:{free_port()}", f"tcp://{host}:{free_port()}"
    settings = Settings(
        name="Echo",
        context_id="context001",
        front_bind=back,
        back_bind=front,
        keys=str(tmp_path / "Keys"),
        monitor_period=period,
        socket=str(tmp_path / "m.sock"),
        mark="BARBICAN_SERVICE",
        context_mark=("BARBICAN_CONTEXT", str(tmp_path)),
    )
    words = ["barbican_like.contexts.bus", settings.as_argument()]
    return words, Running(None, front, back, tmp_path / "m.sock", tmp_path / "Keys")


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Running]:
    """A bus on loopback."""
    words, where = started(tmp_path)
    with supervised(words, tmp_path / "bus.log") as supervisor:
        assert supervisor.hear() == {"word": "ready"}
        yield Running(supervisor, where.front, where.back, where.socket, where.keys)


def test_what_the_supervisor_announces_reaches_subscribers(bus: Running) -> None:
    """Topic, header and content as they were."""
    subscriber = bus.subscriber()
    said = message(SENDER, "started", 7, {"status": {"state": "RUNNING", "pid": 1, "restarts": 0}})
    bus.supervisor.say("announce", topic="control", message=said)
    assert subscriber.receive(SECONDS) == ("control", said)
    subscriber.close()


def test_a_service_publishes_and_another_hears(bus: Running, tmp_path: Path) -> None:
    """publish, topics and on_message, in processes of their own; seq counts from 1."""
    code = """
from barbican_like.contexts.task import LoopedTask
class Shouting(LoopedTask):
    period = 0.05
    topics = ("echo.asked",)
    def execute(self):
        self.publish("echo.alive", {"n": 1})
    def on_message(self, topic, message):
        self.publish("echo.answered", {"heard": message["content"], "on": topic})
"""
    with hosted(echo(tmp_path / "made", code), definition(), endpoints=(bus.front, bus.back)) as service:
        assert service.hear() == {"word": "ready"}
        alive = bus.subscriber("echo.alive")
        first = alive.receive(SECONDS)
        second = alive.receive(SECONDS)
        assert first is not None
        assert second is not None
        header = first[1]["header"]
        assert header["transaction"] == TRANSACTION
        assert (header["service_id"], header["service_name"]) == ("ts_100", "echo")
        assert second[1]["header"]["seq"] == header["seq"] + 1
        answered = bus.subscriber("echo.answered")
        asking = Publisher(bus.back, bus.keys)
        heard = None
        while heard is None:
            asking.send(frames("echo.asked", message(SENDER, "ask", 1, {"question": "who"})))
            heard = answered.receive(0.2)
        assert heard[1]["content"] == {"heard": {"question": "who"}, "on": "echo.asked"}
        for socket in (alive, answered, asking):
            socket.close()


def test_the_documents_single_frame_is_read(bus: Running) -> None:
    """topic @@@ json."""
    subscriber = bus.subscriber()
    publisher = Publisher(bus.back, bus.keys)
    publisher.send([b'old @@@ {"header": {}, "content": 1}'])
    assert subscriber.receive(SECONDS) == ("old", {"header": {}, "content": 1})
    publisher.close()
    subscriber.close()


@pytest.mark.parametrize(
    "parts",
    [
        [b"control", b'{"header": {}, "content": {}}'],
        [b'context @@@ {"header": {"action": "stop"}}'],
        [b"no separator"],
        [b"a", b"b", b"c"],
        [b"\xff\xfe", b"{}"],
    ],
)
def test_nobody_speaks_for_the_context(bus: Running, parts: list[bytes]) -> None:
    """What comes on its topics, or is no message, is dropped; the next one goes through."""
    subscriber = bus.subscriber()
    publisher = Publisher(bus.back, bus.keys)
    publisher.send(parts)
    publisher.send([b"mine", b'{"n": 1}'])
    assert subscriber.receive(SECONDS) == ("mine", {"n": 1})
    publisher.close()
    subscriber.close()


def test_a_message_that_is_too_large_is_not_forwarded(bus: Running) -> None:
    """Whoever sends it is cut off; the bus lives."""
    subscriber = bus.subscriber()
    rude, polite = Publisher(bus.back, bus.keys), Publisher(bus.back, bus.keys)
    rude.send([b"big", b"x" * (2 * LARGEST)])
    polite.send([b"small", b'{"n": 1}'])
    assert subscriber.receive(SECONDS) == ("small", {"n": 1})
    for socket in (rude, polite, subscriber):
        socket.close()


def next_start(subscriber: Subscriber, seconds: float = SECONDS) -> int | None:
    """The number of the next message that is no probe of another subscription."""
    while (found := subscriber.receive(seconds)) is not None:
        if found[1]["header"]["action"] == "start":
            return found[1]["header"]["seq"]
    return None


def test_a_slow_subscriber_loses_and_sees_it_and_holds_up_nobody(bus: Running) -> None:
    """The queue of one peer is bounded; numbers have a gap; a quick one gets all."""
    quick, slow = bus.subscriber(), bus.subscriber()
    count = 6 * sockets.HIGH_WATER
    padding = "x" * 4000
    for seq in range(1, count + 1):
        bus.supervisor.say("announce", topic="context", message=message(SENDER, "start", seq, {"p": padding}))
        assert next_start(quick) == seq
    numbers = []
    while (number := next_start(slow, 0.5)) is not None:
        numbers.append(number)
    assert len(numbers) < count
    assert numbers == sorted(numbers)
    quick.close()
    slow.close()


def test_an_address_that_is_taken_is_one_line(tmp_path: Path) -> None:
    """And exit code 1."""
    words, where = started(tmp_path)
    context = zmq.Context()
    other = context.socket(zmq.PUB)
    other.bind(where.front)
    with supervised(words, tmp_path / "bus.log") as supervisor:
        assert supervisor.ended() == 1
        assert "Address already in use" in supervisor.text()
        assert "Traceback" not in supervisor.text()
    other.close()
    context.term()


def test_other_machines_need_keys(tmp_path: Path) -> None:
    """Off loopback there is no bus without CURVE; with keys only who has one gets in."""
    words, where = started(tmp_path, host="0.0.0.0")
    with supervised(words, tmp_path / "bus.log") as supervisor:
        assert supervisor.ended() == 1
        assert "bus.key_secret: a bus that other machines reach needs it" in supervisor.text()
    keys = tmp_path / "Keys"
    assert {path.name for path in make_keys(keys)} == {
        *("bus.key", "bus.key_secret", "client.key", "client.key_secret"),
    }
    with pytest.raises(ConfigurationError, match="File exists"):
        make_keys(keys)
    with supervised(words, tmp_path / "bus.log") as supervisor:
        assert supervisor.hear() == {"word": "ready"}
        reached = Running(supervisor, where.front, where.back, where.socket, keys)
        subscriber = reached.subscriber()
        stranger = make_stranger(tmp_path, keys)
        heard = Subscriber(where.front, stranger)
        supervisor.say("announce", topic="context", message=message(SENDER, "start", 5, {}))
        assert subscriber.receive(SECONDS) is not None
        assert heard.receive(0.3) is None
        heard.close()
        subscriber.close()


def make_stranger(tmp_path: Path, keys: Path) -> Path:
    """The keys of somebody who knows the bus's public one, and whom it does not know."""
    make_keys(tmp_path / "stranger")
    (tmp_path / "stranger/bus.key").write_bytes((keys / "bus.key").read_bytes())
    return tmp_path / "stranger"


def test_a_client_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """As every secret file of this program."""
    make_keys(tmp_path / "Keys")
    (tmp_path / "Keys/client.key_secret").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600 it"):
        Subscriber("tcp://192.0.2.1:5556", tmp_path / "Keys")


def test_the_monitor_publishes_and_answers(tmp_path: Path) -> None:
    """Statistics each period, an hour's points, metrics; a dead pid silences nothing."""
    words, where = started(tmp_path, period=0.05)
    mark = f"{TRANSACTION}/ts_100/1"
    with (
        supervised(words, tmp_path / "bus.log") as supervisor,
        supervised(
            ["barbican_like.contexts.host", str(echo(tmp_path / "made")), "ipc://a", "ipc://b"],
            tmp_path / "echo.log",
            BARBICAN_SERVICE=mark,
            BARBICAN_CONTEXT=str(tmp_path),
        ) as service,
    ):
        assert supervisor.hear() == {"word": "ready"}
        service.say("hello", **hello(definition()))
        assert service.hear() == {"word": "ready"}
        pid = service.process.pid
        for id, its in (("ts_100", pid), ("ts_dead", 2**22 - 1)):
            sender = Sender(service_name="echo", service_id=id, transaction=TRANSACTION, life=f"{id}.1")
            status = {"state": "RUNNING", "pid": its, "restarts": 2}
            supervisor.say(
                "announce", topic="control", message=message(sender, "started", 1, {"status": status})
            )
        running = Running(supervisor, where.front, where.back, where.socket, where.keys)
        subscriber = running.subscriber("monitor")
        found = subscriber.receive(SECONDS)
        assert found is not None
        echo_now, dead = found[1]["content"][TRANSACTION]
        assert (echo_now["serviceId"], echo_now["pid"], echo_now["state"]) == ("ts_100", pid, "RUNNING")
        assert echo_now["rss"] > 1
        assert echo_now["threads"] >= 1
        assert echo_now["total"]["rss"] >= echo_now["rss"]
        assert (dead["serviceId"], dead["pid"], dead["rss"]) == ("ts_dead", None, 0.0)
        points = ask(where.socket, {"ask": "history", "transaction": TRANSACTION, "since": 0})["services"]
        assert points["ts_100"][-1]["processes"] == 1
        text = ask(where.socket, {"ask": "metrics"})["text"]
        labels = f'{{context="Echo",transaction="{TRANSACTION}",service="ts_100"}}'
        assert f"barbican_service_up{labels} 1\n" in text
        assert f"barbican_service_restarts_total{labels} 2\n" in text
        assert f"barbican_service_processes{labels} 1\n" in text
        assert 'state="RUNNING"} 1\n' in text
        about = {"transaction": TRANSACTION, "tasks": {"ts_100": pid}, "with": ["memory_maps"]}
        supervisor.say("top", number=4, **about)
        top = supervisor.hear()
        assert top is not None
        assert (top["word"], top["number"]) == ("top", 4)
        assert top["services"][0]["memory_maps"][0]["size"] > 0
        assert ask(where.socket, {"ask": "what"}) == {"error": "this is no question"}
        subscriber.close()


def test_the_bus_ends_with_its_supervisor(tmp_path: Path) -> None:
    """It forwards nothing for nobody."""
    words, _ = started(tmp_path)
    with supervised(words, tmp_path / "bus.log") as supervisor:
        assert supervisor.hear() == {"word": "ready"}
        supervisor.end.close()
        assert supervisor.ended() == 0
        assert json.loads(words[1])["name"] == "Echo"


def test_what_was_announced_last_still_leaves(bus: Running) -> None:
    """The end of a context is told by a bus that is itself asked to end."""
    subscriber = bus.subscriber()
    for seq in range(1, 101):
        bus.supervisor.say("announce", topic="context", message=message(SENDER, "start", seq, {}))
    bus.supervisor.process.terminate()
    assert [next_start(subscriber) for _ in range(100)] == list(range(1, 101))
    assert bus.supervisor.ended() == 0
    subscriber.close()


class Struck(zmq.Socket[bytes]):
    """A socket that a signal comes to just when it has received something."""

    def recv_multipart(self, *arguments: Any, **named: Any) -> Any:
        parts = super().recv_multipart(*arguments, **named)
        os.kill(os.getpid(), signal.SIGTERM)
        return parts


class Heard(zmq.Socket[bytes]):
    """A socket that remembers what it was to send."""

    said: ClassVar[list[list[bytes]]] = []

    def send_multipart(self, parts: Any, *arguments: Any, **named: Any) -> None:
        self.said.append(list(parts))


def test_a_signal_between_the_two_ends_of_a_message_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the last one of a context that ends, and the signal follows it at once."""
    monkeypatch.setattr(Heard, "said", [])
    before = signal.getsignal(signal.SIGTERM)
    with zmq.Context() as context, ExitStack() as stack:
        inside = stack.enter_context(context.socket(zmq.PULL, Struck))
        inside.bind("inproc://struck")
        sending = stack.enter_context(context.socket(zmq.PUSH))
        sending.connect("inproc://struck")
        forwarder = object.__new__(Bus)
        forwarder._inside = inside
        forwarder._front = stack.enter_context(context.socket(zmq.XSUB))
        forwarder._back = stack.enter_context(context.socket(zmq.XPUB, Heard))
        sending.send_multipart([b"control", b"the last"])
        signal.signal(signal.SIGTERM, _leave)  # as when it starts
        try:
            forwarder._forward()
        finally:
            signal.signal(signal.SIGTERM, before)
    assert Heard.said == [[b"control", b"the last"]]
