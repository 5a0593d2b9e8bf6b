"""The version documents and the microversion of requests."""

from __future__ import annotations

import re

import pytest
import webtest

from barbican_like.common import config
from tests.support.caller import Caller, Raw

_LINKS = [
    {"rel": "self", "href": "http://localhost:9311/v1/"},
    {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
]
_FIRST = {
    "id": "v1",
    "status": "stable",
    "min_version": "1.0",
    "max_version": "1.3",
    "links": _LINKS,
    "media-types": [{"base": "application/json", "type": "application/vnd.openstack.key-manager-v1+json"}],
}
_DESCRIBED = {
    "id": "v1",
    "status": "CURRENT",
    "min_version": "1.0",
    "max_version": "1.3",
    "links": _LINKS,
}


def test_root_shows_the_first_form_at_version_1_0(caller: Caller) -> None:
    answer = caller.get("/")
    assert answer.status == "300 Multiple Choices"
    assert answer.json == {"versions": {"values": [_FIRST]}}


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3", "latest"])
def test_root_describes_the_range_from_version_1_1_on(caller: Caller, version: str) -> None:
    answer = caller.get("/", version=version)
    assert answer.status_int == 300
    assert answer.json == {"versions": [_DESCRIBED]}


def test_root_needs_no_caller(caller: Caller) -> None:
    answer = webtest.TestApp(caller.application).get("/", status=300)
    assert answer.json["versions"]["values"][0]["id"] == "v1"


def test_json_home_is_found_below_v1(caller: Caller) -> None:
    answer = caller.get("/", accept="application/json-home")
    assert answer.status_int == 302
    assert answer.headers["Location"] == "http://localhost:9311/v1/"


@pytest.mark.parametrize("path", ["/?build", "/?build=", "/?x=1&build=2"])
def test_build_tells_the_program_version(caller: Caller, path: str) -> None:
    answer = caller.get(path)
    assert (answer.status_int, answer.json) == (200, {"build": config.program_version()})


@pytest.mark.parametrize("path", ["/v1", "/v1/"])
def test_v1_shows_its_own_document_to_a_caller(caller: Caller, path: str) -> None:
    assert caller.get(path).json == {"version": _FIRST}
    assert caller.get(path, version="1.1").json == {"version": _DESCRIBED}


def test_v1_needs_a_caller(caller: Caller) -> None:
    answer = webtest.TestApp(caller.application).get("/v1/", status=400)
    assert answer.json["description"] == "Missing X-Project-Id"


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (None, "1.0"),
        ("key-manager 1.0", "1.0"),
        ("key-manager 1.1", "1.1"),
        ("key-manager 1.2", "1.2"),
        ("key-manager latest", "1.3"),
        ("KEY-MANAGER LATEST", "1.3"),
        ("  key-manager   1.1  ", "1.1"),
        ("compute 2.90", "1.0"),
        ("compute 2.90, key-manager 1.1", "1.1"),
        ("key-manager 1.1,volume latest", "1.1"),
    ],
)
def test_every_answer_names_the_version_that_was_spoken(
    caller: Caller, header: str | None, shown: str
) -> None:
    sent = {} if header is None else {"OpenStack-API-Version": header}
    for path in ("/", "/v1/", "/v1/secrets", "/v1/nothing"):
        answer = caller.get(path, headers=sent)
        assert answer.headers["openstack-api-version"] == f"key-manager {shown}"


@pytest.mark.parametrize(
    "header",
    [
        *("", ",", "1.1", "key-manager", "key-manager ", "key-manager1.1", "key-manager newest"),
        *(
            f"key-manager {version}"
            for version in ("1", "1.x", "1.1.1", "-1.1", "1.1 1.2", "99999.1", "1.99999", "1.1;", "\xb9.\xb9")
        ),
    ],
)
@pytest.mark.parametrize("path", ["/", "/v1/secrets"])
def test_a_malformed_version_is_400(caller: Caller, header: str, path: str) -> None:
    sent = {"OpenStack-API-Version": header, "X-Project-Id": "p"}
    answer = Raw(method="GET", path=path, headers=sent).send(caller.application)
    assert answer.status == 400
    assert b"OpenStack-API-Version is malformed" in answer.body


@pytest.mark.parametrize("version", ["1.4", "1.9999", "0.9", "2.0", "2.1"])
@pytest.mark.parametrize("path", ["/", "/v1/secrets"])
def test_an_unsupported_version_is_406(caller: Caller, version: str, path: str) -> None:
    answer = caller.get(path, version=version)
    assert answer.status_int == 406
    assert answer.json["description"] == (
        f"Version {version} is not supported by the API. Minimum is 1.0 and maximum is 1.3."
    )


@pytest.mark.parametrize(
    ("method", "path", "version", "status"),
    [
        ("GET", "/", None, 300),
        ("GET", "/v1/", None, 200),
        ("GET", "/v1/secrets", None, 200),
        ("GET", "/v1/secrets/nonsense", None, 404),
        ("GET", "/nothing", None, 404),
        ("HEAD", "/v1/orders", None, 405),
        ("DELETE", "/v1/orders", None, 405),
        ("POST", "/v1/secrets", None, 415),
        ("GET", "/v1/secrets", "x", 400),
        ("GET", "/v1/secrets", "1.9", 406),
    ],
)
def test_every_answer_has_the_common_headers(
    caller: Caller, method: str, path: str, version: str | None, status: int
) -> None:
    answer = caller.call(method, path, version=version)
    assert answer.status_int == status
    assert_common_headers(answer.headers)


def test_a_refusal_of_an_unnamed_caller_has_the_common_headers(caller: Caller) -> None:
    assert_common_headers(webtest.TestApp(caller.application).get("/v1/secrets", status=400).headers)


def test_two_requests_have_two_request_ids(caller: Caller) -> None:
    first, second = (caller.get("/").headers["x-openstack-request-id"] for _ in range(2))
    assert first != second


def test_healthcheck_says_ok(caller: Caller) -> None:
    answer = webtest.TestApp(caller.application).get("/healthcheck", status=200)
    assert answer.body == b"OK"


def assert_common_headers(headers: dict[str, str]) -> None:
    assert re.fullmatch(r"key-manager 1\.\d", headers["openstack-api-version"])
    assert headers["vary"] == "openstack-api-version"
    assert re.fullmatch(r"req-[0-9a-f-]{36}", headers["x-openstack-request-id"])
