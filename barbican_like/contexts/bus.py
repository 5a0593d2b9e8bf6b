"""The bus of a context: forwards messages from those who publish to those who subscribe; and the monitor.

``python -m barbican_like.contexts.bus SETTINGS`` is started by the supervisor, which hands it
announcements over the channel. Nothing here commands anything; what others send on a topic of the context is
dropped.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from socket import socketpair
from typing import Any, Final

import zmq
import zmq.auth.thread

from barbican_like.common import log
from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts import sockets
from barbican_like.contexts.channel import Channel, TooLarge, inherited
from barbican_like.contexts.endpoints import needs_curve
from barbican_like.contexts.messages import OWN_TOPICS, Sender, Unsendable, frames, message, topic_of
from barbican_like.contexts.monitor import answers
from barbican_like.contexts.monitor.statistics import Statistics

_LOG: Final = logging.getLogger("bus")
_INSIDE: Final = "inproc://announcements"
_SUBSCRIBE_ALL: Final = b"\x01"
_TOGETHER: Final = 200
"""Services in one message of the monitor: so many fit."""
_JOIN_SECONDS: Final = 2.0
_SHORT: Final = 10
"""Entries of a list, where all of them are too many for an answer."""
Socket = zmq.Socket[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the bus is started with, as JSON on its command line."""

    name: str  # of the context
    context_id: str
    front_bind: str  # publishers connect here
    back_bind: str  # subscribers connect here
    keys: str  # the folder of CURVE keys
    monitor_period: float  # seconds
    socket: str  # where the monitor answers
    mark: str  # the environment variable that names a process's service
    context_mark: tuple[str, str]  # another, with the value that all of this context's processes have

    def as_argument(self) -> str:
        """One word of a command line."""
        return json.dumps(asdict(self))


