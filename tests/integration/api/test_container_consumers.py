"""Consumers of containers, and who may remove consumers of containers and of secrets."""

from __future__ import annotations

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, path_of
from tests.support.threads import at_once

_ONE = {"name": "nova", "URL": "http://nova/1"}
_TWO = {"name": "barbican", "URL": "http://barbican/2"}
_IMAGE = {"service": "glance", "resource_type": "image", "resource_id": "42"}
_NOT_YOURS = "Not Allowed. Sorry, only the creator of a consumer can delete it."


@pytest.fixture
def container(any_caller: Caller) -> str:
    """The path of a container without consumers."""
    return _new_container(any_caller)


def _new_container(caller: Caller) -> str:
    return path_of(caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])


def _share(owner: Caller, path: str, *users: str) -> None:
    assert owner.call("PUT", f"{path}/acl", json={"read": {"users": list(users)}}).status_int == 200


def test_registering_answers_with_the_container(any_caller: Caller, container: str) -> None:
    answer = any_caller.post(f"{container}/consumers", _ONE)
    assert answer.status_int == 200
    assert answer.json["consumers"] == [_ONE]
    assert answer.json == any_caller.get(container).json
    assert answer.json["container_ref"] == f"http://localhost:9311{container}"
    assert answer.headers["Location"] == f"http://localhost:9311{container}/consumers"


def test_registering_again_changes_nothing(any_caller: Caller, container: str) -> None:
    first, again = (any_caller.post(f"{container}/consumers", _ONE) for _ in range(2))
    assert (again.status_int, again.json) == (200, first.json)
    assert any_caller.get(f"{container}/consumers").json["total"] == 1


def test_registering_many_times_at_once_changes_nothing_either(any_caller: Caller, container: str) -> None:
    def register(_: int) -> int:
        caller = Caller(any_caller.application, any_caller.project_id)
        return caller.post(f"{container}/consumers", _ONE).status_int

    assert at_once(8, register) == [200] * 8
    assert any_caller.get(f"{container}/consumers").json["total"] == 1


def test_consumers_are_ordered_by_name(any_caller: Caller, container: str) -> None:
    for name in ("b", "c", "B", "a", "\u00e4"):
        any_caller.post(f"{container}/consumers", {"name": name, "URL": "http://x"})
    any_caller.post(f"{container}/consumers", {"name": "b", "URL": "http://a"})
    page = any_caller.get(f"{container}/consumers").json
    found = [(item["name"], item["URL"]) for item in page["consumers"]]
    assert found == [
        ("B", "http://x"),
        ("a", "http://x"),
        ("b", "http://a"),
        ("b", "http://x"),
        ("c", "http://x"),
        ("\u00e4", "http://x"),
    ]
    assert page["total"] == len(found)
    shown = any_caller.get(container).json["consumers"]
    assert [(item["name"], item["URL"]) for item in shown] == found
    (item, *_) = page["consumers"]
    assert set(item) == {"created", "updated", "status", "name", "URL"}
    assert item["status"] == "ACTIVE"


def test_a_page_of_consumers_has_its_neighbours(any_caller: Caller, container: str) -> None:
    for name in "abc":
        any_caller.post(f"{container}/consumers", {"name": name, "URL": "http://x"})
    page = any_caller.get(f"{container}/consumers?limit=1&offset=1").json
    assert ([item["name"] for item in page["consumers"]], page["total"]) == (["b"], 3)
    assert page["next"].startswith(f"http://localhost:9311{container}/consumers?limit=1&offset=2&marker=")
    assert page["previous"] == f"http://localhost:9311{container}/consumers?limit=1&offset=0"


def test_a_consumer_has_no_id_and_so_no_route_of_its_own(caller: Caller) -> None:
    """No answer of the original tells an id either, so its route for one consumer cannot be used."""
    container, secret = _new_container(caller), caller.new_secret()
    for path, names in ((container, _ONE), (secret, _IMAGE)):
        caller.post(f"{path}/consumers", names)
        (item,) = caller.get(f"{path}/consumers").json["consumers"]
        assert set(item) == {"created", "updated", "status", *names}
        one = f"{path}/consumers/{item.get('id', 'ca9c8b9e-54ae-4d0d-8b5a-0b6f2f6f0c11')}"
        assert (caller.get(one).status_int, caller.delete(one).status_int) == (404, 404)


