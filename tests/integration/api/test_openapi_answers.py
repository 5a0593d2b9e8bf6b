"""The real application held against the OpenAPI document: its examples, and how each operation refuses."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import webtest

from barbican_like.api.controllers.containers import EXAMPLE_IDS
from barbican_like.common.errors import HeadersTooLarge, RequestTimeout
from barbican_like.http.edge import adapter
from barbican_like.http.policy import Policy
from tests.support import registry
from tests.support.application import Instance
from tests.support.caller import Caller, id_of, path_of
from tests.support.openapi import STORES, deviations, operations

_ROLES = "admin,member,reader"
_METADATUM = {"key": "geolocation", "value": "before"}
_TEXT = {"payload": "text", "payload_content_type": "text/plain"}
_NAMES: dict[str, str] = {}  # of things of the registry, by parameters of paths


#: Their examples are about events and sessions that tests beside their routes make.
_OF_OTHERS = ("/api/v1/activity", "/api/v1/requests", "/api/v1/confirm", "/ui/")
_SUBSCRIPTION = {"target": "https://hooks.example/all"}


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The key manager's operations, subscriptions, the feed, the registry but for what ends things of it."""
    for path, method, shown in operations():
        ends = method == "DELETE" and path.startswith("/api/v1/") and path.endswith("_urn}")
        if path == "/api/v1/activity/changes" or not (ends or path.startswith(_OF_OTHERS)):
            yield path, method, shown


def _requests() -> Iterator[Any]:
    """Method, path, media type and body of each example; one of each operation that has no body."""
    for path, method, shown in _operations():
        content = shown.get("requestBody", {}).get("content") or {None: {"examples": {"": {"value": None}}}}
        for media_type, body in content.items():
            for name, example in body["examples"].items():
                yield pytest.param(method, path, media_type, example["value"], id=f"{method} {path} {name}")


_OPERATIONS = [
    pytest.param(method, path, shown, id=f"{method} {path}") for path, method, shown in _operations()
]
_BELOW = [each for each in _OPERATIONS if each.values[1] != "/"]
_WITH_BODY = [each for each in _BELOW if "requestBody" in each.values[2]]
_WITH_IDS = [each for each in _BELOW if "{" in each.values[1]]
_LOOKED_AT = ["activity:admin"]  # decides together with what is stored, so it refuses nobody by itself
_FOR_EVERYBODY = (["registry:get"], _LOOKED_AT)
_WITH_RULE = [
    each for each in _BELOW if each.values[2].get("x-policy-rule", _LOOKED_AT) not in _FOR_EVERYBODY
]
_JSON_ONLY = [
    each
    for each in _BELOW
    if each.values[2]["operationId"] not in {"get_secret", "get_secret_payload", "move_secret"}
]


@pytest.fixture(scope="module")
def offering(new_instance: Callable[..., Instance]) -> Instance:
    """An application in which every operation has something to be about."""
    instance = new_instance(STORES)
    _NAMES.update(registry.settle(instance.runtime.database))
    return instance


@pytest.fixture(scope="module")
def user(offering: Instance) -> Caller:
    """Somebody who may do everything."""
    return offering.caller(X_Roles=_ROLES, X_User_Id=registry.ALICE)


