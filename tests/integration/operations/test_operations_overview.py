"""``/operations/v1/overview``: how the whole program is, in one answer."""

from __future__ import annotations

from typing import Any

from barbican_like.common import clock
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.provider import until
from tests.support.tasks import add_task, open_task, set_task

ROOT = "/operations/v1/overview"


def numbers(caller: Caller) -> dict[str, dict[str | None, int]]:
    """How many there are, by sort and status."""
    objects = caller.get(ROOT).json["objects"]
    return {sort: {one["status"]: one["number"] for one in found} for sort, found in objects.items()}


def test_it_counts_what_there_is_of_all_projects(instance: Instance) -> None:
    """Within ten seconds, however dear it is to count."""
    admin = instance.caller()
    before = numbers(admin)
    for caller in (instance.caller(), instance.caller()):
        caller.new_secret()
        caller.post("/v1/containers", {"type": "generic"})
        caller.new_order()
    until(lambda: numbers(admin)["secrets"][None] == before["secrets"][None] + 2)
    after = numbers(admin)
    assert after["containers"][None] == before["containers"][None] + 2
    assert after["orders"]["PENDING"] == before["orders"]["PENDING"] + 2


def test_the_oldest_unfinished_order_has_an_age(admin: Caller) -> None:
    admin.new_order()
    until(lambda: pending(admin)["oldest"] is not None)
    assert pending(admin)["oldest"] <= clock.now().isoformat()
    assert 0 <= pending(admin)["oldest_seconds"] < 600


def pending(admin: Caller) -> dict[str, Any]:
    orders = admin.get(ROOT).json["objects"]["orders"]
    return next(one for one in orders if one["status"] == "PENDING")


def test_what_has_failed_wants_attention_with_its_reason(instance: Instance, admin: Caller) -> None:
    order = admin.new_order().rpartition("/")[2]
    with UnitOfWork(instance.runtime.database) as uow:
        uow.orders.fail(order, status_code="500", reason="the token is gone")
        uow.commit()
    entity = add_task(instance.runtime.database, project_id=admin.project_id)
    set_task(instance.runtime.database, entity, status=TaskStatus.DEAD, last_error="TokenGone")
    task_id = open_task(instance.runtime.database, entity).id
    until(lambda: ("tasks", task_id) in attention(admin))
    found = attention(admin)
    assert found["orders", order]["reason"] == "the token is gone"
    assert found["orders", order]["project_id"] == admin.project_id
    assert "TokenGone" in found["tasks", task_id]["reason"]
    since = [one["since"] for one in found.values()]
    assert since == sorted(since, reverse=True)


def attention(admin: Caller) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["object"], one["id"]): one for one in admin.get(ROOT).json["attention"]}


def test_without_a_supervisor_there_are_no_processes(admin: Caller) -> None:
    answer = admin.get(ROOT).json
    assert (answer["state"], answer["processes"], answer["started"]) == ("unsupervised", [], None)
    assert answer["version"]
    assert answer["last_change"] >= 0
