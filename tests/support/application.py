"""The whole WSGI application in this process: a data folder, a master key, a migrated database, a worker."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oslo_config import cfg

from barbican_like import bootstrap, key_stores, rooms
from barbican_like.model import migrate
from barbican_like.plugin import options
from barbican_like.plugin.crypto import master_key
from barbican_like.plugin.store_settings import SIMPLE_CRYPTO
from barbican_like.queue.outcome import Done, Failed, Outcome
from tests.support.caller import Caller

LONGEST_WAIT = 30.0
"""Seconds after which an order that is not done fails its test."""


class OrdersDone:
    """Tells when a worker has ended an order: a condition to wait on instead of a length of time."""

    def __init__(self) -> None:
        self._ended: set[str] = set()
        self._changed = threading.Condition()

    def note(self, _task: str, entity_id: str, outcome: Outcome | None) -> None:
        """The worker's listener."""
        if isinstance(outcome, Done | Failed):
            with self._changed:
                self._ended.add(entity_id)
                self._changed.notify_all()

    def wait_for(self, order_id: str) -> None:
        """Return as soon as the order has ended; fail the test when it never does."""
        with self._changed:
            assert self._changed.wait_for(lambda: order_id in self._ended, LONGEST_WAIT), order_id


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A running application with what tests look at."""

    conf: cfg.ConfigOpts
    runtime: bootstrap.Runtime
    application: Callable[..., Any]
    orders_done: OrdersDone

    def caller(self, project_id: str | None = None, **headers: str) -> Caller:
        """Somebody who calls, by default an admin of a project that nobody else uses."""
        return Caller(self.application, project_id or f"project-{uuid.uuid4()}", headers)


def prepare(folder: Path, settings: str = "") -> cfg.ConfigOpts:
    """A data folder as an operator prepares it: configuration, master key, schema.

    :param settings: lines that follow ``data_dir`` in ``[DEFAULT]``, further sections included.
    """
    file = folder / "barbican.conf"
    file.write_text(f"[DEFAULT]\ndata_dir = {folder}\n{settings}\n")
    conf = rooms.load(["--config-file", str(file)])
    if SIMPLE_CRYPTO in key_stores.configured_stores(conf).stores:
        master_key.create_file(options.master_key_file(conf))
    database = bootstrap.new_database(conf)
    try:
        migrate.upgrade(database, branches=rooms.migrations())
    finally:
        database.close()
    return conf


@contextlib.contextmanager
def running(conf: cfg.ConfigOpts, *, worker: bool = True) -> Iterator[Instance]:
    """The application of a prepared folder, with a worker in this process unless told otherwise."""
    runtime = bootstrap.Runtime(conf)
    ended = OrdersDone()
    with contextlib.ExitStack() as stack:
        stack.callback(runtime.close)
        if worker:
            working = bootstrap.new_worker(runtime)
            working.worker.on_outcome = ended.note
            working.start()
            stack.callback(working.stop)
        application = bootstrap.new_application(runtime)
        yield Instance(conf=conf, runtime=runtime, application=application, orders_done=ended)
