"""The filter audit: what an event says (CADF), and what none ever says."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from barbican_like import rooms
from barbican_like.common.errors import ConfigurationError
from barbican_like.http.context import ENVIRON_KEY, RequestContext
from barbican_like.http.middleware.audit import Audit
from tests.support.application import Instance, prepare, running
from tests.support.caller import Raw

ETC = Path(__file__).parents[3] / "etc" / "barbican"
LOGGER = "oslo.messaging.notification.audit.http"
TOKEN = "gAAAAABn" + "t0k3n" * 30
# An application sets this filter by itself; pytest takes filters back after each test.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid uuid:UserWarning")


@pytest.fixture(scope="module")
def paste_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped files as an operator edits them: one word in one line."""
    folder = tmp_path_factory.mktemp("etc")
    shipped = (ETC / "barbican-api-paste.ini").read_text()
    edited = shipped.replace("unauthenticated-context apiapp", "unauthenticated-context audit apiapp")
    assert edited != shipped
    (folder / "paste.ini").write_text(edited)
    (folder / "api_audit_map.conf").write_text((ETC / "api_audit_map.conf").read_text())
    return folder / "paste.ini"


@pytest.fixture(scope="module")
def audited(new_instance: Callable[..., Instance], paste_file: Path) -> Instance:
    """The application with the filter in its pipeline."""
    return new_instance(f"[api]\npaste_file = {paste_file}", worker=False)


class Events:
    """The events in the log, as the driver `log` writes them: one JSON text each."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self._caplog = caplog

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of the events audit.http.request or audit.http.response."""
        return [
            json.loads(r.getMessage())["payload"]
            for r in self._caplog.records
            if r.name == f"{LOGGER}.{kind}"
        ]


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Events:
    """What is logged during the test."""
    return Events(caplog)


def new_secret(instance: Instance, **headers: str) -> str:
    """A secret's path, created by whoever the headers say."""
    caller = instance.caller("project-1", X_User_Id="user-1", **headers)
    return caller.new_secret(
        name="hunter2-name", payload="hunter2-payload", payload_content_type="text/plain"
    )


def test_each_request_has_an_event_before_and_one_after(audited: Instance, events: Events) -> None:
    """Both have the same id; who, what, on what, with which outcome."""
    path = new_secret(audited)
    (asked,), (answered,) = events.of("request"), events.of("response")
    assert asked["id"] == answered["id"]
    assert asked["outcome"] == "pending"
    assert answered["outcome"] == "success"
    assert answered["reason"] == {"reasonType": "HTTP", "reasonCode": "201"}
    assert answered["initiator"]["id"] == "user-1"
    assert answered["initiator"]["project_id"] == "project-1"
    assert answered["action"] == "create"
    assert answered["requestPath"] == "/v1/secrets"
    assert answered["target"]["typeURI"] == "service/security/keymanager/secrets"
    assert path.startswith("/v1/secrets/")


@pytest.mark.parametrize(
    ("method", "below", "action", "type_uri"),
    [
        ("GET", "", "read", "secrets/secret"),
        ("GET", "/payload", "read", "secrets/secret/payload"),
        ("GET", "/acl", "read", "secrets/secret/acl"),
        ("GET", "/metadata", "read/list", "secrets/secret/metadata"),
        ("GET", "/consumers", "read/list", "secrets/secret/consumers"),
        ("DELETE", "", "delete", "secrets/secret"),
    ],
)
def test_an_event_names_the_action_and_the_target(
    audited: Instance, events: Events, method: str, below: str, action: str, type_uri: str
) -> None:
    path = new_secret(audited)
    audited.caller("project-1", X_User_Id="user-1").call(method, path + below)
    event = events.of("response")[-1]
    assert event["action"] == action
    assert event["requestPath"] == path + below
    assert event["target"]["typeURI"] == f"service/security/keymanager/{type_uri}"
    assert event["outcome"] == "success"


@pytest.mark.parametrize(("path", "code"), [("/v1/orders/none", "404"), ("/v1/nothing", "404")])
def test_a_refusal_is_a_failure(audited: Instance, events: Events, path: str, code: str) -> None:
    audited.caller("project-1").get(path)
    event = events.of("response")[-1]
    assert event["outcome"] == "failure"
    assert event["reason"]["reasonCode"] == code
    assert event["initiator"]["id"] == "unknown"  # nobody said who


def test_what_the_policy_refuses_is_a_failure(audited: Instance, events: Events) -> None:
    path = new_secret(audited)
    audited.caller("project-2", X_User_Id="thief").get(path + "/payload")
    event = events.of("response")[-1]
    assert event["initiator"]["id"] == "thief"
    assert event["initiator"]["project_id"] == "project-2"
    assert event["requestPath"] == path + "/payload"
    assert (event["outcome"], event["reason"]["reasonCode"]) == ("failure", "403")


