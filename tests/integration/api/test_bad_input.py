"""Bad input, route by route: every answer is a 4xx that says what is wrong, on every database."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from barbican_like.api import routes
from tests.support.application import Instance
from tests.support.bad_input import Case, Route
from tests.support.bad_kept_routes import KEPT_ROUTES, STORE_ROUTES
from tests.support.bad_routes import ROUTES as SECRET_ROUTES
from tests.support.caller import Answer, Caller, Raw
from tests.support.route_things import ONE_STORE_OFFERED, make

ROUTES = (*SECRET_ROUTES, *KEPT_ROUTES)
ALL_ROUTES = (*ROUTES, *STORE_ROUTES)
_ALWAYS_REFUSED = {"PUT /v1/orders"}


def _fault(case: Case, answer: Answer) -> str | None:
    """What is wrong with an answer; None when nothing is."""
    shown = f"{case.kind}: {answer.status} {answer.body[:300]!r}"
    if not 400 <= answer.status < 500:
        return f"no 4xx: {shown}"
    if answer.headers["content-type"] != "application/json" or "openstack-api-version" not in answer.headers:
        return f"headers: {shown} {answer.headers}"
    if case.request.method == "HEAD":
        return f"a body: {shown}" if answer.body else None
    body = orjson.loads(answer.body)
    if set(body) != {"code", "title", "description"} or body["code"] != answer.status:
        return f"no error body: {shown}"
    if not body["description"] or case.names not in body["description"]:
        return f"{case.names!r} is not named: {shown}"
    return None


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_bad_request_is_a_4xx_that_names_what_is_wrong(any_instance: Instance, route: Route) -> None:
    _require_refusals(any_instance, route)


@pytest.fixture(scope="module")
def offering(new_instance: Callable[..., Instance]) -> Instance:
    """An application that offers secret stores."""
    return new_instance(ONE_STORE_OFFERED)


@pytest.mark.parametrize("route", STORE_ROUTES, ids=lambda route: route.name)
def test_so_it_is_where_secret_stores_are_offered(offering: Instance, route: Route) -> None:
    _require_refusals(offering, route)


def _require_refusals(instance: Instance, route: Route) -> None:
    caller = instance.caller()
    thing = make(instance, caller, route.makes) if route.makes else ""
    cases = list(route.cases(thing, caller.project_id))
    assert len({case.kind for case in cases}) >= 25
    faults = [_fault(case, case.request.send(instance.application)) for case in cases]
    assert [fault for fault in faults if fault] == []
    # What was spoilt is to blame, not the request that it was made from; and nothing has been changed.
    good = route.good(thing, caller.project_id).send(instance.application)
    assert (good.status < 300) is (route.name not in _ALWAYS_REFUSED), good


def test_every_route_is_in_the_matrix() -> None:
    served = {
        f"{method} /v1/{'/'.join(pattern)}"
        for pattern, controller in routes.KEY_MANAGER.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(controller, f"on_{method.lower()}")
    }
    assert {route.name for route in ALL_ROUTES} == served


@pytest.mark.parametrize("path", ["*", "", "v1/secrets", "/v1/secrets\x00", "/\xff\xfe", "/" + "x/" * 5_000])
def test_a_path_that_is_none_is_refused(instance: Instance, path: str) -> None:
    for method in ("GET", "OPTIONS", "POST"):
        answer = Raw(method=method, path=path, headers={"X-Project-Id": "p"}).send(instance.application)
        assert answer.status < 500
        assert path == "" or answer.status >= 400


@pytest.mark.parametrize(
    "accept",
    ["x" * 70_000, "text/plain;" * 5_000, "a/b," * 5_000, ";;;", "\x00", "\xff", "*/*;q=x", ",,,", "text"],
    ids=lambda value: repr(value[:12]),
)
@pytest.mark.parametrize("tail", ["", "/payload"])
def test_an_odd_accept_header_is_no_failure(caller: Caller, tail: str, accept: str) -> None:
    path = caller.new_secret(payload="x", payload_content_type="text/plain") + tail
    headers = {"X-Project-Id": caller.project_id, "Accept": accept}
    for wanted in (path, "/v1/secrets"):
        answer = Raw(method="GET", path=wanted, headers=headers).send(caller.application)
        assert answer.status in {200, 406}


def test_a_body_in_chunks_is_read_to_its_end(caller: Caller) -> None:
    """A server that marks the end of the body needs no Content-Length."""
    headers = {"X-Project-Id": caller.project_id, "Content-Type": "application/json"}
    request = Raw(method="POST", path="/v1/secrets", headers=headers, body=b'{"name": "x"}', length=None)
    assert request.send(caller.application).status == 201


def test_the_last_of_two_members_counts(caller: Caller) -> None:
    answer = caller.call(
        "POST", "/v1/secrets", body=b'{"name": 5, "name": "last"}', content_type="application/json"
    )
    assert caller.get(answer.headers["Location"]).json["name"] == "last"


def test_a_raw_utf_8_query_is_read_as_such(caller: Caller) -> None:
    """Some clients do not escape what they ask for."""
    caller.new_secret(name="cl\xe9")
    headers = {"X-Project-Id": caller.project_id}
    query = "name=cl\xe9".encode().decode("latin-1")
    answer = Raw(method="GET", path="/v1/secrets", query=query, headers=headers).send(caller.application)
    assert orjson.loads(answer.body)["total"] == 1
