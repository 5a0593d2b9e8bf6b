"""Quotas among requests that come at once, on each database: never one more than there is room for."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.support import databases
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller, path_of
from tests.support.threads import at_once

_ROOM = 10
_REQUESTS = 50
_REFUSED = "issue seen - Creation not allowed because a quota has been reached."
_DEFAULTS = f"""
[quotas]
quota_secrets = {_ROOM}
quota_orders = {_ROOM}
quota_containers = {_ROOM}
quota_consumers = {_ROOM}
"""
_ADMIN = {"X_Roles": "admin"}


@pytest.fixture(scope="module", params=databases.KINDS)
def limited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An application whose projects may have ten of everything."""
    folder = tmp_path_factory.mktemp("limited")
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(databases.empty_url(request.param, folder))
        settings = f"[database]\nconnection = {url}\n{_DEFAULTS}"
        yield stack.enter_context(running(prepare(folder, settings)))


def _secret(caller: Caller, number: int) -> int:
    body = {"name": str(number), "payload": "x", "payload_content_type": "text/plain"}
    return _status(caller, "/v1/secrets", body)


def _bare_secret(caller: Caller, number: int) -> int:
    return _status(caller, "/v1/secrets", {"name": str(number)})


def _order(caller: Caller, number: int) -> int:
    meta = {"name": str(number), "algorithm": "aes", "bit_length": 256}
    return _status(caller, "/v1/orders", {"type": "key", "meta": meta})


def _container(caller: Caller, number: int) -> int:
    return _status(caller, "/v1/containers", {"type": "generic", "name": str(number)})


def _status(caller: Caller, path: str, body: object) -> int:
    answer = Caller(caller.application, caller.project_id).post(path, body)
    assert answer.status_int != 403 or answer.json["description"].endswith(_REFUSED), answer
    return answer.status_int


_RESOURCES = {
    "secrets with a payload": ("secrets", _secret, 201),
    "secrets without a payload": ("secrets", _bare_secret, 201),
    "orders": ("orders", _order, 202),
    "containers": ("containers", _container, 201),
}


@pytest.mark.parametrize(("name", "create", "accepted"), _RESOURCES.values(), ids=_RESOURCES)
@pytest.mark.parametrize("known", [False, True], ids=["a new project", "a project with an entry"])
def test_of_fifty_requests_at_once_ten_are_accepted(
    limited: Instance, known: bool, name: str, create: Callable[[Caller, int], int], accepted: int
) -> None:
    caller, used = limited.caller(), 0
    if known:
        used = 2
        _set_quota(limited, caller, name, _ROOM + used)
        assert [create(caller, number) for number in range(used)] == [accepted] * used
    statuses = Counter(at_once(_REQUESTS, lambda number: create(caller, number)))
    assert statuses == {accepted: _ROOM, 403: _REQUESTS - _ROOM}
    if name != "secrets" or known:
        assert caller.get(f"/v1/{name}?limit=100").json["total"] == _ROOM + used
    assert create(caller, 0) == 403


@pytest.mark.parametrize("kind", ["secrets", "containers"])
def test_of_fifty_consumers_at_once_ten_are_accepted(limited: Instance, kind: str) -> None:
    """They are counted over all that they consume, secrets and containers together."""
    caller = limited.caller()
    secret, container = caller.new_secret(), _new_container(caller)
    caller.post(f"{container}/consumers", {"name": "first", "URL": "http://x"})
    caller.post(f"{secret}/consumers", {"service": "first", "resource_type": "image", "resource_id": "x"})
    _set_quota(limited, caller, "consumers", _ROOM + 2)

    def register(number: int) -> int:
        if kind == "secrets":
            body = {"service": "glance", "resource_type": "image", "resource_id": str(number)}
            return _status(caller, f"{secret}/consumers", body)
        return _status(caller, f"{container}/consumers", {"name": str(number), "URL": "http://x"})

    assert Counter(at_once(_REQUESTS, register)) == {200: _ROOM, 403: _REQUESTS - _ROOM}
    path = secret if kind == "secrets" else container
    assert caller.get(f"{path}/consumers?limit=100").json["total"] == _ROOM + 1


def test_projects_at_once_keep_their_own_counts(limited: Instance) -> None:
    callers = [limited.caller() for _ in range(5)]
    statuses = at_once(_REQUESTS, lambda number: (number % 5, _bare_secret(callers[number % 5], number)))
    assert Counter(statuses) == {(project, 201): _ROOM for project in range(5)}


def test_an_entry_that_is_set_many_times_at_once_keeps_every_member(limited: Instance) -> None:
    project = limited.caller().project_id
    names = ("secrets", "orders", "containers", "consumers", "cas")
    admin = limited.caller(**_ADMIN)

    def put(number: int) -> int:
        name = names[number % len(names)]
        caller = Caller(limited.application, admin.project_id, _ADMIN)
        body = {"project_quotas": {name: number % len(names)}}
        return caller.call("PUT", f"/v1/project-quotas/{project}", json=body).status_int

    assert at_once(20, put) == [204] * 20
    found = admin.get(f"/v1/project-quotas/{project}").json["project_quotas"]
    assert found == {name: number for number, name in enumerate(names)}


def _new_container(caller: Caller) -> str:
    return path_of(caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])


def _set_quota(limited: Instance, caller: Caller, name: str, limit: int) -> None:
    admin = limited.caller(**_ADMIN)
    answer = admin.call(
        "PUT", f"/v1/project-quotas/{caller.project_id}", json={"project_quotas": {name: limit}}
    )
    assert answer.status_int == 204
