"""The application held against the OpenAPI document: examples, answers, refusals, and drawn requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import webtest

from tests.support.application import Instance
from tests.support.openapi import DOCUMENT, deviations, operations
from tests.support.transfers import PREFIX, Mover, mover

OPERATIONS = [
    pytest.param(method, path, shown, id=f"{method} {path.removeprefix(PREFIX)}")
    for path, method, shown in operations(of_transfers=True)
]
BODIES = [each for each in OPERATIONS if "requestBody" in each.values[2]]


def made(someone: Mover) -> dict[str, str]:
    """Ids for paths: a site, and a job of it that has failed."""
    site = someone.site("things", "dummy://any/?files=1&fail=9&error=permanent", auth="TOKEN")
    reference = someone.caller.post(
        "/v1/secrets", {"payload": '{"token": "t"}', "payload_content_type": "text/plain"}
    ).json["secret_ref"]
    answer = someone.call("PUT", f"/sites/{site}/credential", json={"secret_ref": reference})
    assert answer.status_int == 200
    job = someone.failed("/copy", src_siteid=site, src_filepath="a", dst_siteid=site, dst_filepath="b")
    return {
        "site_id": str(site),
        "job_id": str(job["id"]),
        "element_id": "1",
        "attempt": "1",
        "secret_ref": reference,
    }


@pytest.fixture
def things(someone: Mover) -> dict[str, str]:
    """Such ids, that a test may remove."""
    return made(someone)


@pytest.fixture(scope="module")
def somebody(moving_instance: Instance) -> Mover:
    """Somebody of a project that the tests share which change nothing."""
    return mover(moving_instance)


@pytest.fixture(scope="module")
def kept(somebody: Mover) -> dict[str, str]:
    """Ids that stay."""
    return made(somebody)


def filled(path: str, things: dict[str, str]) -> str:
    return "/".join(things[word[1:-1]] if word.startswith("{") else word for word in path.split("/"))


def examples(shown: dict[str, Any], things: dict[str, str]) -> Iterator[Any]:
    """Each example of a body, about things that are there; None where there is no body."""
    if "requestBody" not in shown:
        yield None
        return
    for example in shown["requestBody"]["content"]["application/json"]["examples"].values():
        body = dict(example["value"])
        for name in ("src_siteid", "dst_siteid"):
            if name in body:
                body[name] = int(things["site_id"])
        if "secret_ref" in body:
            body["secret_ref"] = things["secret_ref"]
        yield body


def send(someone: Mover, method: str, path: str, body: object) -> webtest.TestResponse:
    if body is None:
        return someone.caller.call(method, path)
    return someone.caller.call(method, path, json=body)


@pytest.mark.parametrize(("method", "path", "shown"), OPERATIONS)
def test_each_operation_is_answered_as_described(
    someone: Mover, things: dict[str, str], method: str, path: str, shown: dict[str, Any]
) -> None:
    for body in examples(shown, things):
        answer = send(someone, method, filled(path, things), body)
        assert answer.status_int < 300, answer
        assert deviations(method, path, answer) == []


@pytest.mark.parametrize(("method", "path", "shown"), OPERATIONS)
def test_refusals_are_described(
    somebody: Mover, kept: dict[str, str], method: str, path: str, shown: dict[str, Any]
) -> None:
    target = filled(path, kept)
    refused = somebody.caller.call(method, target, headers={"X-Roles": "nothing"})
    assert refused.status_int == 403
    assert deviations(method, path, refused) == []
    assert deviations(method, path, somebody.caller.call(method, target, accept="image/png")) == []
    if "{" in path:
        nowhere = "/".join("999999" if word.startswith("{") else word for word in path.split("/"))
        missing = somebody.caller.call(method, nowhere)
        assert missing.status_int == 404
        assert deviations(method, path, missing) == []


@pytest.mark.parametrize(("method", "path", "shown"), BODIES)
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"{", b'{"a": 1}', b"\xff", b"null", b'"x"', b'{"type": {}}']
)
def test_bodies_of_no_use_are_refused(
    somebody: Mover, kept: dict[str, str], method: str, path: str, shown: dict[str, Any], body: bytes
) -> None:
    answer = somebody.caller.call(method, filled(path, kept), body=body, content_type="application/json")
    assert answer.status_int == 400, answer
    assert deviations(method, path, answer) == []


def test_a_job_that_is_done_has_a_listing_as_described(someone: Mover) -> None:
    site, folder = someone.folder_site("listed")
    (folder / "f").write_text("x")
    job = someone.done("/list", src_siteid=site, src_filepath="/")
    for below in ("", "/elements", "/elements/0", "/output", "/elements/0/output"):
        path = PREFIX + "/jobs/{job_id}" + below.replace("/elements/0", "/elements/{element_id}")
        answer = someone.call("GET", f"/jobs/{job['id']}{below}")
        assert deviations("GET", path, answer) == []
    planned = someone.done("/remove", src_siteid=site, src_filepath="f", dry_run=True)
    answer = someone.call("GET", f"/jobs/{planned['id']}/output")
    assert deviations("GET", PREFIX + "/jobs/{job_id}/output", answer) == []
    assert "TransferPlan" in DOCUMENT["components"]["schemas"]
