"""The frame of a process that works until a signal ends it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Protocol

from oslo_config import cfg

from barbican_like import bootstrap
from barbican_like.cmd import common
from barbican_like.common import attempts, log
from barbican_like.contexts.supervised import Supervised

_LOG = logging.getLogger(__name__)


class Service(Protocol):
    """What such a process runs."""

    def start(self) -> None:
        """Begin, on threads of its own."""

    def stop(self) -> None:
        """Take nothing new, finish what is under way."""


def until_signal(
    conf: cfg.ConfigOpts,
    name: str,
    make: Callable[[bootstrap.Runtime], Service],
    lanes: Mapping[str, int] | None = None,
) -> int:
    """Build a service, run it until SIGTERM or SIGINT, stop it; returns the exit code.

    While the database is away, it is waited for. The supervisor hears that the process is ready when it
    works, or has found that it must wait.

    :param name: of the service, in the log.
    :param lanes: of a worker, each with its threads.
    """
    common.forbid_core_dumps()
    ended = threading.Event()
    supervised = Supervised(ended.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    begun = attempts.until_done(lambda: _begun(conf, make, lanes), ended, supervised.ready)
    if begun is None:
        return 0
    runtime, service = begun
    supervised.ready()
    log.event(_LOG, f"{name}.started")
    ended.wait()
    log.event(_LOG, f"{name}.stopping")
    service.stop()
    runtime.close()
    _leave_abandoned_threads()
    return 0


def _begun(
    conf: cfg.ConfigOpts, make: Callable[[bootstrap.Runtime], Service], lanes: Mapping[str, int] | None
) -> tuple[bootstrap.Runtime, Service]:
    runtime = bootstrap.Runtime(conf, lanes=lanes)
    with ExitStack() as begun:
        begun.callback(runtime.close)
        service = make(runtime)
        service.start()
        begun.pop_all()
    return runtime, service


def _leave_abandoned_threads() -> None:
    """End the process here where threads are left whose work the stop has given up.

    The interpreter's own end takes seconds beside threads that make keys, and would break one off that comes
    back from foreign code. There is nothing left to end in order: what they had is handed back.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        logging.shutdown()
        os._exit(0)
