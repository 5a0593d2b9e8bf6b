"""Consumers of secrets, and the deletion of secrets that have some."""

from __future__ import annotations

import pytest

from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller

_IMAGE = {"service": "glance", "resource_type": "image", "resource_id": "42"}
_VOLUME = {"service": "cinder", "resource_type": "volume", "resource_id": "43"}
_FORCE_REFUSED = "Secret deletion issue seen - Secret cannot be deleted as it has consumers."


@pytest.fixture
def secret(any_caller: Caller) -> str:
    """The path of a secret without consumers."""
    return any_caller.new_secret(name="consumed")


@pytest.mark.parametrize("version", [None, "1.0", "1.1", "1.2"])
def test_registering_answers_with_the_secret(any_caller: Caller, secret: str, version: str | None) -> None:
    """The reply shows the consumers at every version: the routes themselves are not gated."""
    answer = any_caller.post(f"{secret}/consumers", _IMAGE, version=version)
    assert answer.status_int == 200
    assert answer.json["consumers"] == [_IMAGE]
    assert answer.headers["Location"] == f"http://localhost:9311{secret}/consumers"
    assert answer.json == any_caller.get(secret, version="1.1").json


def test_registering_again_changes_nothing(any_caller: Caller, secret: str) -> None:
    answers = [any_caller.post(f"{secret}/consumers", _IMAGE, version="1.1") for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert any_caller.get(f"{secret}/consumers").json["total"] == 1


def test_consumers_are_listed_by_age(any_caller: Caller, secret: str) -> None:
    for consumer in (_VOLUME, _IMAGE):
        any_caller.post(f"{secret}/consumers", consumer)
    page = any_caller.get(f"{secret}/consumers").json
    assert page["total"] == 2
    assert [{name: item[name] for name in _IMAGE} for item in page["consumers"]] == [_VOLUME, _IMAGE]
    assert set(page["consumers"][0]) == {"created", "updated", "status", *_IMAGE}
    assert page["consumers"][0]["status"] == "ACTIVE"


def test_a_page_of_consumers_has_its_neighbours(any_caller: Caller, secret: str) -> None:
    for number in range(3):
        any_caller.post(f"{secret}/consumers", _IMAGE | {"resource_id": str(number)})
    page = any_caller.get(f"{secret}/consumers?limit=1&offset=1").json
    assert (len(page["consumers"]), page["total"]) == (1, 3)
    assert page["next"].startswith(f"http://localhost:9311{secret}/consumers?limit=1&offset=2&marker=")
    assert page["previous"] == f"http://localhost:9311{secret}/consumers?limit=1&offset=0"


def test_removing_answers_with_the_secret(any_caller: Caller, secret: str) -> None:
    for consumer in (_IMAGE, _VOLUME):
        any_caller.post(f"{secret}/consumers", consumer)
    answer = any_caller.delete(f"{secret}/consumers", json=_IMAGE)
    assert answer.status_int == 200
    assert answer.json["consumers"] == [_VOLUME]
    answer = any_caller.delete(f"{secret}/consumers", json=_IMAGE)
    assert (answer.status_int, answer.json["description"]) == (404, "Consumer not found.")


def test_names_at_their_longest_are_kept_apart(any_caller: Caller, secret: str) -> None:
    """255 characters of each name, which together no index could hold, differ in the last one only."""
    for last in "ab":
        longest = dict.fromkeys(_IMAGE, "€" * 254 + last)
        assert any_caller.post(f"{secret}/consumers", longest).status_int == 200
    assert any_caller.get(f"{secret}/consumers").json["total"] == 2


@pytest.mark.parametrize("name", list(_IMAGE))
@pytest.mark.parametrize("value", [None, 5, "", "  ", "x" * 256, [], {}, True])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_bad_name_is_400_and_named(caller: Caller, method: str, name: str, value: object) -> None:
    answer = caller.call(method, f"{caller.new_secret()}/consumers", json=_IMAGE | {name: value})
    assert answer.status_int == 400
    assert "match schema 'Secret Consumer': " in answer.json["description"]
    assert answer.json["description"].endswith(f"Invalid property: '{name}'")


@pytest.mark.parametrize("name", list(_IMAGE))
def test_a_missing_name_is_400_and_named(caller: Caller, name: str) -> None:
    body = {key: value for key, value in _IMAGE.items() if key != name}
    answer = caller.post(f"{caller.new_secret()}/consumers", body)
    assert answer.status_int == 400
    assert f"'{name}' is a required property" in answer.json["description"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("query", ["", "?force=false", "?force=nonsense"])
def test_up_to_version_1_1_consumers_do_not_hinder_a_deletion(
    any_caller: Caller, secret: str, version: str, query: str
) -> None:
    any_caller.post(f"{secret}/consumers", _IMAGE)
    assert any_caller.delete(f"{secret}{query}", version=version).status_int == 204
    assert any_caller.get(secret).status_int == 404


@pytest.mark.parametrize("query", ["", "?force=false", "?force=False", "?force=0", "?force=no"])
def test_from_version_1_2_on_a_secret_with_consumers_stays(
    any_caller: Caller, secret: str, query: str
) -> None:
    any_caller.post(f"{secret}/consumers", _IMAGE)
    answer = any_caller.delete(f"{secret}{query}", version="1.2")
    assert (answer.status_int, answer.json["description"]) == (400, _FORCE_REFUSED)
    assert any_caller.get(secret).status_int == 200


@pytest.mark.parametrize("query", ["?force=true", "?force=True", "?force=1", "?force=yes"])
def test_force_deletes_a_secret_with_its_consumers(any_caller: Caller, secret: str, query: str) -> None:
    any_caller.post(f"{secret}/consumers", _IMAGE)
    assert any_caller.delete(f"{secret}{query}", version="1.2").status_int == 204
    assert any_caller.get(f"{secret}/consumers").status_int == 404


@pytest.mark.parametrize("consumed", [False, True])
@pytest.mark.parametrize("word", ["", "2", "nonsense", "truefalse", "null"])
def test_a_force_that_is_no_bool_is_400(any_caller: Caller, secret: str, word: str, consumed: bool) -> None:
    if consumed:
        any_caller.post(f"{secret}/consumers", _IMAGE)
    answer = any_caller.delete(f"{secret}?force={word}", version="1.2")
    assert answer.status_int == 400
    assert answer.json["description"] == "URI provided invalid query string parameters."


def test_a_secret_without_consumers_needs_no_force(any_caller: Caller, secret: str) -> None:
    assert any_caller.delete(secret, version="1.2").status_int == 204


def test_another_project_cannot_register(instance: Instance, caller: Caller) -> None:
    path = caller.new_secret()
    assert instance.caller().post(f"{path}/consumers", _IMAGE).status_int == 403


def test_the_owner_of_the_secret_removes_any_consumer(instance: Instance, caller: Caller) -> None:
    path = caller.new_secret()
    with UnitOfWork(instance.runtime.database) as uow:
        uow.secret_consumers.register(
            path.rpartition("/")[2], "glance", "image", "42", creator_project_id="another-project"
        )
        uow.commit()
    assert caller.delete(f"{path}/consumers", json=_IMAGE).json["consumers"] == []


def test_deleting_a_secret_takes_everything_with_it(any_caller: Caller, secret: str) -> None:
    any_caller.put(secret, b"x", "text/plain")
    any_caller.post(f"{secret}/consumers", _IMAGE)
    assert any_caller.delete(secret).status_int == 204
    for path in (secret, f"{secret}/payload", f"{secret}/consumers"):
        assert any_caller.get(path).status_int == 404
    assert any_caller.delete(secret).status_int == 404
    assert any_caller.get("/v1/secrets").json["total"] == 0