@pytest.mark.parametrize("notifier", ["use_oslo_messaging = true", "use_oslo_messaging = false"])
def test_no_event_has_a_payload_a_token_or_a_query(
    new_instance: Callable[..., Instance], paste_file: Path, caplog: pytest.LogCaptureFixture, notifier: str
) -> None:
    """Not even a part of one: the library itself would show an eighth of the token at each end."""
    settings = f"[api]\npaste_file = {paste_file}\n[audit_middleware_notifications]\n{notifier}"
    started = new_instance(settings, worker=False)
    caplog.set_level(logging.INFO)
    path = new_secret(started, X_Auth_Token=TOKEN, Authorization=f"Bearer {TOKEN}", X_Service_Token=TOKEN)
    caller = started.caller("project-1", X_Auth_Token=TOKEN)
    caller.get(path + "/payload?trans_wrapped_session_key=hunter2-query")
    caller.post(path + "/metadata/action", {"hunter2-member": "hunter2-value"})
    caller.put(path, b"hunter2-second", "text/plain")
    assert caplog.text.count("requestPath") == 8
    assert "hunter2" not in caplog.text
    assert [TOKEN[at : at + 5] for at in range(len(TOKEN) - 4) if TOKEN[at : at + 5] in caplog.text] == []


def test_the_application_still_gets_everything(audited: Instance) -> None:
    """Body, query and headers, although the filter hides them from the library."""
    path = new_secret(audited)
    caller = audited.caller("project-1")
    assert caller.get(path + "/payload", accept="text/plain").body == b"hunter2-payload"
    assert caller.get("/v1/secrets?limit=1&name=hunter2-name").json["secrets"][0]["name"] == "hunter2-name"
    assert caller.get(path, version="1.1").json["consumers"] == []


def test_events_lead_to_the_log_by_the_request_ids(audited: Instance, events: Events) -> None:
    given = f"req-{uuid.uuid4()}"
    answer = audited.caller("project-1").get("/v1/secrets", headers={"X-OpenStack-Request-ID": given})
    initiator = events.of("response")[-1]["initiator"]
    assert initiator["request_id"] == answer.headers["x-openstack-request-id"]
    assert initiator["global_request_id"] == given


def test_as_shipped_there_are_no_events(instance: Instance, events: Events) -> None:
    new_secret(instance)
    assert events.of("request") + events.of("response") == []


def test_an_operator_may_leave_requests_out(
    tmp_path: Path, paste_file: Path, events: Events, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The library's own settings stand in the filter's section: ignore_req_list, ignore_path_list."""
    text = paste_file.read_text().replace("%(here)s", str(paste_file.parent))
    (tmp_path / "paste.ini").write_text(text + "ignore_req_list = GET, DELETE\n")
    conf = prepare(tmp_path_factory.mktemp("quiet"), f"[api]\npaste_file = {tmp_path / 'paste.ini'}")
    with running(conf, worker=False) as started:
        started.caller("project-1").get(new_secret(started))
    assert [event["action"] for event in events.of("response")] == ["create"]


def test_a_missing_map_file_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"audit_map_file .*none\.conf: .*No such file"):
        Audit(lambda *_: [], rooms.load([]), {"audit_map_file": str(tmp_path / "none.conf")})


@pytest.mark.parametrize(("behind_keystone", "shown"), [(True, "Alice"), (False, "user-1")])
def test_what_keystone_says_is_believed_only_behind_it(
    events: Events, behind_keystone: bool, shown: str
) -> None:
    """Without it the same headers are a client's words."""

    def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    audit = Audit(
        application, rooms.load([]), {"audit_map_file": str(ETC / "api_audit_map.conf"), "service_name": "x"}
    )
    environ = Raw(
        method="DELETE",
        path="/v1/orders/1",
        headers={"X-User-Name": "Alice", "X-User-Id": "forged", "X-Forwarded-For": "198.51.100.1"},
    ).environ()
    environ[ENVIRON_KEY] = RequestContext(request_id="req-1", project_id="p", user_id="user-1")
    environ["REMOTE_ADDR"] = "127.0.0.1"
    if behind_keystone:
        environ["keystone.token_auth"] = object()
    assert list(audit(environ, lambda *_: None)) == []
    initiator = events.of("response")[0]["initiator"]
    assert (initiator["id"], initiator["name"]) == ("user-1", shown)
    assert initiator["host"]["address"] == "127.0.0.1"
