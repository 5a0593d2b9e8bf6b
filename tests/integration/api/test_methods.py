"""Paths, methods and ids: what is served where, and the refusals."""

from __future__ import annotations

import uuid

import pytest

from barbican_like.api import routes
from barbican_like.http.controller import Controller
from tests.support.application import Instance
from tests.support.caller import Caller, Raw
from tests.support.ids import NOBODYS

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

PATTERNS = {"/v1/" + "/".join(pattern): controller for pattern, controller in routes.KEY_MANAGER.items()}


def _methods(controller: type[Controller]) -> set[str]:
    return {method for method in _METHODS if hasattr(controller, f"on_{method.lower()}")}


def _refused() -> list[tuple[str, str]]:
    return [
        (method, pattern.replace(routes.ID, NOBODYS))
        for pattern, controller in PATTERNS.items()
        for method in ("HEAD", "OPTIONS", "TRACE", *_METHODS)
        if method not in _methods(controller)
    ]


@pytest.mark.parametrize(("method", "path"), _refused())
def test_a_method_that_a_resource_does_not_have_is_405_with_allow(
    caller: Caller, method: str, path: str
) -> None:
    answer = caller.call(method, path)
    assert answer.status_int == 405
    allowed = set(answer.headers["Allow"].split(", "))
    assert allowed
    assert method not in allowed


@pytest.mark.parametrize(
    "path", ["/", "/v1/secrets", f"/v1/secrets/{NOBODYS}", f"/v1/secrets/{NOBODYS}/payload"]
)
def test_head_is_405_without_a_body(caller: Caller, path: str) -> None:
    answer = caller.call("HEAD", path)
    assert (answer.status_int, answer.body) == (405, b"")


@pytest.mark.parametrize("pattern", list(PATTERNS))
def test_allow_names_only_methods_that_are_served(caller: Caller, pattern: str) -> None:
    path = pattern.replace(routes.ID, NOBODYS)
    for method in caller.call("OPTIONS", path).headers["Allow"].split(", "):
        assert caller.call(method, path).status_int != 405, method


def test_an_order_update_is_405_with_its_own_text(caller: Caller) -> None:
    answer = caller.call("PUT", "/v1/orders", json={})
    assert answer.status_int == 405
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.json["description"] == "Order update is not supported."


def test_an_order_update_asks_the_policy_first(instance: Instance) -> None:
    answer = instance.caller(X_Roles="reader").call("PUT", "/v1/orders", json={})
    assert answer.status_int == 403


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_put_and_post_by_order_id_are_405(caller: Caller, method: str) -> None:
    assert caller.call(method, caller.new_order(), json={}).status_int == 405


def test_every_path_is_served_with_and_without_a_trailing_slash(caller: Caller) -> None:
    secret = caller.new_secret(payload="x", payload_content_type="text/plain")
    order = caller.new_order()
    paths = ["/v1", "/v1/secrets", "/v1/orders", "/v1/containers", secret, order]
    paths += [f"{secret}/payload", f"{secret}/consumers"]
    for path in paths:
        assert [caller.get(path).status_int, caller.get(f"{path}/").status_int] == [200, 200], path
    for path in ("/v1/secrets/", "/v1/secrets"):
        assert caller.post(path, {"name": "x"}).status_int == 201


@pytest.mark.parametrize(
    "secret_id",
    [
        "0",
        "nonsense",
        NOBODYS.upper(),
        NOBODYS.replace("-", ""),
        f"{{{NOBODYS}}}",
        f"urn:uuid:{NOBODYS}",
        f"{NOBODYS} ",
        f"{NOBODYS}0",
        NOBODYS[:-1],
        str(uuid.UUID(NOBODYS, version=1)),
        str(uuid.uuid5(uuid.NAMESPACE_URL, "x")),
        "00000000-0000-0000-0000-000000000000",
        "..",
        "%20",
        "%D9%A1" * 8 + NOBODYS[8:],
    ],
)
@pytest.mark.parametrize(("collection", "thing"), [("secrets", "secret"), ("containers", "container")])
def test_an_id_is_a_canonical_version_4_uuid(
    caller: Caller, collection: str, thing: str, secret_id: str
) -> None:
    answer = caller.get(f"/v1/{collection}/{secret_id}")
    assert answer.status_int == 404
    assert answer.json["description"] == f"Not Found. Provided {thing} id is invalid."


@pytest.mark.parametrize("order_id", ["nonsense", "%00", NOBODYS.upper(), "..", "x" * 10_000, "%ff%fe"])
def test_an_order_id_that_is_none_is_404(any_caller: Caller, order_id: str) -> None:
    assert any_caller.get(f"/v1/orders/{order_id}").status_int == 404
    assert any_caller.delete(f"/v1/orders/{order_id}").status_int == 404


@pytest.mark.parametrize(
    "path",
    [
        *("/v2/secrets", "/v1x", "/v10/secrets", "/V1/secrets"),
        *("/v1/secret", "/v1/Secrets", "/v1/%7Bid%7D"),
        *(f"/v1/secrets/{NOBODYS}", f"/v1/secrets/{NOBODYS}/payload/x"),
    ],
)
def test_any_other_path_is_404(caller: Caller, path: str) -> None:
    assert caller.get(path).status_int == 404


@pytest.mark.parametrize(
    ("doubled", "plain"),
    [
        ("//v1/secrets", "/v1/secrets"),
        ("///v1///secrets//", "/v1/secrets/"),
        ("/v1//secrets", "/v1/secrets"),
        ("{secret}//payload", "{secret}/payload"),
        ("//", "/"),
        ("//healthcheck", "/healthcheck"),
    ],
)
def test_a_path_with_doubled_slashes_is_the_one_without_them(
    caller: Caller, doubled: str, plain: str
) -> None:
    """Endpoints of clients end in a slash, and a path is put behind them."""
    secret = caller.new_secret(payload="x", payload_content_type="text/plain")
    given, meant = (
        Raw(method="GET", path=path.format(secret=secret), headers={"X-Project-Id": caller.project_id}).send(
            caller.application
        )
        for path in (doubled, plain)
    )
    assert (given.status, given.body) == (meant.status, meant.body)
    assert given.status in {200, 300}