@pytest.fixture(scope="module")
def secrets(user: Caller) -> list[str]:
    """Ids of secrets that examples are about."""
    return [id_of(user.new_secret(**_TEXT)) for _ in EXAMPLE_IDS]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The policy rules that were asked, in order."""
    rules: list[str] = []
    require = Policy.require

    def noted(self: Policy, rule: str, *details: Any) -> None:
        rules.append(rule)
        require(self, rule, *details)

    monkeypatch.setattr(Policy, "require", noted)
    return rules


def _filled(user: Caller, method: str, path: str) -> str:
    """The path with ids of things that are there."""
    for parameter, name in _NAMES.items():
        path = path.replace(f"{{{parameter}}}", name)
    if "{secret_id}" in path:
        payload = {} if (method, path) == ("PUT", "/v1/secrets/{secret_id}") else _TEXT
        path = path.replace("{secret_id}", id_of(user.new_secret(**payload)))
    if "{container_id}" in path:
        made = user.post("/v1/containers", {"type": "generic"}).json["container_ref"]
        path = path.replace("{container_id}", id_of(made))
    if "{transport_key_id}" in path:
        made = user.post("/v1/transport_keys", {"plugin_name": "x", "transport_key": "x"}).json
        path = path.replace("{transport_key_id}", id_of(made["transport_key_ref"]))
    if "{secret_store_id}" in path or "secret-stores" in path:
        stores = user.get("/v1/secret-stores").json["secret_stores"]
        path = path.replace("{secret_store_id}", id_of(stores[0]["secret_store_ref"]))
        preferred = stores[0]["secret_store_ref"] + "/preferred"
        assert user.post(path_of(preferred)).status_int == 204
    if "{subscription_id}" in path:
        made = user.post("/api/v1/subscriptions", _SUBSCRIPTION).json["result"][0]["id"]
        path = path.replace("{subscription_id}", made)
    if "{order_id}" in path:
        path = path.replace("{order_id}", id_of(user.new_order()))
    if "{project_id}" in path:
        user.call("PUT", f"/v1/project-quotas/{user.project_id}", json={"project_quotas": {"cas": 5}})
        path = path.replace("{project_id}", user.project_id)
    return path.replace("{key}", _METADATUM["key"])


def _version(path: str) -> str | None:
    """The microversion without which a path is not there."""
    return "1.3" if "/secret-store/" in path else None


def _send(user: Caller, method: str, path: str, media_type: str | None, body: object) -> webtest.TestResponse:
    if media_type is None:
        return user.call(method, path, version=_version(path))
    content = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return user.call(method, path, body=content, content_type=media_type)


def _prepare(user: Caller, method: str, path: str, body: object) -> str:
    """The path, with what an example takes away or changes put there first."""
    filled = _filled(user, method, path)
    if "{key}" in path and method != "POST":
        assert user.post(filled.rpartition("/")[0], _METADATUM).status_int == 201
    if method == "DELETE" and body is not None:
        assert user.post(filled, body).status_int < 300
    return filled


@pytest.mark.parametrize(("method", "path", "media_type", "body"), list(_requests()))
def test_an_example_is_accepted_and_answered_as_described(
    user: Caller,
    secrets: list[str],
    asked: list[str],
    method: str,
    path: str,
    media_type: str | None,
    body: object,
) -> None:
    """With the status, headers, media type and body of the document, and by the rules that it names."""
    for example, real in zip(EXAMPLE_IDS, secrets, strict=True):
        body = (
            body
            if isinstance(body, str)
            else orjson.loads(orjson.dumps(body).replace(example.encode(), real.encode()))
        )
    filled = _prepare(user, method, path, body)
    asked.clear()
    answer = _send(user, method, filled, media_type, body)
    assert answer.status_int < 400 or (method, path) == ("PUT", "/v1/orders"), answer
    assert deviations(method, path, answer) == []
    shown = next(shown for at, called, shown in operations() if (at, called) == (path, method))
    rules = shown.get("x-policy-rule", [])
    assert asked == ([] if rules == _LOOKED_AT else rules[:1])


def test_a_payload_read_as_of_old_asks_the_second_rule(user: Caller, asked: list[str]) -> None:
    secret = user.new_secret(**_TEXT)
    asked.clear()
    answer = user.get(secret, accept="text/plain")
    assert deviations("GET", "/v1/secrets/{secret_id}", answer) == []
    assert asked == ["secret:decrypt"]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_answers_of_every_microversion_are_described(user: Caller, version: str) -> None:
    secret = user.new_secret(**_TEXT)
    user.post(f"{secret}/consumers", {"service": "a", "resource_type": "b", "resource_id": "c"})
    for path, at in (
        ("/", "/"),
        ("/?build", "/"),
        ("/v1/", "/v1/"),
        ("/v1/secrets?limit=1", "/v1/secrets"),
        (secret, "/v1/secrets/{secret_id}"),
        ("/v1/secret-stores", "/v1/secret-stores"),
    ):
        assert deviations("GET", at, user.get(path, version=version)) == [], path


def test_the_way_to_json_home_is_described(user: Caller) -> None:
    assert deviations("GET", "/", user.get("/", accept="application/json-home")) == []


def _refused(user: Caller, method: str, path: str, status: int, **wanted: Any) -> None:
    answer = user.call(method, _filled(user, method, path), **wanted)
    assert answer.status_int == status, answer
    assert deviations(method, path, answer) == []


@pytest.mark.parametrize(("method", "path", "shown"), _OPERATIONS)
def test_a_microversion_that_cannot_be_served_is_described(
    user: Caller, method: str, path: str, shown: dict[str, Any]
) -> None:
    _refused(user, method, path, 400, headers={"OpenStack-API-Version": "key-manager x"})
    _refused(user, method, path, 406, headers={"OpenStack-API-Version": "key-manager 1.99"})


@pytest.mark.parametrize(("method", "path", "shown"), _JSON_ONLY)
def test_an_accept_header_without_json_is_described(
    user: Caller, method: str, path: str, shown: dict[str, Any]
) -> None:
    _refused(user, method, path, 406, accept="image/png")


@pytest.mark.parametrize(("method", "path", "shown"), _WITH_RULE)
def test_what_the_policy_refuses_is_described(
    offering: Instance, user: Caller, method: str, path: str, shown: dict[str, Any]
) -> None:
    answer = offering.caller(user.project_id, X_Roles="nothing", X_User_Id=registry.ALICE).call(
        method, _filled(user, method, path), version=_version(path)
    )
    assert answer.status_int == 403, answer
    assert deviations(method, path, answer) == []


@pytest.mark.parametrize(("method", "path", "shown"), _WITH_IDS)
def test_what_is_not_there_is_described(user: Caller, method: str, path: str, shown: dict[str, Any]) -> None:
    nowhere = "/".join(str(uuid.uuid4()) if word.startswith("{") else word for word in path.split("/"))
    if path == "/v1/project-quotas/{project_id}" and method == "PUT":
        nowhere = nowhere.replace(nowhere.rpartition("/")[2], "x" * 256)  # any other project can have quotas
    answer = user.call(method, nowhere)
    assert answer.status_int == 404, answer
    assert deviations(method, path, answer) == []


@pytest.mark.parametrize(("method", "path", "shown"), _WITH_BODY)
def test_bodies_of_no_use_are_described(user: Caller, method: str, path: str, shown: dict[str, Any]) -> None:
    media_type = next(iter(shown["requestBody"]["content"]))
    _refused(user, method, path, 415, body=b"x", content_type="image/png")
    _refused(user, method, path, 413, body=b"[" + b" " * 25_000, content_type=media_type)
    _refused(user, method, path, 400, body=b"", content_type=media_type)


def test_conflicts_are_described(user: Caller, secrets: list[str]) -> None:
    secret = f"/v1/secrets/{secrets[0]}"
    first = {"key": "a", "value": "b"}
    again = [
        ("PUT", "/v1/secrets/{secret_id}", secret, "text/plain", "more"),
        ("POST", "/v1/secrets/{secret_id}/metadata", f"{secret}/metadata", "application/json", first),
        ("PUT", "/v1/secrets/{secret_id}/metadata/{key}", f"{secret}/metadata/b", "application/json", first),
        ("POST", "/v1/secrets/{secret_id}/metadata/{key}", f"{secret}/metadata/b", "application/json", first),
    ]
    user.post(f"{secret}/metadata", first)
    for method, path, filled, media_type, body in again:
        answer = _send(user, method, filled, media_type, body)
        assert answer.status_int == 409, answer
        assert deviations(method, path, answer) == []


def test_a_container_of_a_secret_that_is_not_there_is_described(user: Caller) -> None:
    missing = f"http://localhost:9311/v1/secrets/{uuid.uuid4()}"
    body = {"type": "generic", "secret_refs": [{"name": "a", "secret_ref": missing}]}
    answer = user.post("/v1/containers", body)
    assert answer.status_int == 404, answer
    assert deviations("POST", "/v1/containers", answer) == []


def test_a_deviation_would_be_seen(user: Caller) -> None:
    """An answer that is not as described: another status, a missing header, a member too many."""
    answer = user.get("/v1/quotas")
    assert deviations("GET", "/v1/quotas", answer) == []
    answer.status_int = 418
    assert deviations("GET", "/v1/quotas", answer) == ["status 418 is not in the document"]
    answer.status_int = 200
    del answer.headers["vary"]
    answer.body = orjson.dumps(answer.json | {"more": 1})
    found = deviations("GET", "/v1/quotas", answer)
    assert found[0] == "header vary is missing"
    assert "'more' was unexpected" in found[1]


@pytest.mark.parametrize(("method", "path", "shown"), _OPERATIONS)
def test_what_is_refused_to_pages_is_described(
    user: Caller, method: str, path: str, shown: dict[str, Any]
) -> None:
    _refused(user, method, path, 421, headers={"Host": "evil.example.com"})
    _refused(user, method, path, 403, headers={"Origin": "https://evil.example.com"})


@pytest.mark.parametrize("status", [408, 431])
def test_what_the_edge_refuses_is_described(status: int) -> None:
    """Its own answers, which the application never sees."""
    error = {408: RequestTimeout, 431: HeadersTooLarge}[status]()
    code, headers, body = adapter._refusal(error)
    kept = [(name, value) for name, value in headers if name != "connection"]
    answer = webtest.TestResponse(body, code, kept)
    assert deviations("POST", "/v1/secrets", answer) == []
    assert answer.status_int == status


def test_too_many_wrong_passwords_are_described(
    new_instance: Callable[..., Instance], tmp_path: Path
) -> None:
    file = tmp_path / "htpasswd"
    file.touch(0o600)
    asking = new_instance(f"[api]\nauth = basic\nhtpasswd_file = {file}", worker=False)
    eve = asking.caller(Authorization="Basic " + base64.b64encode(b"eve:x").decode())
    answers = [eve.get("/v1/secrets")]
    while (
        answers[-1].status_int == 401 and len(answers) < 60
    ):  # some are forgiven where hashing takes seconds
        answers.append(eve.get("/v1/secrets"))
    assert answers[-1].status_int == 429
    for answer in answers:
        assert deviations("GET", "/v1/secrets", answer) == []
