"""User metadata of secrets: all of it at once, and key by key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller

_NOT_URL_SAFE = "Invalid Key. Key must be URL safe."
_NO_STRINGS = "Invalid Metadata. Keys and Values must be Strings."
_LONGEST = "x" * 255


@pytest.fixture
def metadata(any_caller: Caller) -> str:
    """The path of a secret's metadata, which is empty."""
    return f"{any_caller.new_secret()}/metadata"


def _replace(caller: Caller, path: str, **values: object) -> None:
    assert caller.call("PUT", path, json={"metadata": values}).status_int == 201


def test_a_secret_has_none_at_first(any_caller: Caller, metadata: str) -> None:
    answer = any_caller.get(metadata)
    assert (answer.status_int, answer.json) == (200, {"metadata": {}})


def test_a_put_replaces_all_of_it(any_caller: Caller, metadata: str) -> None:
    for values in ({"a": "1", "b": "2"}, {"b": "3", "c": ""}, {}):
        answer = any_caller.call("PUT", metadata, json={"metadata": values})
        assert answer.status_int == 201
        assert answer.json == {"metadata_ref": f"http://localhost:9311{metadata}"}
        assert "Location" not in answer.headers
        assert any_caller.get(metadata).json == {"metadata": values}


def test_keys_become_lower_case(any_caller: Caller, metadata: str) -> None:
    _replace(any_caller, metadata, **{"Access-Limit_9": "Eleven"})
    assert any_caller.get(metadata).json == {"metadata": {"access-limit_9": "Eleven"}}
    answer = any_caller.post(metadata, {"key": "Other", "value": "UP"})
    assert answer.json == {"key": "other", "value": "UP"}
    assert answer.headers["Location"] == f"http://localhost:9311{metadata}/other"


def test_a_key_is_found_in_any_case(any_caller: Caller, metadata: str) -> None:
    """A client that has written KEY reads, changes and removes KEY."""
    any_caller.post(metadata, {"key": "KEY", "value": "x"})
    assert any_caller.get(f"{metadata}/KEY").json == {"key": "key", "value": "x"}
    answer = any_caller.call("PUT", f"{metadata}/KEY", json={"key": "KEY", "value": "y"})
    assert (answer.status_int, answer.json) == (200, {"key": "key", "value": "y"})
    assert any_caller.delete(f"{metadata}/KEY").status_int == 204
    assert any_caller.get(metadata).json == {"metadata": {}}


def test_a_post_adds_one_key(any_caller: Caller, metadata: str) -> None:
    _replace(any_caller, metadata, a="1")
    answer = any_caller.post(metadata, {"key": "b", "value": "2"})
    assert (answer.status_int, answer.json) == (201, {"key": "b", "value": "2"})
    assert answer.headers["Location"] == f"http://localhost:9311{metadata}/b"
    assert any_caller.get(metadata).json == {"metadata": {"a": "1", "b": "2"}}


@pytest.mark.parametrize("key", ["a", "A"])
def test_a_post_of_a_key_that_is_there_is_409(any_caller: Caller, metadata: str, key: str) -> None:
    _replace(any_caller, metadata, a="1")
    answer = any_caller.post(metadata, {"key": key, "value": "2"})
    assert answer.status_int == 409
    assert answer.json["description"] == "Conflict. Key in request is already in the secret metadata"
    assert any_caller.get(metadata).json == {"metadata": {"a": "1"}}


def test_one_key_is_read_and_changed(any_caller: Caller, metadata: str) -> None:
    _replace(any_caller, metadata, a="1", b="2")
    answer = any_caller.get(f"{metadata}/a")
    assert (answer.status_int, answer.json) == (200, {"key": "a", "value": "1"})
    answer = any_caller.call("PUT", f"{metadata}/a", json={"key": "a", "value": "3"})
    assert (answer.status_int, answer.json) == (200, {"key": "a", "value": "3"})
    assert any_caller.get(metadata).json == {"metadata": {"a": "3", "b": "2"}}


def test_a_key_that_is_not_there_is_404(any_caller: Caller, metadata: str) -> None:
    answers = [
        any_caller.get(f"{metadata}/a"),
        any_caller.call("PUT", f"{metadata}/a", json={"key": "a", "value": "x"}),
    ]
    assert [answer.status_int for answer in answers] == [404, 404]
    assert {answer.json["description"] for answer in answers} == {"Secret metadata not found."}
    assert any_caller.get(metadata).json == {"metadata": {}}


