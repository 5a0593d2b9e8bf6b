"""Error bodies, and the order in which a request is checked."""

from __future__ import annotations

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.ids import NOBODYS

_NO_AUTHORITIES = "Not Found. Certificate authorities are not part of this API."


@pytest.mark.parametrize(
    ("method", "path", "wanted", "body"),
    [
        ("GET", "/v1/nothing", {}, (404, "Not Found", "Not Found. There is no such resource.")),
        ("GET", "/nothing", {}, (404, "Not Found", "Not Found. There is no such resource.")),
        ("GET", "/v1/cas", {}, (404, "Not Found", _NO_AUTHORITIES)),
        ("POST", "/v1/cas/one/add-to-project", {}, (404, "Not Found", _NO_AUTHORITIES)),
        (
            "GET",
            "/v1/secrets/nonsense",
            {},
            (404, "Not Found", "Not Found. Provided secret id is invalid."),
        ),
        ("GET", f"/v1/secrets/{NOBODYS}", {}, (404, "Not Found", "Not Found. Secret not found.")),
        ("GET", f"/v1/orders/{NOBODYS}", {}, (404, "Not Found", "Not Found. Order not found.")),
        ("GET", f"/v1/containers/{NOBODYS}", {}, (404, "Not Found", "Not Found. Container not found.")),
        (
            "GET",
            "/v1/containers/nonsense",
            {},
            (404, "Not Found", "Not Found. Provided container id is invalid."),
        ),
        ("DELETE", "/v1/secrets", {}, (405, "Method Not Allowed", "Method Not Allowed.")),
        ("GET", "/v1/orders", {"accept": "text/html"}, (406, "Not Acceptable", "Not Acceptable.")),
        (
            "POST",
            "/v1/secrets",
            {"body": b"x", "content_type": "text/html"},
            (
                415,
                "Unsupported Media Type",
                "Unexpected content type. Expected content types are: ['application/json']",
            ),
        ),
        (
            "POST",
            "/v1/secrets",
            {"json": {"payload": "x"}},
            (
                400,
                "Bad Request",
                (
                    "Provided object does not match schema 'Secret': If 'payload' is supplied, "
                    "'payload_content_type' must also be supplied.. Invalid property: 'payload_content_type'"
                ),
            ),
        ),
        (
            "POST",
            "/v1/orders",
            {"json": {"type": "key", "meta": {"algorithm": "aes"}}},
            (
                400,
                "Bad Request",
                (
                    "Provided object does not match schema 'Secret' within 'Order': "
                    "'bit_length' is a required property. Invalid property: 'bit_length'"
                ),
            ),
        ),
        (
            "GET",
            "/v1/secrets?sort=nothing",
            {},
            (400, "Bad Request", "URI provided invalid query string parameters."),
        ),
        (
            "POST",
            "/v1/secrets",
            {"json": {"payload": "x" * 20_001, "payload_content_type": "text/plain"}},
            (413, "Request Entity Too Large", "Provided information too large to process"),
        ),
    ],
    ids=lambda value: None if isinstance(value, dict | tuple) else str(value),
)
def test_an_error_has_code_title_and_description(
    caller: Caller, method: str, path: str, wanted: dict[str, object], body: tuple[int, str, str]
) -> None:
    answer = caller.call(method, path, **wanted)
    assert answer.content_type == "application/json"
    assert answer.status == f"{body[0]} {body[1]}"
    assert answer.json == dict(zip(("code", "title", "description"), body, strict=True))


@pytest.mark.parametrize(
    ("roles", "path", "operation"),
    [
        ("reader", "/v1/secrets", "Secret(s) retrieval"),
        ("nobody", "/v1/orders", "Order(s) retrieval"),
        ("nobody", "/v1/containers", "Containers(s) retrieval"),
    ],
)
def test_a_policy_refusal_names_the_operation(
    instance: Instance, roles: str, path: str, operation: str
) -> None:
    answer = instance.caller(X_Roles=roles).get(path)
    assert answer.status_int == 403
    assert answer.json["description"] == (
        f"{operation} attempt not allowed - please review your user/project privileges"
    )


