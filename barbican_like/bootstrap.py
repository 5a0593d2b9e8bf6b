"""The composition root: the one place that builds databases, transports, plug-ins and workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like import key_stores, rooms
from barbican_like.common import attempts, config
from barbican_like.common.errors import ConfigurationError
from barbican_like.common.meters.writing import Meters
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.repositories.secret_stores import Change
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import kinds
from barbican_like.plugin.crypto.generator import SoftwareKeyGenerator
from barbican_like.plugin.registry import Plugins
from barbican_like.queue.claims import Claims
from barbican_like.queue.client import TaskClient
from barbican_like.queue.leases import Lease, Neighbours
from barbican_like.queue.measuring import measure_by
from barbican_like.queue.server import Tasks, Worker
from barbican_like.queue.sweeper import Sweeper
from barbican_like.queue.transport import DirectWaker, Listener, NullWaker, Waker
from barbican_like.queue.transport.local import LocalListener, LocalWaker
from barbican_like.queue.watch import Watch
from barbican_like.room import Parts

if TYPE_CHECKING:
    from barbican_like.http.frame import Frame
    from barbican_like.http.paste import WsgiApp
    from barbican_like.queue.notifications import ProjectDeletions
    from barbican_like.queue.transport.rpc import RpcAddress

_WATCHERS: Final = 4
"""Threads of a worker that use the database besides those of its lanes: lease, sweep, watch and listener."""


class Runtime:
    """What every process of the product has: the database and the plug-ins, from one configuration.

    :param bounded: whether every statement has to end soon, unlike those of an operator's command.
    :param lanes: of a worker that is to run on it, each with its threads: none of them waits for another's
        connection.
    :raises ConfigurationError: when the database, its schema or the master key cannot be used.
    :raises Overloaded: when the database cannot be reached, or not now.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, *, bounded: bool = True, lanes: Mapping[str, int] | None = None
    ) -> None:
        self.conf = conf
        self.policy = cache(partial(rooms.policy, conf))  # of no use to most workers
        configured = key_stores.configured_stores(conf)
        # First what needs no database, so that what is wrong with it shows also while that is away.
        masters = {name: key_stores.new_master_key(conf, name) for name in configured.stores}
        with ExitStack() as begun:
            connections = sum(lanes.values()) + _WATCHERS if lanes else 0
            self.database = new_database(conf, bounded=bounded, connections=connections)
            begun.callback(self.database.close)
            migrate.require_head(self.database, rooms.migrations())
            self.plugins = Plugins(
                stores={
                    name: key_stores.new_store(conf, self.database, name, key)
                    for name, key in masters.items()
                },
                default_store=configured.default,
                generator=SoftwareKeyGenerator(),
                offered=configured.offered,
            )
            self.closing = begun.pop_all()

    def parts(self, waker: Waker) -> Parts:
        """What rooms are given in this process."""
        return Parts(
            conf=self.conf,
            database=self.database,
            plugins=self.plugins,
            client=TaskClient(waker),
            purge=rooms.purge,
            policy=self.policy,
            figures=rooms.figures,
            kinds=rooms.kinds(),
        )

    def close(self) -> None:
        """Stop what works for the API in this process, then free the database's connections."""
        self.closing.close()


