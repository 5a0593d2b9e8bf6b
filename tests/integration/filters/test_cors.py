"""Pages of other origins: [cors], preflights, and what an answer lets a page read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.application import Instance
from tests.support.caller import Answer, Caller, Raw

ORIGIN = "https://horizon.example.com"
BASIC = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}


@pytest.fixture(scope="module")
def shared(new_instance: Callable[..., Instance]) -> Instance:
    """The application with one origin allowed."""
    return new_instance(f"[cors]\nallowed_origin = {ORIGIN}", worker=False)


@pytest.fixture
def page(shared: Instance) -> Caller:
    """A script of a page of the allowed origin."""
    return shared.caller(Origin=ORIGIN)


def preflight(instance: Instance, **headers: str) -> Answer:
    """OPTIONS as a browser sends it: no credentials, no project."""
    sent = BASIC | {name.replace("_", "-"): value for name, value in headers.items()}
    return Raw(method="OPTIONS", path="/v1/secrets", headers=sent).send(instance.application)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH"])
def test_a_preflight_needs_no_authentication(shared: Instance, method: str) -> None:
    """Each method that the API has is granted, to a caller that says nothing about itself."""
    answer = preflight(shared, Access_Control_Request_Method=method)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == method
    assert answer.headers["x-openstack-request-id"].startswith("req-")
    assert answer.body == b""


@pytest.mark.parametrize(
    "name", ["X-Auth-Token", "x-project-id", "OpenStack-API-Version", "Content-Encoding", "Authorization"]
)
def test_clients_headers_are_granted_in_any_spelling(shared: Instance, name: str) -> None:
    answer = preflight(shared, Access_Control_Request_Headers=f"{name}, Content-Type")
    assert answer.headers["access-control-allow-headers"] == f"{name},Content-Type"


@pytest.mark.parametrize(
    "asked",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Access_Control_Request_Method": "TRACE"},
        {"Access_Control_Request_Headers": "X-Secret-Door"},
    ],
)
def test_what_is_not_allowed_is_not_granted(shared: Instance, asked: dict[str, str]) -> None:
    """The answer has none of the headers that a browser waits for."""
    headers = preflight(shared, **asked).headers
    assert [name for name in headers if name.startswith("access-control")] == []


def test_a_page_may_read_answers_and_their_headers(page: Caller) -> None:
    """The answer is the usual one; vary names both headers on which it depends."""
    answer = page.post("/v1/secrets", {"payload": "p", "payload_content_type": "text/plain"})
    assert answer.status_int == 201
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {part.strip().lower() for part in answer.headers["Vary"].split(",")} == {
        "openstack-api-version",
        "origin",
    }
    exposed = answer.headers["Access-Control-Expose-Headers"].split(",")
    assert {"X-OpenStack-Request-ID", "Location"} <= set(exposed)
    assert page.get(answer.headers["Location"].partition("9311")[2] + "/payload").body == b"p"


def test_a_page_may_read_errors(page: Caller) -> None:
    """Also one of the filter that asks who calls."""
    missing = page.get("/v1/nothing")
    assert missing.status_int == 404
    unnamed = page.get("/v1/secrets", headers={"X-Project-Id": ""})
    assert unnamed.status_int == 400
    for answer in (missing, unnamed):
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_another_origin_gets_no_answer_that_its_browser_shows(shared: Instance) -> None:
    """Without authentication it is refused besides."""
    answer = shared.caller(Origin="https://evil.example.com").get("/v1/secrets")
    assert answer.status_int == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_version_document_can_be_read_by_a_page(page: Caller) -> None:
    assert page.get("/").headers["Access-Control-Allow-Origin"] == ORIGIN


def test_options_that_is_no_preflight_is_answered_as_ever(shared: Instance) -> None:
    """405 with Allow: there is an Origin, but no method is asked for."""
    answer = shared.caller(Origin=ORIGIN).call("OPTIONS", "/v1/secrets")
    assert answer.status_int == 405
    assert answer.headers["Allow"]


def test_a_request_without_an_origin_goes_past_the_filter(
    shared: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """oslo.middleware's filter, which builds a request and an answer of its own, is not even called."""
    called: list[str] = []
    monkeypatch.setattr(
        "oslo_middleware.cors.CORS.process_response",
        lambda _self, response, request=None: called.append(request.method) or response,
    )
    shared.caller().get("/v1/secrets")
    assert called == []
    shared.caller(Origin=ORIGIN).get("/v1/secrets")
    assert called == ["GET"]


def test_without_an_allowed_origin_nothing_is_granted(instance: Instance) -> None:
    """As shipped: a preflight is a request like any other of a page, and refused."""
    answer = preflight(instance)
    assert answer.status == 403
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert "Access-Control-Allow-Origin" not in instance.caller(Origin=ORIGIN).get("/v1/secrets").headers


def test_an_operator_may_change_every_list(new_instance: Callable[..., Instance]) -> None:
    """allow_methods, allow_headers, expose_headers, max_age and allow_credentials are oslo.middleware's."""
    mine = new_instance(
        f"[cors]\nallowed_origin = {ORIGIN},http://other\nallow_methods = GET\nallow_headers = X-Mine\n"
        "expose_headers = X-Yours\nmax_age = 60\nallow_credentials = false",
        worker=False,
    )
    asked = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "X-Mine"}
    granted = preflight(mine, Origin="http://other", **asked).headers
    assert granted["access-control-allow-origin"] == "http://other"
    assert granted["access-control-max-age"] == "60"
    assert "access-control-allow-credentials" not in granted
    assert "access-control-allow-origin" not in preflight(mine).headers  # POST
    assert mine.caller(Origin=ORIGIN).get("/v1/secrets").headers["Access-Control-Expose-Headers"] == "X-Yours"