def test_a_missing_caller_is_told_before_anything_else(instance: Instance) -> None:
    answer = instance.caller(" ").call("POST", "/v1/nothing", version="x")
    assert (answer.status_int, answer.json["description"]) == (400, "Missing X-Project-Id")


def test_the_version_is_judged_before_the_path(caller: Caller) -> None:
    assert caller.get("/v1/nothing", version="x").status_int == 400
    assert caller.get("/v1/nothing", version="1.9").status_int == 406


def test_what_is_not_there_is_404_before_the_accept_header_is_judged(caller: Caller) -> None:
    assert caller.get(f"/v1/orders/{NOBODYS}", accept="text/html").status_int == 404


def test_the_accept_header_is_judged_before_the_policy(instance: Instance) -> None:
    assert instance.caller(X_Roles="nobody").get("/v1/orders", accept="text/html").status_int == 406


@pytest.mark.parametrize("path", ["/v1/secrets", "/v1/orders"])
def test_the_policy_is_asked_before_the_content_type(instance: Instance, path: str) -> None:
    answer = instance.caller(X_Roles="nobody").call("POST", path, body=b"x", content_type="text/html")
    assert answer.status_int == 403


def test_the_content_type_is_judged_before_the_body(caller: Caller) -> None:
    answer = caller.call("POST", "/v1/secrets", body=b"x" * 30_000, content_type="text/html")
    assert answer.status_int == 415


@pytest.mark.parametrize(
    "content_type", ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8"]
)
def test_a_content_type_is_compared_without_case_and_parameters(caller: Caller, content_type: str) -> None:
    assert caller.post("/v1/secrets", {}, content_type=content_type).status_int == 201


def test_another_project_s_secret_is_403_on_every_route(instance: Instance) -> None:
    owner, stranger = instance.caller(), instance.caller()
    path = owner.new_secret(payload="mine", payload_content_type="text/plain")
    consumer = {"service": "s", "resource_type": "t", "resource_id": "i"}
    answers = [
        stranger.get(path),
        stranger.get(path, accept="text/plain"),
        stranger.get(f"{path}/payload"),
        stranger.put(path, b"x", "text/plain"),
        stranger.delete(path),
        stranger.get(f"{path}/consumers"),
        stranger.post(f"{path}/consumers", consumer),
        stranger.delete(f"{path}/consumers", json=consumer),
    ]
    assert [answer.status_int for answer in answers] == [403] * len(answers)
    assert owner.get(f"{path}/payload").body == b"mine"


def test_another_project_s_order_is_404(instance: Instance) -> None:
    path = instance.caller().new_order()
    stranger = instance.caller()
    assert [stranger.get(path).status_int, stranger.delete(path).status_int] == [404, 404]


def test_another_project_s_lists_do_not_show_mine(instance: Instance) -> None:
    owner, stranger = instance.caller(), instance.caller()
    owner.new_secret()
    owner.new_order()
    assert stranger.get("/v1/secrets").json == {"secrets": [], "total": 0}
    assert stranger.get("/v1/orders").json == {"orders": [], "total": 0}


@pytest.mark.parametrize(
    "accept",
    [None, "", "application/json", "*/*", "application/*", "text/html, application/json;q=0.1"],
)
@pytest.mark.parametrize("path", ["/v1/", "/v1/secrets", "/v1/orders", "/v1/containers"])
def test_json_is_given_to_who_takes_it(caller: Caller, path: str, accept: str | None) -> None:
    answer = caller.get(path, accept=accept)
    assert (answer.status_int, answer.content_type) == (200, "application/json")


@pytest.mark.parametrize("accept", ["text/plain", "application/xml", "application/json;q=0", "image/*"])
@pytest.mark.parametrize("path", ["/v1/", "/v1/secrets", "/v1/orders", "/v1/containers"])
def test_who_does_not_take_json_gets_406(caller: Caller, path: str, accept: str) -> None:
    assert caller.get(path, accept=accept).status_int == 406


def test_an_empty_success_is_204_without_a_body(caller: Caller) -> None:
    path = caller.new_secret()
    answer = caller.delete(path)
    assert (answer.status_int, answer.body) == (204, b"")
    assert "Content-Type" not in answer.headers