class WorkerRuntime:
    """A worker with what watches over it, in this process.

    :param lanes: those served, each with its threads.
    :param listens: whether wake-ups come by the way that the configuration chooses.
    """

    def __init__(self, runtime: Runtime, lanes: Mapping[str, int], *, listens: bool) -> None:
        conf, database = runtime.conf, runtime.database
        folder, term = config.lease_folder(conf), conf.worker.claim_term
        lease = Lease(database, folder=folder, term=term)
        claims = Claims(database, lease)
        parts = runtime.parts(NullWaker())
        tasks = Tasks(claims, rooms.tasks(parts, claims))
        listeners = [_listener(conf)] if listens else []
        self.worker = Worker(tasks, claims, lanes=lanes, listeners=listeners)
        self.worker.measure = measure_by(Meters(config.meter_folder(conf)))
        self.watch = Watch(self.worker, claims)
        neighbours = Neighbours(database, lease, folder=folder, term=term)
        self._database = database
        self.sweeper = Sweeper(database, self.worker, neighbours, interval=conf.worker.sweep_interval)
        self._watches = rooms.watches(parts)

    def start(self) -> None:
        """Begin to work.

        :raises Overloaded: when the database cannot be reached, or not now.
        """
        self._owe_what_stands()
        self.worker.start()
        self.watch.start()
        self.sweeper.start()
        for watch in self._watches:
            watch.start()

    def _owe_what_stands(self) -> None:
        """See to it that what goes on for ever has its tasks; each is named as its kind is."""
        client = TaskClient(NullWaker())
        with UnitOfWork(self._database) as uow:
            for kind in rooms.standing():
                client.ensure(uow, kind, kind.name)
            uow.commit()

    def stop(self) -> None:
        """Take nothing new, hand back what does not end at once."""
        for watch in self._watches:
            watch.stop()
        self.sweeper.stop()
        self.watch.stop()
        self.worker.stop()


def new_database(conf: cfg.ConfigOpts, *, bounded: bool = False, connections: int = 0) -> Database:
    """The configured database; nothing is opened yet.

    :param bounded: whether every statement has to end soon, as those of the API and the workers.
    :param connections: how many there may be at least, whatever the configuration says.
    """
    options = conf.database
    pool_size = max(options.pool_size, connections)
    database = Database(
        config.database_url(conf), pool_size=pool_size, lock_wait=options.lock_wait, bounded=bounded
    )
    database.observers = rooms.observers(conf)
    return database


def worker_lanes(conf: cfg.ConfigOpts) -> Mapping[str, int]:
    """What a worker serves, each lane with its threads.

    :raises ConfigurationError: for an entry of ``[worker] lanes`` that is none.
    """
    return config.lanes(conf, rooms.lanes(), left_out=rooms.own_lanes())


def new_worker(runtime: Runtime) -> WorkerRuntime:
    """The worker of a worker process, with the listener that the configuration chooses."""
    return new_lane_worker(runtime, worker_lanes(runtime.conf))


def new_lane_worker(runtime: Runtime, lanes: Mapping[str, int]) -> WorkerRuntime:
    """A worker that serves these lanes, each with its threads, whatever ``[worker]`` says."""
    return WorkerRuntime(runtime, lanes, listens=True)


def new_application(runtime: Runtime, *, serve: bool = True) -> WsgiApp:
    """The whole WSGI application; in standalone mode with a worker in the same process.

    :param serve: False for one that is only built, to see whether the configuration is sound.
    """
    # Imported here, as below: a worker has no use for the HTTP side.
    from barbican_like.http import paste

    return paste.load(paste.Assembly(applications=_applications(runtime, serve=serve), conf=runtime.conf))


def served_application(conf: cfg.ConfigOpts) -> WsgiApp:
    """The whole WSGI application of a process that serves, whether the database is there or not.

    While it is not, the pipelines stand and their applications answer 503.

    :raises ConfigurationError: for what can be seen to be wrong now.
    """
    from barbican_like.http import paste
    from barbican_like.http.later import Later

    served = {mount.prefix: Later() for _, mount in rooms.mounts(conf)}

    def begin() -> None:
        runtime = Runtime(conf)
        with ExitStack() as begun:
            begun.callback(runtime.close)
            for prefix, make in _applications(runtime, serve=True).items():
                served[prefix].become(make())
            begun.pop_all()

    applications = {prefix: partial(_itself, later) for prefix, later in served.items()}
    application = paste.load(paste.Assembly(applications=applications, conf=conf))
    attempts.now_or_later(begin)
    return application


def _itself(application: WsgiApp) -> WsgiApp:
    return application


