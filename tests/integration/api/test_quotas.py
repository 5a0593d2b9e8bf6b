"""Quotas: what is in force, what administrators set, and what they stop."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest

from barbican_like.common import clock
from tests.support.application import Instance
from tests.support.caller import Caller, Raw, path_of
from tests.support.entities import a_secret, add_secrets

_NAMES = ("secrets", "orders", "containers", "consumers", "cas")
_UNLIMITED = dict.fromkeys(_NAMES, -1)
_UNSET = dict.fromkeys(_NAMES)
_SERVICE_ADMIN = "key-manager:service-admin"  # of the legacy set
_TEXT = "{} issue seen - Creation not allowed because a quota has been reached."
_IMAGE = {"service": "glance", "resource_type": "image", "resource_id": "42"}
_ORDER = {"type": "key", "meta": {"algorithm": "aes", "bit_length": 256}}


@pytest.fixture
def admin(any_instance: Instance) -> Caller:
    """Somebody who looks after the service."""
    return any_instance.caller(X_Roles="admin")


def _path(project: str) -> str:
    return f"/v1/project-quotas/{quote(project, safe='')}"


def _set(admin: Caller, caller: Caller, **limits: int) -> None:
    answer = admin.call("PUT", _path(caller.project_id), json={"project_quotas": limits})
    assert (answer.status_int, answer.body) == (204, b"")


def _posts(caller: Caller) -> dict[str, tuple[str, str, object]]:
    """For each resource that has a quota an operation's name, a path and a body."""
    secret = caller.new_secret()
    container = path_of(caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])
    return {
        "secrets": ("Secret creation", "/v1/secrets", {}),
        "orders": ("Order creation", "/v1/orders", _ORDER),
        "containers": ("Container creation", "/v1/containers", {"type": "generic"}),
        "consumers": ("SecretConsumer creation", f"{secret}/consumers", _IMAGE),
        "consumers of containers": (
            "ContainerConsumer creation",
            f"{container}/consumers",
            {"name": "x", "URL": "http://x"},
        ),
    }


def test_without_any_everything_is_unlimited(any_caller: Caller) -> None:
    answer = any_caller.get("/v1/quotas")
    assert (answer.status_int, answer.json) == (200, {"quotas": _UNLIMITED})


def test_what_is_set_is_in_force_and_the_rest_is_the_default(admin: Caller, any_caller: Caller) -> None:
    _set(admin, any_caller, secrets=5, cas=0)
    assert any_caller.get("/v1/quotas").json == {"quotas": _UNLIMITED | {"secrets": 5, "cas": 0}}
    shown = admin.get(_path(any_caller.project_id)).json
    assert shown == {"project_quotas": _UNSET | {"secrets": 5, "cas": 0}}


def test_a_put_keeps_what_it_does_not_name(admin: Caller, any_caller: Caller) -> None:
    _set(admin, any_caller, secrets=5, orders=6)
    _set(admin, any_caller, orders=7, consumers=-3)
    _set(admin, any_caller)
    expected = {"secrets": 5, "orders": 7, "consumers": -3}
    assert admin.get(_path(any_caller.project_id)).json == {"project_quotas": _UNSET | expected}
    assert any_caller.get("/v1/quotas").json == {"quotas": _UNLIMITED | expected}


def test_a_delete_brings_the_defaults_back_once(admin: Caller, any_caller: Caller) -> None:
    _set(admin, any_caller, secrets=0)
    answer = admin.delete(_path(any_caller.project_id))
    assert (answer.status_int, answer.body) == (204, b"")
    assert any_caller.get("/v1/quotas").json == {"quotas": _UNLIMITED}
    assert any_caller.post("/v1/secrets", {}).status_int == 201
    for answer in (admin.delete(_path(any_caller.project_id)), admin.get(_path(any_caller.project_id))):
        assert (answer.status_int, answer.json["description"]) == (404, "Project quotas not found.")


@pytest.mark.parametrize("project", ["nobody", "\u00fc \u20ac", "100%25", "a+b", "x" * 255, "x" * 256])
def test_a_project_without_an_entry_is_404(admin: Caller, project: str) -> None:
    assert admin.get(_path(f"{project}{uuid.uuid4()}"[-255:])).status_int == 404
    assert admin.delete(_path(project)).status_int == 404


@pytest.mark.parametrize("project", ["\u00fc \u20ac", "100%25", "a+b", "a%2Fb", "x" * 219])
def test_a_project_s_id_is_any_text(any_instance: Instance, admin: Caller, project: str) -> None:
    """A project is found by the id that its callers send, whatever is in it."""
    caller = any_instance.caller(project + str(uuid.uuid4()))
    _set(admin, caller, secrets=3)
    sent = {"X-Project-Id": caller.project_id.encode().decode("latin-1")}
    assert caller.get("/v1/quotas", headers=sent).json["quotas"]["secrets"] == 3
    assert admin.get(_path(caller.project_id)).json["project_quotas"]["secrets"] == 3