def test_a_post_of_one_key_adds_it_or_changes_it(any_caller: Caller, metadata: str) -> None:
    """python-barbicanclient's add_secret_metadata is "add or update" by POST, which Barbican refuses."""
    answer = any_caller.post(f"{metadata}/A", {"key": "A", "value": "1"})
    assert (answer.status_int, answer.json) == (201, {"key": "a", "value": "1"})
    assert answer.headers["Location"] == f"http://localhost:9311{metadata}/a"
    answer = any_caller.post(f"{metadata}/a", {"key": "a", "value": "2"})
    assert (answer.status_int, answer.json) == (200, {"key": "a", "value": "2"})
    assert "Location" not in answer.headers
    assert any_caller.get(metadata).json == {"metadata": {"a": "2"}}


@pytest.mark.parametrize("refused", ["secret_meta:post", "secret_meta:put"])
def test_a_post_of_one_key_changes_it_for_those_who_may_put(
    new_instance: Callable[..., Instance], tmp_path: Path, refused: str
) -> None:
    """An operator who forbids changes is not got round by POST."""
    file = tmp_path / "policy.yaml"
    file.write_text(f'"{refused}": "!"\n')
    caller = new_instance(f"[oslo_policy]\npolicy_file = {file}\n").caller()
    path = f"{caller.new_secret()}/metadata"
    adding = caller.post(f"{path}/a", {"key": "a", "value": "1"})
    changing = caller.post(f"{path}/a", {"key": "a", "value": "2"})
    assert adding.status_int == (403 if refused == "secret_meta:post" else 201)
    assert changing.status_int == 403
    assert caller.get(path).json == {"metadata": {} if refused == "secret_meta:post" else {"a": "1"}}


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("at", ["a", "c"])
def test_another_key_than_the_paths_is_409(any_caller: Caller, metadata: str, method: str, at: str) -> None:
    _replace(any_caller, metadata, a="1", b="2")
    answer = any_caller.call(method, f"{metadata}/{at}", json={"key": "b", "value": "x"})
    assert (answer.status_int, answer.json["title"]) == (409, "Conflict")
    assert any_caller.get(metadata).json == {"metadata": {"a": "1", "b": "2"}}


def test_a_delete_is_204_also_when_the_key_is_gone(any_caller: Caller, metadata: str) -> None:
    _replace(any_caller, metadata, a="1", b="2")
    for _ in range(2):
        answer = any_caller.delete(f"{metadata}/a")
        assert (answer.status_int, answer.body) == (204, b"")
    assert any_caller.get(metadata).json == {"metadata": {"b": "2"}}


@pytest.mark.parametrize(
    ("method", "tail"), [("DELETE", ""), ("DELETE", "/"), ("PATCH", ""), ("PATCH", "/a"), ("HEAD", "/a")]
)
def test_the_other_methods_are_405(caller: Caller, method: str, tail: str) -> None:
    answer = caller.call(method, f"{caller.new_secret()}/metadata{tail}")
    assert answer.status_int == 405
    assert answer.headers["Allow"] == ("GET, POST, PUT, DELETE" if tail == "/a" else "GET, POST, PUT")


@pytest.mark.parametrize("key", ["a b", "a.b", "a/b", "\u00e4", "a\n b", "a%20", "{}", "a:b", "\u0661"])
def test_a_key_that_is_not_url_safe_is_400(caller: Caller, key: str) -> None:
    path = f"{caller.new_secret()}/metadata"
    for answer in (
        caller.call("PUT", path, json={"metadata": {"good": "x", key: "x"}}),
        caller.post(path, {"key": key, "value": "x"}),
        caller.call("PUT", f"{path}/a", json={"key": key, "value": "x"}),
    ):
        assert (answer.status_int, answer.json["description"]) == (400, _NOT_URL_SAFE)
    assert caller.get(path).json == {"metadata": {}}


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}, ["x"]], ids=repr)
def test_a_value_that_is_no_string_is_400(caller: Caller, value: object) -> None:
    path = f"{caller.new_secret()}/metadata"
    for answer in (
        caller.call("PUT", path, json={"metadata": {"a": value}}),
        caller.post(path, {"key": "a", "value": value}),
        caller.post(path, {"key": value, "value": "a"}),
        caller.call("PUT", f"{path}/a", json={"key": "a", "value": value}),
    ):
        assert (answer.status_int, answer.json["description"]) == (400, _NO_STRINGS)