class Bus:
    """The forwarder. Its sockets are the main thread's alone; other threads hand messages over inside."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context: zmq.Context[Socket] = zmq.Context()
        self._statistics = Statistics(settings.mark, settings.context_mark, settings.monitor_period)
        self._inside = self._context.socket(zmq.PULL)
        self._inside.bind(_INSIDE)
        self._front = self._context.socket(zmq.XSUB)
        self._back = self._context.socket(zmq.XPUB)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def run(self, channel: Channel) -> None:
        """Forward until a signal ends it.

        :raises zmq.ZMQError: when an address is taken.
        :raises ConfigurationError: where keys are needed and not there.
        """
        settings = self._settings
        keys = Path(settings.keys)
        with ExitStack() as stack:
            stack.callback(self._close, channel)
            if needs_curve(settings.front_bind) or needs_curve(settings.back_bind):
                stack.callback(self._let_in(keys / "clients").stop)
            sockets.serve(self._front, settings.front_bind, keys)
            sockets.serve(self._back, settings.back_bind, keys)
            self._front.send(_SUBSCRIBE_ALL)
            stack.callback(answers.serve(Path(settings.socket), settings.name, self._statistics))
            for work in (lambda inside: self._hear(channel, inside), self._monitor):
                thread = threading.Thread(target=self._to_the_end, args=(work,), daemon=True)
                self._threads.append(thread)
                thread.start()
            channel.send("ready")
            self._forward()

    def _let_in(self, clients: Path) -> zmq.auth.thread.ThreadAuthenticator:
        authenticator = zmq.auth.thread.ThreadAuthenticator(self._context)
        authenticator.start()
        authenticator.configure_curve(domain="bus", location=clients)
        return authenticator

    def _forward(self) -> None:
        # A signal leaves a byte here, which ends the next wait, and breaks nothing off: what came is sent on.
        waking, woken = socketpair()
        with waking, woken:
            woken.setblocking(False)  # noqa: FBT003 - its only argument
            signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
            signal.signal(signal.SIGTERM, lambda *_: None)
            try:
                self._forward_until(waking.fileno())
            finally:
                signal.set_wakeup_fd(-1)

    def _forward_until(self, woken: int) -> None:
        poller = zmq.Poller()
        poller.register(woken, zmq.POLLIN)
        for socket in (self._front, self._back, self._inside):
            poller.register(socket, zmq.POLLIN)
        while woken not in (ready := dict(poller.poll())):
            if self._inside in ready:
                self._back.send_multipart(self._inside.recv_multipart())
            if self._front in ready:
                parts = self._front.recv_multipart()
                topic = topic_of(parts)
                if topic is not None and topic not in OWN_TOPICS:
                    self._back.send_multipart(parts)
            if self._back in ready:
                self._back.recv()  # a subscription: all are forwarded, so there is nobody to tell

    def _to_the_end(self, work: Callable[[Socket], None]) -> None:
        """Do the work of a thread; when it ends, in whatever way, the bus does: another will be started.

        :param work: is given the thread's own way to the main thread.
        """
        inside = self._context.socket(zmq.PUSH)
        inside.connect(_INSIDE)
        try:
            work(inside)
        finally:
            inside.close(linger=sockets.LINGER)
            if not self._ended.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    def _hear(self, channel: Channel, inside: Socket) -> None:
        """Take what the supervisor says, as long as it is there."""
        while (found := channel.receive()) is not None:
            said, _ = found
            if said["word"] == "announce":
                self._statistics.hear(said["topic"], said["message"])
                _send(inside, said["topic"], said["message"])
            elif said["word"] == "top":
                self._answer(channel, said)

    def _answer(self, channel: Channel, question: dict[str, Any]) -> None:
        services = self._statistics.top(question["transaction"], question["tasks"], question["with"])
        try:
            channel.send("top", number=question["number"], services=services)
        except TooLarge:
            short = [
                {
                    name: value[:_SHORT] if isinstance(value, list) else value
                    for name, value in service.items()
                }
                for service in services
            ]
            channel.send("top", number=question["number"], services=short)

    def _monitor(self, inside: Socket) -> None:
        """Publish the statistics each period."""
        number = 0
        period = self._settings.monitor_period
        while not self._ended.wait(period or None):
            for transaction, services in self._statistics.look().items():
                sender = Sender(
                    service_name="monitor",
                    service_id=self._settings.context_id,
                    transaction=transaction,
                    life="",
                )
                for begin in range(0, len(services), _TOGETHER):
                    number += 1
                    content = {transaction: services[begin : begin + _TOGETHER]}
                    _send(inside, "monitor", message(sender, "monitor", number, content))

    def _close(self, channel: Channel) -> None:
        """Take what the supervisor has said last, then give all that was forwarded a moment to leave."""
        self._ended.set()
        channel.hear_no_more()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
        while self._inside.poll(0):
            self._back.send_multipart(self._inside.recv_multipart())
        for socket in (self._front, self._back, self._inside):
            socket.close(linger=sockets.LINGER)
        if not any(thread.is_alive() for thread in self._threads):
            self._context.term()


def _send(inside: Socket, topic: str, said: dict[str, Any]) -> None:
    try:
        inside.send_multipart(frames(topic, said), zmq.NOBLOCK)
    except Unsendable as error:
        log.event(_LOG, "message.dropped", logging.WARNING, topic=topic, reason=error)
    except zmq.Again:
        log.event(_LOG, "message.dropped", logging.WARNING, topic=topic, reason="too many wait")


def main(arguments: Sequence[str]) -> int:
    """Run the bus until a signal ends it; returns the exit code."""
    channel = inherited()
    if channel is None or len(arguments) != 1:
        sys.stderr.write("bus: this is started by the supervisor of a context\n")
        return 2
    log.configure(debug=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    settings = Settings(**json.loads(arguments[0]))
    try:
        Bus(settings).run(channel)
    except zmq.ZMQError as error:
        _LOG.error("%s or %s: %s", settings.front_bind, settings.back_bind, error.strerror)
    except ConfigurationError as error:
        _LOG.error(error.message)
    else:
        return 0
    return 1


def _leave(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is under way
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
