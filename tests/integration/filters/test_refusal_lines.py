"""Each answer of 4xx leaves one line in the log: what was refused, and by which request it is found."""

from __future__ import annotations

import logging

import pytest

from barbican_like.http import problems
from tests.support.application import Instance
from tests.support.caller import Answer, Raw

LOGGER = problems.__name__
ID = "0b3c5c4e-5f0e-4d3b-9f51-3d0f6f3a6f10"


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(r.levelno, r.getMessage()) for r in caplog.records if r.name == LOGGER]


def send(instance: Instance, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = target.partition("?")
    return Raw(method=method, path=path, query=query, headers=sent, body=body).send(instance.application)


@pytest.mark.parametrize(
    ("call", "status", "operation"),
    [
        (f"GET /v1/secrets/{ID}", 404, "Secret retrieval"),
        ("GET /v1/secrets/hunter2", 404, "Secret retrieval"),
        ("GET /v1/hunter2", 404, "Request"),
        ("PUT /v1/secrets", 405, "Secret(s) retrieval"),
        ("POST /v1/secrets", 400, "Secret creation"),
        ("GET /v1/secrets?sort=hunter2", 400, "Secret(s) retrieval"),
    ],
)
def test_a_refused_request_leaves_one_line(
    instance: Instance, caplog: pytest.LogCaptureFixture, call: str, status: int, operation: str
) -> None:
    caplog.set_level(logging.DEBUG)
    method, path = call.split()
    body = b'{"payload": "hunter2", "payload_content_type": "hunter2"}' if method == "POST" else b""
    answer = send(instance, method, path, body, X_Project_Id="hunter2", Content_Type="application/json")
    assert answer.status == status
    request_id = answer.headers["x-openstack-request-id"]
    assert lines(caplog) == [
        (logging.INFO, f"request.refused status={status} request_id={request_id} operation={operation}")
    ]
    assert "hunter2" not in caplog.text


def test_whoever_is_not_let_in_leaves_one_line(instance: Instance, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = send(instance, "GET", "/v1/secrets")
    request_id = answer.headers["x-openstack-request-id"]
    assert lines(caplog) == [
        (logging.INFO, f"request.refused status=400 request_id={request_id} operation=Authentication")
    ]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The calls of the function that logs."""
    calls: list[object] = []
    monkeypatch.setattr(problems, "note_refusal", lambda *given: calls.append(given))
    return calls


def test_what_is_served_costs_nothing(instance: Instance, counted: list[object]) -> None:
    caller = instance.caller()
    path = caller.new_secret(payload="p", payload_content_type="text/plain")
    assert [caller.get(at).status_int for at in (path, f"{path}/payload", "/v1/secrets", "/")] == [
        200
    ] * 3 + [300]
    assert counted == []
    assert caller.get("/v1/nothing").status_int == 404
    assert len(counted) == 1