def test_keys_and_values_have_255_characters(any_caller: Caller, metadata: str) -> None:
    value = "\u20ac" * 255
    _replace(any_caller, metadata, **{_LONGEST: value})
    assert any_caller.get(f"{metadata}/{_LONGEST}").json == {"key": _LONGEST, "value": value}
    another = "y" * 255
    assert any_caller.post(metadata, {"key": another, "value": value}).status_int == 201
    for key, text in ((f"{_LONGEST}x", "x"), ("z", f"{value}x")):
        for answer in (
            any_caller.call("PUT", metadata, json={"metadata": {key: text}}),
            any_caller.post(metadata, {"key": key, "value": text}),
            any_caller.call("PUT", f"{metadata}/{_LONGEST}", json={"key": key, "value": text}),
        ):
            assert answer.status_int == 400
            assert "255 characters" in answer.json["description"]
    assert any_caller.get(metadata).json == {"metadata": {_LONGEST: value, another: value}}


def test_keys_and_values_are_stripped(caller: Caller) -> None:
    path = f"{caller.new_secret()}/metadata"
    caller.post(path, {"key": " a ", "value": " b c "})
    assert caller.get(path).json == {"metadata": {"a": "b c"}}


@pytest.mark.parametrize(
    "body", [{}, {"metadata": None}, {"metadata": []}, {"metadata": "x"}, {"a": "b"}, [], None, "x"]
)
def test_a_body_without_metadata_is_400_and_says_so(caller: Caller, body: object) -> None:
    answer = caller.call("PUT", f"{caller.new_secret()}/metadata", json=body)
    assert answer.status_int == 400
    assert "match schema 'SecretMetadata': " in answer.json["description"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"value": "x"}, "key"), ({"key": "x"}, "value"), ({"key": "x", "value": "y", "z": "w"}, "z")],
)
def test_a_pair_has_a_key_a_value_and_nothing_else(caller: Caller, body: dict[str, str], field: str) -> None:
    path = f"{caller.new_secret()}/metadata"
    for answer in (
        caller.post(path, body),
        caller.call("PUT", f"{path}/x", json=body),
        caller.post(f"{path}/x", body),
    ):
        assert answer.status_int == 400
        assert "match schema 'SecretMetadatum': " in answer.json["description"]
        assert answer.json["description"].endswith(f"Invalid property: '{field}'")


@pytest.mark.parametrize("key", ["%00", "a%00", "a%2Eb", "%FF", "%C3%A4", "a%20"])
def test_a_path_that_no_key_can_have_is_404(any_caller: Caller, metadata: str, key: str) -> None:
    for answer in (
        any_caller.get(f"{metadata}/{key}"),
        any_caller.delete(f"{metadata}/{key}"),
        any_caller.call("PUT", f"{metadata}/{key}", json={"key": "a", "value": "b"}),
        any_caller.post(f"{metadata}/{key}", {"key": "a", "value": "b"}),
    ):
        assert (answer.status_int, answer.json["description"]) == (404, "Secret metadata not found.")


def test_it_goes_with_its_secret(any_caller: Caller, metadata: str) -> None:
    _replace(any_caller, metadata, a="1")
    secret = metadata.removesuffix("/metadata")
    assert any_caller.delete(secret).status_int == 204
    assert any_caller.get(metadata).json["description"] == "Not Found. Secret not found."
    assert any_caller.get(f"{metadata}/a").status_int == 404


def test_a_secret_does_not_show_it(any_caller: Caller, metadata: str) -> None:
    """Clients refuse members that they do not know."""
    secret = metadata.removesuffix("/metadata")
    before = any_caller.get(secret, version="1.1").json
    _replace(any_caller, metadata, a="1")
    assert any_caller.get(secret, version="1.1").json == before


def test_refusals_name_their_operation(any_caller: Caller, metadata: str) -> None:
    nobody = Caller(any_caller.application, any_caller.project_id, {"X-Roles": "nobody"})
    pair = {"key": "a", "value": "b"}
    texts = [
        nobody.get(metadata).json["description"],
        nobody.call("PUT", metadata, json={"metadata": {}}).json["description"],
        nobody.post(metadata, pair).json["description"],
        nobody.get(f"{metadata}/a").json["description"],
        nobody.call("PUT", f"{metadata}/a", json=pair).json["description"],
        nobody.post(f"{metadata}/a", pair).json["description"],
        nobody.delete(f"{metadata}/a").json["description"],
    ]
    ending = " attempt not allowed - please review your user/project privileges"
    assert [text.removesuffix(ending) for text in texts] == [
        "Secret metadata retrieval",
        "Secret metadata creation",
        "Secret metadatum creation",
        "Secret metadatum retrieval",
        "Secret metadatum update",
        "Secret metadatum creation",
        "Secret metadatum removal",
    ]