def _applications(runtime: Runtime, *, serve: bool) -> dict[str, Callable[[], WsgiApp]]:
    """What makes each mount's application, by its prefix."""
    offer_stores(runtime)
    waker = _waker(runtime) if serve else NullWaker()
    runtime.closing.callback(waker.close)
    frame = _frame(runtime)
    parts = runtime.parts(waker)
    return {
        mount.prefix: partial(mount.application, frame, room.services(parts))
        for room, mount in rooms.mounts(runtime.conf)
    }


def _frame(runtime: Runtime) -> Frame:
    from barbican_like.http import document
    from barbican_like.http.frame import Frame, Limits

    conf = runtime.conf
    limits = Limits(
        request_bytes=conf.max_allowed_request_size_in_bytes,
        default_page=conf.default_limit_paging,
        largest_page=conf.max_limit_paging,
    )
    mounts = [mount for _, mount in rooms.mounts(conf)]
    return Frame(
        database=runtime.database,
        policy=runtime.policy(),
        limits=limits,
        host_href=conf.host_href,
        prefix="",
        document=lambda: document.encoded(mounts, limits, conf.host_href),
        threads=conf.api.threads,
    )


def offer_stores(runtime: Runtime) -> Sequence[tuple[Change, str]]:
    """Bring the table of stores to what the configuration offers; where it offers no choice, leave it.

    :return: what has changed, each with the store's name.
    :raises ConfigurationError: when a store is gone that projects still prefer.
    """
    if not runtime.plugins.offered:
        return ()
    with UnitOfWork(runtime.database) as uow:
        changes = uow.secret_stores.offer(runtime.plugins.offered)
        uow.commit()
    return changes


def new_project_listener(runtime: Runtime) -> ProjectDeletions:
    """Hears of projects that Keystone deletes, and writes the task that removes each.

    :raises ConfigurationError: when no broker is configured.
    """
    from barbican_like.queue.notifications import NotificationAddress, ProjectDeletions

    conf = runtime.conf
    if not conf.transport_url:
        raise ConfigurationError("transport_url is needed to hear Keystone's notifications")
    waker = _waker(runtime)
    runtime.closing.callback(waker.close)
    client = TaskClient(waker)

    def deliver(external_id: str) -> None:
        with UnitOfWork(runtime.database) as uow:
            project = uow.projects.find(external_id)
            if project is not None:
                client.ensure(uow, kinds.PROCESS_PROJECT_DELETION, project.id, project_id=external_id)
            uow.commit()

    notifications = conf.keystone_notifications
    address = NotificationAddress(
        transport_url=conf.transport_url,
        exchange=notifications.control_exchange,
        topic=notifications.topic,
        pool=notifications.pool_name or None,
    )
    return ProjectDeletions(conf, address, deliver)


def _waker(runtime: Runtime) -> Waker:
    conf = runtime.conf
    if not conf.queue.enable:
        # Nobody else is there for lanes that have workers of their own.
        standalone = WorkerRuntime(runtime, config.lanes(conf, rooms.lanes(), 1), listens=False)
        standalone.start()
        runtime.closing.callback(standalone.stop)
        return DirectWaker(standalone.worker.deliver)
    if conf.transport_url:
        return _broker(conf).waker(conf)
    return LocalWaker(config.wake_folder(conf))


def _listener(conf: cfg.ConfigOpts) -> Listener:
    if conf.transport_url:
        return _broker(conf).listener(conf, frozenset(rooms.kinds()))
    return LocalListener(config.wake_folder(conf), str(os.getpid()))


def _broker(conf: cfg.ConfigOpts) -> RpcAddress:
    # Imported here: oslo.messaging takes a third of the start-up time, and few use a broker.
    from barbican_like.queue.transport.rpc import RpcAddress

    return RpcAddress(
        transport_url=conf.transport_url,
        topic=conf.queue.topic,
        namespace=conf.queue.namespace,
        version=conf.queue.version,
        server_name=conf.queue.server_name,
    )
