"""Wake-ups over a message broker: an oslo.messaging RPC cast.

A cast may block without end while the broker is away, so it is made by a thread of its own, fed by
a bounded queue; what does not fit is dropped, and the sweep finds those tasks. Of the wake-ups of a kind that
wait meanwhile the last is cast for all: a worker that is woken for one takes what there is.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg

from barbican_like.common import log
from barbican_like.queue.transport import Counter, WakeUp
from barbican_like.queue.transport.messaging import oslo_messaging

_LOG = logging.getLogger(__name__)
_WAITING = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcAddress:
    """Where wake-ups go, with the names that operators of the original know."""

    transport_url: str
    topic: str
    namespace: str
    version: str
    server_name: str

    def waker(self, conf: cfg.ConfigOpts) -> RpcWaker:
        """The sending side."""
        return RpcWaker(conf, self)

    def listener(self, conf: cfg.ConfigOpts, methods: frozenset[str]) -> RpcListener:
        """The receiving side, for calls of these methods."""
        return RpcListener(conf, self, methods)

    def transport(self, conf: cfg.ConfigOpts) -> oslo_messaging.Transport:
        """A connection pool to the broker; nothing is opened yet."""
        return oslo_messaging.get_rpc_transport(library_conf(conf), url=self.transport_url)

    def target(self, *, server: str | None = None) -> oslo_messaging.Target:
        """The target that both sides name."""
        return oslo_messaging.Target(
            topic=self.topic, namespace=self.namespace, version=self.version, server=server
        )


def library_conf(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """The same configuration files, for the options that oslo.messaging registers by itself.

    It has its own definition of ``transport_url``, which must not meet ours in one registry.
    """
    library = cfg.ConfigOpts()
    library([], default_config_files=conf.config_file or [], default_config_dirs=conf.config_dir or [])
    for feature in ("tracing", "metrics"):
        # Each cast reads both, but oslo.messaging 18 registers them in the process-wide registry only.
        group = f"oslo_messaging_{feature}"
        library.register_opt(cfg.BoolOpt(f"{feature}_enabled", default=False), group=group)
        library.set_override(f"{feature}_enabled", False, group=group)  # noqa: FBT003  oslo.config's own
    return library


class RpcWaker:
    """Casts wake-ups from a background thread.

    :param conf: the configuration that oslo.messaging reads its own options from.
    """

    def __init__(self, conf: cfg.ConfigOpts, address: RpcAddress) -> None:
        self._transport = address.transport(conf)
        options = oslo_messaging.TransportOptions(at_least_once=True)
        client = oslo_messaging.get_rpc_client(self._transport, address.target(), transport_options=options)
        self._client = client.prepare(retry=0)
        self._waiting: queue.Queue[WakeUp | None] = queue.Queue(_WAITING)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self.lost = Counter()

    def wake(self, wake_up: WakeUp) -> None:
        """Queue a cast."""
        if self._thread is None:
            self._ensure_thread()
        try:
            self._waiting.put_nowait(wake_up)
        except queue.Full:
            self._count_loss(wake_up, "queue full")

    def close(self) -> None:
        """Let the thread end, without waiting for a broker that is away."""
        if self._thread is not None:
            self._ask_to_end()
            self._thread.join(timeout=2)
        self._transport.cleanup()

    def _ask_to_end(self) -> None:
        """Put the end behind what waits; where that has no room, one wake-up makes way for it."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            with suppress(queue.Empty):  # sent meanwhile
                dropped = self._waiting.get_nowait()
                if dropped is not None:
                    self._count_loss(dropped, "closing")
            self._ask_to_end()

    def _ensure_thread(self) -> None:
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._cast_all, name="rpc-cast", daemon=True)
                self._thread.start()

    def _cast_all(self) -> None:
        goes_on = True
        while goes_on:
            waiting = self._take_all()
            goes_on = None not in waiting
            for wake_up in {w.method: w for w in waiting if w is not None}.values():
                self._cast(wake_up)

    def _take_all(self) -> list[WakeUp | None]:
        """What waits, at least one; None is the end."""
        waiting = [self._waiting.get()]
        with suppress(queue.Empty):
            while True:
                waiting.append(self._waiting.get_nowait())
        return waiting

    def _cast(self, wake_up: WakeUp) -> None:
        try:
            self._client.cast({}, wake_up.method, **wake_up.arguments)
        except Exception as error:  # noqa: BLE001  boundary: whatever the driver raises, the sweep serves
            self._count_loss(wake_up, type(error).__name__)

    def _count_loss(self, wake_up: WakeUp, reason: str) -> None:
        self.lost.add()
        log.event(_LOG, "wakeup.lost", logging.WARNING, method=wake_up.method, reason=reason)


class RpcListener:
    """Receives casts as one server of a topic.

    :param methods: the names that may be called.
    """

    def __init__(self, conf: cfg.ConfigOpts, address: RpcAddress, methods: frozenset[str]) -> None:
        self._conf = conf
        self._address = address
        self._methods = methods
        self._server: Any = None
        self._thread: threading.Thread | None = None

    def start(self, deliver: Callable[[WakeUp], None]) -> None:
        """Subscribe on a thread: a broker that is away at the start must not stop the sweep."""
        transport = self._address.transport(self._conf)
        endpoint = _Endpoint(self._address, self._methods, deliver)
        self._server = oslo_messaging.get_rpc_server(
            transport,
            self._address.target(server=self._address.server_name),
            [endpoint],
            access_policy=oslo_messaging.DefaultRPCAccessPolicy,
        )
        self._thread = threading.Thread(target=self._server.start, name="rpc-subscribe", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Unsubscribe."""
        if self._thread is None:
            return
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            self._server.stop()
            self._server.wait()


class _Endpoint:
    """What oslo.messaging calls: one public method for each name."""

    def __init__(
        self, address: RpcAddress, methods: frozenset[str], deliver: Callable[[WakeUp], None]
    ) -> None:
        self.target = oslo_messaging.Target(namespace=address.namespace, version=address.version)
        for method in methods:
            setattr(self, method, _receiver(method, deliver))


def _receiver(method: str, deliver: Callable[[WakeUp], None]) -> Callable[..., None]:
    def receive(_context: dict[str, Any], **arguments: str) -> None:
        deliver(WakeUp(method, arguments))

    return receive
