"""The filter audit hears of those whom the authentication does not let in, in each pipeline."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.filters.conftest import Htpasswd, line
from tests.support.application import Instance
from tests.support.caller import Answer, Raw

ETC = Path(__file__).parents[3] / "etc" / "barbican"
LOGGER = "oslo.messaging.notification.audit.http"
KEYSTONE = (
    "[keystone_authtoken]\nauth_url = http://127.0.0.1:9/v3\nusername = u\npassword = p\nproject_name = s"
)
# An application sets this filter by itself; pytest takes filters back after each test.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid uuid:UserWarning")
Audited = Callable[..., Instance]


@pytest.fixture
def audited(new_instance: Callable[..., Instance], tmp_path: Path) -> Audited:
    """Starts the application with the filter in every pipeline."""

    def start(auth: str, settings: str = "") -> Instance:
        edited = (
            (ETC / "barbican-api-paste.ini").read_text().replace("-context apiapp", "-context audit apiapp")
        )
        (tmp_path / "paste.ini").write_text(edited)
        (tmp_path / "api_audit_map.conf").write_text((ETC / "api_audit_map.conf").read_text())
        paste = tmp_path / "paste.ini"
        return new_instance(f"[api]\npaste_file = {paste}\nauth = {auth}\n{settings}", worker=False)

    return start


def events(caplog: pytest.LogCaptureFixture, kind: str) -> list[dict[str, Any]]:
    """The payloads of the events audit.http.request or audit.http.response."""
    found = [r for r in caplog.records if r.name == f"{LOGGER}.{kind}"]
    return [json.loads(r.getMessage())["payload"] for r in found]


def assert_one_failure(caplog: pytest.LogCaptureFixture, answer: Answer, code: str) -> None:
    """Two events with one id, which name nobody and the request's id."""
    (asked,), (answered,) = events(caplog, "request"), events(caplog, "response")
    assert (asked["id"], asked["outcome"]) == (answered["id"], "pending")
    assert (answered["outcome"], answered["reason"]["reasonCode"]) == ("failure", code)
    initiator = answered["initiator"]
    assert (initiator["id"], initiator["name"], initiator["project_id"]) == ("unknown",) * 3
    assert initiator["request_id"] == answer.headers["x-openstack-request-id"]
    assert answered["requestPath"] == "/v1/secrets"
    assert (answered["action"], answered["target"]["typeURI"]) == (
        "read/list",
        "service/security/keymanager/secrets",
    )


def ask(instance: Instance, **headers: str) -> Answer:
    """GET with these headers."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Raw(method="GET", path="/v1/secrets", query="name=hunter2-query", headers=sent)
    return request.send(instance.application)


def test_a_wrong_password_is_a_failure_without_a_name(
    audited: Audited, htpasswd: Htpasswd, caplog: pytest.LogCaptureFixture
) -> None:
    htpasswd.write(line("alice", "right"))
    started = audited("basic", f"htpasswd_file = {htpasswd.path}")
    caplog.set_level(logging.INFO)
    given = "Basic YWxpY2U6aHVudGVyMi1wYXNzd29yZA=="  # alice:hunter2-password
    answer = ask(started, Authorization=given, X_User_Id="forged", X_Project_Id="forged")
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert_one_failure(caplog, answer, "401")
    assert [word for word in ("hunter2", "forged", given) if word in caplog.text] == []


def test_who_brings_no_token_is_a_failure(audited: Audited, caplog: pytest.LogCaptureFixture) -> None:
    started = audited("keystone", KEYSTONE)
    caplog.set_level(logging.INFO)
    answer = ask(started, X_User_Id="forged", X_Identity_Status="Confirmed", X_Service_Catalog="[]")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Keystone uri="http://127.0.0.1:9/v3"'
    assert_one_failure(caplog, answer, "401")


def test_a_keystone_that_is_away_is_a_failure_too(audited: Audited, caplog: pytest.LogCaptureFixture) -> None:
    started = audited("keystone", KEYSTONE)
    caplog.set_level(logging.INFO)
    token = "gAAAAAB" + 40 * "hunter2"
    answer = ask(started, X_Auth_Token=token)
    assert answer.status == 503
    assert_one_failure(caplog, answer, "503")
    assert "hunter2" not in caplog.text


def test_a_missing_project_is_a_failure(audited: Audited, caplog: pytest.LogCaptureFixture) -> None:
    started = audited("noauth")
    caplog.set_level(logging.INFO)
    answer = ask(started)
    assert answer.status == 400
    assert_one_failure(caplog, answer, "400")
