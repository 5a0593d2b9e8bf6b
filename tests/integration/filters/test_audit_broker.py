"""Audit events over a broker: they arrive, and a broker that is away holds up no request."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kombu
import pytest

from tests.support.application import Instance
from tests.support.ports import free_port
from tests.support.servers import required_url

ETC = Path(__file__).parents[3] / "etc" / "barbican"
pytestmark = pytest.mark.filterwarnings("ignore:Invalid uuid:UserWarning")


def audited_by(folder: Path, url: str, topic: str) -> str:
    """Settings of an instance that sends its events to a broker."""
    paste = (ETC / "barbican-api-paste.ini").read_text().replace("-context apiapp", "-context audit apiapp")
    (folder / "paste.ini").write_text(paste.replace("%(here)s", str(ETC)))
    return (
        f"[api]\npaste_file = {folder / 'paste.ini'}\n[audit_middleware_notifications]\n"
        f"driver = messagingv2\ntransport_url = {url}\ntopics = {topic}"
    )


@pytest.fixture
def queue() -> Iterator[Any]:
    """A queue of its own on the broker, where oslo.messaging puts events of priority INFO."""
    name = f"audit-{uuid.uuid4().hex}"
    # What oslo.messaging calls rabbit is amqp to kombu.
    url = required_url("BARBICAN_TEST_RABBIT_URL").replace("rabbit://", "amqp://", 1)
    exchange = kombu.Exchange("openstack", type="topic", durable=False)
    declared = kombu.Queue(f"{name}.info", exchange, routing_key=f"{name}.info", durable=False)
    with kombu.Connection(url) as connection:
        with connection.SimpleQueue(declared) as waiting:
            yield waiting
        connection.default_channel.queue_delete(declared.name)


@pytest.mark.rabbit
def test_events_arrive_over_the_broker(
    new_instance: Callable[..., Instance], tmp_path: Path, queue: Any
) -> None:
    """The one before and the one after, in order."""
    topic = queue.queue.name.removesuffix(".info")
    settings = audited_by(tmp_path, required_url("BARBICAN_TEST_RABBIT_URL"), topic)
    answer = new_instance(settings, worker=False).caller("project-1").get("/v1/secrets")
    events = []
    for _ in range(2):
        message = queue.get(timeout=30)
        message.ack()
        events.append(json.loads(json.loads(message.body)["oslo.message"]))
    assert [event["event_type"] for event in events] == ["audit.http.request", "audit.http.response"]
    initiator = events[1]["payload"]["initiator"]
    assert initiator["project_id"] == "project-1"
    assert initiator["request_id"] == answer.headers["x-openstack-request-id"]


def test_a_broker_that_is_away_holds_up_no_request(
    new_instance: Callable[..., Instance], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The request is served, and the event is in the log with the error, so that it is not lost."""
    settings = audited_by(tmp_path, f"rabbit://u:hunter2@127.0.0.1:{free_port()}/", "audit")
    instance = new_instance(settings, worker=False)
    with caplog.at_level(logging.ERROR):
        assert instance.caller("project-1").get("/v1/secrets").status_int == 200
    lost = [r.getMessage() for r in caplog.records if "Could not send notification" in r.getMessage()]
    assert len(lost) == 2
    assert all("project-1" in text and "hunter2" not in text for text in lost)
