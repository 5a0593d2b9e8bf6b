"""A project deleted in Keystone, told by a real notification over RabbitMQ."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like import bootstrap
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.resources import NewSecret
from barbican_like.queue.transport.messaging import oslo_messaging
from barbican_like.queue.transport.rpc import library_conf
from tests.faults.waiting import wait_for
from tests.support import application
from tests.support.entities import a_secret
from tests.support.servers import required_url

pytestmark = pytest.mark.rabbit


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[bootstrap.Runtime]:
    """A deployment with a broker and topics of its own."""
    own = uuid.uuid4().hex
    broker = required_url("BARBICAN_TEST_RABBIT_URL")
    conf = application.prepare(
        tmp_path,
        f"transport_url = {broker}\n[queue]\ntopic = tasks-{own}\n"
        f"[keystone_notifications]\ntopic = notifications-{own}\ncontrol_exchange = keystone-{own}\n",
    )
    runtime = bootstrap.Runtime(conf)
    before = set(threading.enumerate())
    yield runtime
    runtime.close()
    assert {
        thread.name for thread in set(threading.enumerate()) - before if thread.name == "rpc-cast"
    } == set()


def notify(runtime: bootstrap.Runtime, event: str, payload: object) -> None:
    """Send a notification as Keystone does."""
    conf = runtime.conf
    library = library_conf(conf)
    library.register_opts(oslo_messaging.transport._transport_opts)
    library.set_override("control_exchange", conf.keystone_notifications.control_exchange)
    transport = oslo_messaging.get_notification_transport(library, url=conf.transport_url)
    notifier = oslo_messaging.Notifier(
        transport,
        "identity.test",
        driver="messagingv2",
        topics=[conf.keystone_notifications.topic],
    )
    notifier.info({}, event, payload)
    transport.cleanup()


def store(runtime: bootstrap.Runtime, project: str) -> None:
    with UnitOfWork(runtime.database) as uow:
        secret = a_secret(project_id=project, content_type="text/plain")
        resources.store_secret(uow, runtime.plugins, NewSecret(secret=secret, payload=b"x"))
        uow.commit()


def exists(runtime: bootstrap.Runtime, project: str) -> bool:
    with Reading(runtime.database) as view:
        return view.projects.find(project) is not None


def test_a_deleted_projects_resources_are_removed(runtime: bootstrap.Runtime) -> None:
    """The notification becomes a task that a worker does; other events and other projects change nothing."""
    for project in ("ends", "stays"):
        store(runtime, project)
    listener = bootstrap.new_project_listener(runtime)
    worker = bootstrap.new_worker(runtime)
    listener.start()
    worker.start()
    try:
        notify(runtime, "identity.project.updated", {"resource_info": "stays"})
        notify(runtime, "identity.project.deleted", {"nonsense": True})
        notify(runtime, "identity.project.deleted", {"resource_info": "unknown"})
        notify(runtime, "identity.project.deleted", {"resource_info": "ends"})
        wait_for("the project is gone", lambda: not exists(runtime, "ends"), 30)
        assert exists(runtime, "stays")
    finally:
        listener.stop()
        worker.stop()
