"""Whom an ACL lets and whom it shuts out, under both sets of defaults; every role stands in the matrix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, path_of

_IMAGE = {"service": "glance", "resource_type": "image", "resource_id": "42"}
_USE = {"name": "x", "URL": "http://x"}
_READS = ("", "/payload", "/metadata", "/metadata/key", "/consumers")
_REFUSED = "attempt not allowed - please review your user/project privileges"


@pytest.fixture(scope="module", params=["new", "legacy"])
def guarded(request: pytest.FixtureRequest, new_instance: Callable[..., Instance]) -> Instance:
    """An application with each set of defaults."""
    return new_instance(f"[oslo_policy]\nenforce_new_defaults = {request.param == 'new'}", worker=False)


@pytest.fixture
def owner(guarded: Instance) -> Caller:
    """A member of a fresh project."""
    return guarded.caller(X_User_Id="owner", X_Roles="member")


@pytest.fixture
def secret(owner: Caller) -> str:
    """The path of the owner's secret, with metadata and a consumer."""
    path = owner.new_secret(payload="mine", payload_content_type="text/plain")
    assert owner.call("PUT", f"{path}/metadata", json={"metadata": {"key": "x"}}).status_int == 201
    assert owner.post(f"{path}/consumers", _IMAGE).status_int == 200
    return path


@pytest.fixture
def container(owner: Caller, secret: str) -> str:
    """The path of the owner's container."""
    reference = {"name": "x", "secret_ref": f"http://localhost:9311{secret}"}
    answer = owner.post("/v1/containers", {"type": "generic", "secret_refs": [reference]})
    return path_of(answer.json["container_ref"])


def _colleague(owner: Caller, role: str = "member", user: str = "colleague") -> Caller:
    return Caller(owner.application, owner.project_id, {"X-User-Id": user, "X-Roles": role})


def _statuses(caller: Caller, path: str, tails: tuple[str, ...] = _READS) -> set[int]:
    return {caller.get(f"{path}{tail}").status_int for tail in tails}


def _close(owner: Caller, path: str, *users: str) -> None:
    read = {"project-access": False, "users": list(users)}
    assert owner.call("PUT", f"{path}/acl", json={"read": read}).status_int == 200


def test_a_private_secret_is_403_for_other_members_of_its_project(owner: Caller, secret: str) -> None:
    colleague = _colleague(owner)
    assert _statuses(colleague, secret) == {200}
    _close(owner, secret)
    assert _statuses(colleague, secret) == {403}
    for tail in ("", "/payload"):
        assert colleague.get(f"{secret}{tail}").json["description"].endswith(_REFUSED)
    refused = [
        colleague.delete(secret),
        colleague.call("PUT", f"{secret}/acl", json={"read": {"project-access": True}}),
        colleague.call("PATCH", f"{secret}/acl", json={"read": {"users": ["colleague"]}}),
        colleague.delete(f"{secret}/acl"),
        colleague.post(f"{secret}/metadata", {"key": "a", "value": "b"}),
        colleague.post(f"{secret}/consumers", _IMAGE | {"resource_id": "43"}),
    ]
    assert [answer.status_int for answer in refused] == [403] * len(refused)


def test_its_owner_and_the_project_s_admin_still_read_it(owner: Caller, secret: str) -> None:
    _close(owner, secret)
    for caller in (owner, _colleague(owner, role="admin")):
        assert _statuses(caller, secret) == {200}
        assert caller.get(f"{secret}/payload").body == b"mine"


def test_opening_it_again_lets_the_others_in(owner: Caller, secret: str) -> None:
    _close(owner, secret)
    owner.delete(f"{secret}/acl")
    assert _statuses(_colleague(owner), secret) == {200}


def test_a_named_user_of_another_project_reads_and_uses_it(
    guarded: Instance, owner: Caller, secret: str
) -> None:
    _close(owner, secret, "friend")
    friend = guarded.caller(X_User_Id="friend", X_Roles="reader")
    assert _statuses(friend, secret) == {200}
    assert friend.get(f"{secret}/payload").body == b"mine"
    assert friend.get(secret, accept="text/plain").body == b"mine"
    assert friend.post(f"{secret}/consumers", _IMAGE | {"resource_id": "43"}).status_int == 200
    stranger = guarded.caller(X_User_Id="stranger", X_Roles="member")
    assert _statuses(stranger, secret) == {403}


def test_a_named_user_of_another_project_changes_nothing(
    guarded: Instance, owner: Caller, secret: str
) -> None:
    _close(owner, secret, "friend")
    friend = guarded.caller(X_User_Id="friend", X_Roles="member,creator")
    answers = [
        friend.delete(secret),
        friend.put(secret, b"x", "text/plain"),
        friend.get(f"{secret}/acl"),
        friend.delete(f"{secret}/acl"),
        friend.call("PUT", f"{secret}/acl", json={"read": {}}),
        friend.call("PUT", f"{secret}/metadata", json={"metadata": {}}),
        friend.delete(f"{secret}/metadata/key"),
        friend.delete(f"{secret}/consumers", json=_IMAGE),
    ]
    assert [answer.status_int for answer in answers] == [403] * len(answers)
    assert friend.get("/v1/secrets").json["total"] == 0


def test_a_private_container_is_shut_and_its_named_users_are_let_in(
    guarded: Instance, owner: Caller, container: str
) -> None:
    colleague = _colleague(owner)
    friend = guarded.caller(X_User_Id="friend", X_Roles="member,creator")
    tails = ("", "/consumers")
    assert (_statuses(colleague, container, tails), _statuses(friend, container, tails)) == ({200}, {403})
    _close(owner, container, "friend")
    assert (_statuses(colleague, container, tails), _statuses(friend, container, tails)) == ({403}, {200})
    assert friend.post(f"{container}/consumers", _USE).status_int == 200
    assert [friend.delete(container).status_int, colleague.delete(container).status_int] == [403, 403]
    assert friend.get("/v1/containers").json["total"] == 0


def test_a_container_s_acl_opens_no_secret_in_it(
    guarded: Instance, owner: Caller, secret: str, container: str
) -> None:
    _close(owner, container, "friend")
    friend = guarded.caller(X_User_Id="friend", X_Roles="member,creator")
    assert friend.get(container).json["secret_refs"][0]["secret_ref"].endswith(secret)
    assert _statuses(friend, secret) == {403}


def test_a_caller_without_a_user_is_nobody_s_reader_and_nobody_s_owner(guarded: Instance) -> None:
    """A thing that has no creator is not owned by callers that have no id."""
    owner = guarded.caller(X_Roles="member")
    secret = owner.new_secret(payload="x", payload_content_type="text/plain")
    admin = Caller(owner.application, owner.project_id, {"X-Roles": "admin"})
    _close(admin, secret, "None", "null")
    assert _statuses(owner, secret, ("", "/payload")) == {403}


def test_who_may_no_longer_read_it_loses_the_payload_at_once(
    guarded: Instance, owner: Caller, secret: str
) -> None:
    friend = guarded.caller(X_User_Id="friend", X_Roles="reader")
    _close(owner, secret, "friend")
    assert friend.get(f"{secret}/payload").status_int == 200
    owner.call("PATCH", f"{secret}/acl", json={"read": {"users": []}})
    assert friend.get(f"{secret}/payload").status_int == 403