@pytest.mark.parametrize("segment", ["\xff", "\u20ac", "a\x00b", "x" * 256])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_that_no_project_can_have_is_404(instance: Instance, method: str, segment: str) -> None:
    """Bytes that are not UTF-8, and characters that are no bytes, which no server may hand on (PEP 3333)."""
    body = b'{"project_quotas": {}}' if method == "PUT" else b""
    headers = {"X-Project-Id": "p", "X-Roles": "admin", "Content-Type": "application/json"}
    asked = Raw(method=method, path=f"/v1/project-quotas/{segment}", headers=headers, body=body)
    assert asked.send(instance.application).status == 404


def test_a_list_shows_each_project_with_an_entry(new_instance: Callable[..., Instance]) -> None:
    instance = new_instance()
    admin = instance.caller(X_Roles="admin")
    assert admin.get("/v1/project-quotas").json == {"project_quotas": [], "total": 0}
    instance.caller().new_secret()
    for number, project in enumerate(("b", "a", "c")):
        _set(admin, instance.caller(project), secrets=number)
    page = admin.get("/v1/project-quotas").json
    assert page["total"] == 3
    assert page["project_quotas"] == [
        {"project_id": project, "project_quotas": _UNSET | {"secrets": number}}
        for project, number in (("a", 1), ("b", 0), ("c", 2))
    ]
    page = admin.get("/v1/project-quotas?limit=1&offset=1").json
    assert ([item["project_id"] for item in page["project_quotas"]], page["total"]) == (["b"], 3)
    assert page["next"].startswith("http://localhost:9311/v1/project-quotas?limit=1&offset=2&marker=")
    assert page["previous"] == "http://localhost:9311/v1/project-quotas?limit=1&offset=0"


def test_the_defaults_are_those_of_the_configuration(new_instance: Callable[..., Instance]) -> None:
    instance = new_instance("[quotas]\nquota_secrets = 2\nquota_orders = 0\nquota_cas = 7")
    caller, admin = instance.caller(), instance.caller(X_Roles="admin")
    defaults = _UNLIMITED | {"secrets": 2, "orders": 0, "cas": 7}
    assert caller.get("/v1/quotas").json == {"quotas": defaults}
    statuses = [caller.post("/v1/secrets", {}).status_int for _ in range(3)]
    assert statuses == [201, 201, 403]
    assert caller.post("/v1/orders", _ORDER).status_int == 403
    _set(admin, caller, secrets=-1)
    assert caller.get("/v1/quotas").json == {"quotas": defaults | {"secrets": -1}}
    assert caller.post("/v1/secrets", {}).status_int == 201
    assert caller.post("/v1/orders", _ORDER).status_int == 403


@pytest.mark.parametrize("resource", [*_NAMES[:4], "consumers of containers"])
def test_a_quota_lets_in_as_many_as_it_says(admin: Caller, any_caller: Caller, resource: str) -> None:
    operation, path, body = _posts(any_caller)[resource]
    name = resource.partition(" ")[0]
    used = 1 if name in {"secrets", "containers"} else 0
    _set(admin, any_caller, **{name: used + 1})
    assert any_caller.post(path, body).status_int in {200, 201, 202}
    another = {"resource_id": "43"} if resource == "consumers" else {"name": "y"}
    refused = any_caller.post(path, body | another)  # type: ignore[operator]
    assert (refused.status_int, refused.json["title"]) == (403, "Forbidden")
    assert refused.json["description"] == _TEXT.format(operation)
    _set(admin, any_caller, **{name: used + 2})
    assert any_caller.post(path, body | another).status_int in {200, 201, 202}  # type: ignore[operator]


@pytest.mark.parametrize("resource", [*_NAMES[:4], "consumers of containers"])
def test_zero_forbids_and_a_negative_number_is_no_limit(
    admin: Caller, any_caller: Caller, resource: str
) -> None:
    _, path, body = _posts(any_caller)[resource]
    name = resource.partition(" ")[0]
    _set(admin, any_caller, **{name: 0})
    assert any_caller.post(path, body).status_int == 403
    _set(admin, any_caller, **{name: -7})
    assert any_caller.post(path, body).status_int in {200, 201, 202}


def test_zero_forbids_a_project_its_first_secret(any_instance: Instance, admin: Caller) -> None:
    caller = any_instance.caller()
    _set(admin, caller, secrets=0)
    assert caller.post("/v1/secrets", {}).status_int == 403
    assert caller.post("/v1/containers", {"type": "generic"}).status_int == 201


def test_expired_secrets_do_not_count(any_instance: Instance, admin: Caller, any_caller: Caller) -> None:
    gone = a_secret(project_id=any_caller.project_id, expiration=clock.now() - timedelta(seconds=1))
    living = a_secret(project_id=any_caller.project_id, expiration=clock.now() + timedelta(days=1))
    add_secrets(any_instance.runtime.database, gone, living)
    _set(admin, any_caller, secrets=2)
    assert [any_caller.post("/v1/secrets", {}).status_int for _ in range(2)] == [201, 403]