def test_removing_answers_with_the_container(any_caller: Caller, container: str) -> None:
    for consumer in (_ONE, _TWO):
        any_caller.post(f"{container}/consumers", consumer)
    answer = any_caller.delete(f"{container}/consumers", json=_ONE)
    assert (answer.status_int, answer.json["consumers"]) == (200, [_TWO])
    for gone in (_ONE, _TWO | {"URL": "http://nova/1"}, _TWO | {"name": "Barbican"}):
        answer = any_caller.delete(f"{container}/consumers", json=gone)
        assert (answer.status_int, answer.json["description"]) == (404, "Consumer not found.")


def test_a_container_with_consumers_is_deleted_with_them(any_caller: Caller, container: str) -> None:
    any_caller.post(f"{container}/consumers", _ONE)
    assert any_caller.delete(container).status_int == 204
    assert any_caller.get(f"{container}/consumers").status_int == 404


def test_a_name_has_36_characters_and_a_url_255(any_caller: Caller, container: str) -> None:
    for last in "ab":
        longest = {"name": "\u20ac" * 35 + last, "URL": "\u20ac" * 254 + last}
        assert any_caller.post(f"{container}/consumers", longest).status_int == 200
    assert any_caller.get(f"{container}/consumers").json["total"] == 2


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, value) for field in _ONE for value in (None, 5, "", "  ", [], {}, True, "a\x00b")),
        ("name", "x" * 37),
        ("URL", "x" * 256),
    ],
    ids=repr,
)
def test_a_bad_name_or_url_is_400_and_named(caller: Caller, method: str, field: str, value: object) -> None:
    path = f"{_new_container(caller)}/consumers"
    answer = caller.call(method, path, json=_ONE | {field: value})
    assert answer.status_int == 400
    assert answer.json["description"].startswith("Provided object does not match schema 'Consumer': ")
    assert answer.json["description"].endswith(f"Invalid property: '{field}'")
    if value is None:
        answer = caller.call(method, path, json={name: x for name, x in _ONE.items() if name != field})
        assert f"'{field}' is a required property" in answer.json["description"]


def test_the_other_methods_are_405(caller: Caller) -> None:
    path = f"{_new_container(caller)}/consumers"
    for method in ("PUT", "PATCH", "HEAD"):
        answer = caller.call(method, path)
        assert (answer.status_int, answer.headers["Allow"]) == (405, "GET, POST, DELETE")


@pytest.mark.parametrize("kind", ["secrets", "containers"])
def test_only_its_creator_or_the_owner_removes_a_consumer(
    any_instance: Instance, any_caller: Caller, kind: str
) -> None:
    """Creators and owners are projects: those of the consumer and of what it consumes."""
    path = any_caller.new_secret() if kind == "secrets" else _new_container(any_caller)
    consumers = [_IMAGE, _IMAGE | {"resource_id": "43"}] if kind == "secrets" else [_ONE, _TWO]
    _share(any_caller, path, "friend", "another")
    friend, another = (any_instance.caller(X_User_Id=user) for user in ("friend", "another"))
    for consumer in consumers:
        assert friend.post(f"{path}/consumers", consumer).status_int == 200
    answer = another.delete(f"{path}/consumers", json=consumers[0])
    assert (answer.status_int, answer.json["description"]) == (403, _NOT_YOURS)
    assert another.get(f"{path}/consumers").json["total"] == 2
    colleague = any_instance.caller(friend.project_id, X_User_Id="another")
    answer = colleague.delete(f"{path}/consumers", json=consumers[0])
    assert (answer.status_int, answer.json["consumers"]) == (200, consumers[1:])
    answer = any_caller.delete(f"{path}/consumers", json=consumers[1])
    assert (answer.status_int, answer.json["consumers"]) == (200, [])


def test_registering_what_another_has_registered_changes_nothing(
    any_instance: Instance, any_caller: Caller, container: str
) -> None:
    """The consumer stays with who registered it first."""
    _share(any_caller, container, "friend", "another")
    friend, another = (any_instance.caller(X_User_Id=user) for user in ("friend", "another"))
    for caller in (friend, another):
        assert caller.post(f"{container}/consumers", _ONE).status_int == 200
    assert another.delete(f"{container}/consumers", json=_ONE).status_int == 403
    assert friend.delete(f"{container}/consumers", json=_ONE).status_int == 200


def test_a_stranger_may_not_even_look(any_instance: Instance, any_caller: Caller, container: str) -> None:
    any_caller.post(f"{container}/consumers", _ONE)
    stranger = any_instance.caller()
    answers = [
        stranger.get(f"{container}/consumers"),
        stranger.post(f"{container}/consumers", _TWO),
        stranger.delete(f"{container}/consumers", json=_ONE),
    ]
    assert [answer.status_int for answer in answers] == [403] * 3
    assert any_caller.get(container).json["consumers"] == [_ONE]
