"""Subscriptions over HTTP: what their owner may do with them, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from barbican_like.model.unit_of_work import Reading
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.feed import now
from tests.support.statements import counted

PATH = "/api/v1/subscriptions"
TARGET = "https://hooks.example/barbican"


@pytest.fixture
def alice(any_instance: Instance) -> Caller:
    """A user of a project that nobody else uses."""
    return any_instance.caller(X_User_Id="alice")


def made(caller: Caller, **wanted: object) -> dict[str, Any]:
    """Make a subscription."""
    answer = caller.post(PATH, {"target": TARGET, **wanted})
    assert answer.status_int == 201, answer.json
    (found,) = answer.json["result"]
    assert answer.headers["Location"].endswith(f"{PATH}/{found['id']}")
    shown: dict[str, Any] = found
    return shown


def test_a_subscription_shows_its_secret_once_and_begins_at_the_present_end(alice: Caller) -> None:
    alice.new_secret(name="before")
    end = now(alice)
    new = made(alice, filter={"object": ["SECRET"]})
    secret = new.pop("secret")
    assert secret.startswith("whsec_")
    assert {name: new[name] for name in ("target", "filter", "status", "cursor", "problem")} == {
        "target": TARGET,
        "filter": {"object": ["SECRET"]},
        "status": "ACTIVE",
        "cursor": end,
        "problem": None,
    }
    shown = alice.get(f"{PATH}/{new['id']}")
    assert shown.json == {"result": [new]}
    assert secret not in alice.get(PATH).text


def test_the_secret_does_not_rest_in_the_clear(any_instance: Instance, alice: Caller) -> None:
    secret = made(alice)["secret"].removeprefix("whsec_")
    with Reading(any_instance.runtime.database) as view:
        connection = view.connection
        for table in ("subscriptions", "subscription_keys", "sealed_values", "tasks"):
            rows = connection.exec_driver_sql(f"select * from {table}").all()  # noqa: S608  own names
            assert rows or table == "tasks"
            assert secret not in str(rows)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "target"),
        ({"target": 5}, "target"),
        ({"target": "http://hooks.example/"}, "target"),
        ({"target": "https://user:word@hooks.example/"}, "target"),
        ({"target": "https://127.0.0.1/"}, "target"),
        ({"target": "https://169.254.169.254/"}, "target"),
        ({"target": "https://localhost/"}, "target"),
        ({"target": TARGET, "since": -1}, "since"),
        ({"target": TARGET, "since": "then"}, "since"),
        ({"target": TARGET, "since": True}, "since"),
        ({"target": TARGET, "filter": {"name": ["nothing"]}}, "filter.name.0"),
        ({"target": TARGET, "filter": {"colour": []}}, "filter.colour"),
        ({"target": TARGET, "filter": "all"}, "filter"),
        ({"target": TARGET, "secret": "whsec_AAAA"}, "secret"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(caller: Caller, body: dict[str, object], field: str) -> None:
    answer = caller.post(PATH, body)
    assert (answer.status_int, answer.json["field"]) == (400, field)


def test_a_place_that_the_feed_does_not_have_is_gone(alice: Caller) -> None:
    answer = alice.post(PATH, {"target": TARGET, "since": 10**17})
    assert answer.status_int == 410
    assert answer.json["oldest"] <= answer.json["last_seq"] + 1
    path = f"{PATH}/{made(alice)['id']}/replay"
    assert alice.post(path, {"since": 10**17}).status_int == 410


def test_nobody_else_finds_a_subscription(any_instance: Instance, alice: Caller) -> None:
    """Neither another user of the project, nor the same user in another one."""
    path = f"{PATH}/{made(alice)['id']}"
    bob = any_instance.caller(alice.project_id, X_User_Id="bob")
    elsewhere = any_instance.caller(X_User_Id="alice")
    for other in (bob, elsewhere):
        assert other.get(path).status_int == 404
        assert other.call("PUT", path, json={"status": "PAUSED"}).status_int == 404
        assert other.post(f"{path}/replay", {"since": 0}).status_int == 404
        assert other.post(f"{path}/rotate").status_int == 404
        assert other.delete(path).status_int == 404
        assert other.get(PATH).json == {"result": [], "next": None}
    assert alice.get(path).status_int == 200


def test_lists_are_paged(alice: Caller) -> None:
    ids = sorted(made(alice)["id"] for _ in range(3))
    first = alice.get(f"{PATH}?limit=2").json
    assert [one["id"] for one in first["result"]] == ids[:2]
    second = alice.get(f"{PATH}?limit=2&marker={first['next']}").json
    assert ([one["id"] for one in second["result"]], second["next"]) == (ids[2:], None)
    for query in ("limit=0", "limit=101", "marker=x", "marker=", "colour=blue"):
        answer = alice.get(f"{PATH}?{query}")
        assert (answer.status_int, answer.json["field"]) == (400, query.partition("=")[0])


def test_a_subscription_is_paused_and_goes_on(alice: Caller) -> None:
    path = f"{PATH}/{made(alice)['id']}"
    for status in ("PAUSED", "PAUSED", "ACTIVE", "ACTIVE"):
        answer = alice.call("PUT", path, json={"status": status})
        assert (answer.status_int, answer.json["result"][0]["status"]) == (200, status)
    for body in ({"status": "DISABLED"}, {"status": None}, {}, {"status": "ACTIVE", "cursor": 1}):
        assert alice.call("PUT", path, json=body).status_int == 400


def test_a_deleted_subscription_leaves_nothing(any_instance: Instance, alice: Caller) -> None:
    new = made(alice)
    path = f"{PATH}/{new['id']}"
    assert alice.post(f"{path}/rotate").status_int == 200
    with Reading(any_instance.runtime.database) as view:
        of_this = f"select id from subscription_keys where subscription_id = '{new['id']}'"  # noqa: S608
        keys = view.connection.exec_driver_sql(of_this).scalars().all()
    assert len(keys) == 2
    assert alice.delete(path).status_int == 204
    assert alice.get(path).status_int == 404
    listed = ", ".join(f"'{key}'" for key in keys)
    with Reading(any_instance.runtime.database) as view:
        for sql in (
            of_this,
            f"select id from sealed_values where id in ({listed})",  # noqa: S608
            f"select id from tasks where entity_id = '{new['id']}'",  # noqa: S608
        ):
            assert view.connection.exec_driver_sql(sql).all() == []


def test_a_key_is_not_replaced_without_end(alice: Caller) -> None:
    path = f"{PATH}/{made(alice)['id']}/rotate"
    secrets = [alice.post(path).json["result"][0]["secret"] for _ in range(4)]
    assert len(set(secrets)) == 4
    assert alice.post(path).status_int == 409


@dataclass(frozen=True)
class Cost:
    """A request, and what it may cost at most."""

    method: str
    path: str
    reads: int
    writes: int = 0
    json: object = None


def test_what_a_route_costs(caller: Caller, instance: Instance) -> None:
    """The task that is owed is some of it."""
    made(caller)
    path = f"{PATH}/{made(caller)['id']}"
    caller.call("PUT", path, json={"status": "PAUSED"})
    costs = (
        Cost("GET", PATH, 1),
        Cost("GET", path, 1),
        Cost("POST", PATH, 5, 5, {"target": TARGET}),
        Cost("PUT", path, 6, 2, {"status": "ACTIVE"}),
        Cost("POST", f"{path}/replay", 7, 3, {"since": now(caller)}),
        Cost("POST", f"{path}/rotate", 2, 3),
        Cost("DELETE", path, 3, 4),
    )
    for cost in costs:
        with counted(instance.runtime.database) as statements:
            answer = caller.call(cost.method, cost.path, **({} if cost.json is None else {"json": cost.json}))
        assert answer.status_int < 300, (cost, answer.json)
        found = (len(statements.reads), len(statements.writes), statements.commits)
        most = (cost.reads, cost.writes, int(cost.writes > 0))
        assert all(one <= bound for one, bound in zip(found, most, strict=True)), (cost, found, statements)