def test_deleting_makes_room(admin: Caller, any_caller: Caller) -> None:
    _set(admin, any_caller, secrets=1)
    path = any_caller.new_secret()
    assert any_caller.post("/v1/secrets", {}).status_int == 403
    any_caller.delete(path)
    assert any_caller.post("/v1/secrets", {}).status_int == 201


def test_a_second_step_and_a_repeated_registration_need_no_room(admin: Caller, any_caller: Caller) -> None:
    """They make nothing new."""
    path = any_caller.new_secret()
    container = path_of(any_caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])
    any_caller.post(f"{path}/consumers", _IMAGE)
    any_caller.post(f"{container}/consumers", {"name": "x", "URL": "http://x"})
    _set(admin, any_caller, **dict.fromkeys(_NAMES, 0))
    assert any_caller.put(path, b"x", "text/plain").status_int == 204
    assert any_caller.post(f"{path}/consumers", _IMAGE).status_int == 200
    again = any_caller.post(f"{container}/consumers", {"name": "x", "URL": "http://x"})
    assert again.status_int == 200


def test_an_order_s_results_need_no_room(any_instance: Instance, admin: Caller, any_caller: Caller) -> None:
    """What has been accepted is done."""
    _set(admin, any_caller, secrets=0)
    order = any_caller.new_order()
    any_instance.orders_done.wait_for(order.rpartition("/")[2])
    assert any_caller.get(order).json["status"] == "ACTIVE"


def test_a_bad_body_is_told_before_the_quota(admin: Caller, any_caller: Caller) -> None:
    _set(admin, any_caller, secrets=0, containers=0)
    assert any_caller.post("/v1/secrets", {"name": 5}).status_int == 400
    assert any_caller.post("/v1/containers", {"type": "x"}).status_int == 400


def test_the_consumers_of_another_project_s_things_count_for_who_registers(
    any_instance: Instance, admin: Caller, any_caller: Caller
) -> None:
    path = any_caller.new_secret()
    any_caller.call("PUT", f"{path}/acl", json={"read": {"users": ["friend"]}})
    friend = any_instance.caller(X_User_Id="friend")
    _set(admin, any_caller, consumers=0)
    assert friend.post(f"{path}/consumers", _IMAGE).status_int == 200
    _set(admin, friend, consumers=1)
    assert friend.post(f"{path}/consumers", _IMAGE | {"resource_id": "43"}).status_int == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "project_quotas"),
        ({"project_quotas": None}, "project_quotas"),
        ({"project_quotas": [1]}, "project_quotas"),
        ({"project_quotas": {}, "x": 1}, "x"),
        ({"project_quotas": {"secret": 1}}, "secret"),
        *(
            ({"project_quotas": {"secrets": value}}, "secrets")
            for value in ("1", 1.5, True, None, [], 2**31, -(2**31))
        ),
        ({"project_quotas": {"cas": "x"}}, "cas"),
        ([], ""),
    ],
    ids=str,
)
def test_a_body_that_is_unusable_is_400_and_named(instance: Instance, body: object, field: str) -> None:
    admin, project = instance.caller(X_Roles="admin"), f"project-{uuid.uuid4()}"
    answer = admin.call("PUT", _path(project), json=body)
    assert answer.status_int == 400
    assert answer.json["description"].startswith("Provided object does not match schema 'Project Quota': ")
    assert answer.json["description"].endswith(f"Invalid property: '{field}'")
    assert admin.get(_path(project)).status_int == 404


def test_the_other_methods_are_405(instance: Instance) -> None:
    admin = instance.caller(X_Roles="admin")
    for path, allowed, methods in (
        ("/v1/quotas", "GET", ("POST", "PUT", "DELETE", "HEAD")),
        ("/v1/project-quotas", "GET", ("POST", "PUT", "DELETE", "HEAD")),
        ("/v1/project-quotas/x", "GET, PUT, DELETE", ("POST", "PATCH", "HEAD")),
    ):
        for method in methods:
            answer = admin.call(method, path)
            assert (answer.status_int, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize(("new", "role"), [(False, _SERVICE_ADMIN), (True, "admin")])
def test_only_the_set_s_administrators_see_and_change_project_quotas(
    new_instance: Callable[..., Instance], new: bool, role: str
) -> None:
    instance = new_instance(f"[oslo_policy]\nenforce_new_defaults = {new}", worker=False)
    for asking in ("admin", _SERVICE_ADMIN, "member,creator,reader,observer,audit"):
        caller = instance.caller(X_Roles=asking)
        answers = [
            caller.call("PUT", _path("project"), json={"project_quotas": {"secrets": 1}}),
            caller.get(_path("project")),
            caller.get("/v1/project-quotas"),
            caller.delete(_path("project")),
        ]
        expected = [204, 200, 200, 204] if asking == role else [403] * 4
        assert [answer.status_int for answer in answers] == expected
        if asking != role:
            assert answers[0].json["description"].startswith("Project Quotas attempt not allowed - ")
