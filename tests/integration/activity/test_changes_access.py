"""Whose changes a caller sees: those of the objects that he may GET, in every form, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.feed import ask, changes, now

_ROLES = ("admin", "member", "reader", "creator", "observer", "audit", "nothing")
_ACLS: tuple[Any, ...] = (
    None,
    {"users": []},
    {"users": ["bob"]},
    {"users": [], "project-access": False},
    {"users": ["bob"], "project-access": False},
    {"users": ["bob", "carol"], "project-access": False},
)
DEFAULTS = "[oslo_policy]\nenforce_new_defaults = {}"


@dataclass(frozen=True)
class Things:
    """Objects of a project, an ACL of each kind on each."""

    paths: tuple[str, ...]
    place: int  # in the feed, before them


def made(instance: Instance, project: str) -> Things:
    """One secret and one container with each ACL, and an order."""
    owner = instance.caller(project, X_User_Id="alice", X_Roles="admin,member,creator")
    place, paths = now(owner), []
    for acl in _ACLS:
        container = owner.post("/v1/containers", {"type": "generic", "name": "c"}).json["container_ref"]
        for path in (owner.new_secret(name="s"), container.removeprefix("http://localhost:9311")):
            if acl is not None:
                assert owner.call("PUT", f"{path}/acl", json={"read": acl}).status_int == 200
                assert owner.call("PATCH", f"{path}/acl", json={"read": acl}).status_int == 200
            paths.append(path)
    order = owner.new_order()
    instance.orders_done.wait_for(id_of(order))
    return Things((*paths, order), place)


def seen(caller: Caller, things: Things, **wanted: Any) -> set[str]:
    """The ids of those whose last row the caller sees: earlier ones are of another ACL."""
    mine = {id_of(path) for path in things.paths}
    last: dict[str, int] = {}
    for data in changes(caller, since=things.place, **wanted):
        last[data["object"]["id"]] = data["seq"]
    return {entity for entity in last if entity in mine}


@pytest.mark.parametrize("defaults", ["true", "false"])
def test_the_feed_shows_what_a_get_shows(new_instance: Any, defaults: str) -> None:
    """Callers of two projects, three users, seven roles; objects with six ACLs; three forms of the feed."""
    instance = new_instance(DEFAULTS.format(defaults))
    things = made(instance, "mine")
    made(instance, "other")
    compared = 0
    for project, user, role in product(("mine", "other"), ("alice", "bob", "dave"), _ROLES):
        caller = instance.caller(project, X_User_Id=user, X_Roles=role)
        may = {id_of(path) for path in things.paths if caller.get(path).status_int == 200}
        who = (project, user, role)
        closed = [path for path in things.paths if id_of(path) not in may]
        for form in ("normal", "longpoll"):
            shown = seen(caller, things, feed=form)
            assert may <= shown, who
            # The rows of before an ACL closed an object are judged by the ACL of then, which was none.
            rows = changes(caller, since=things.place, feed=form)
            latest = {data["object"]["id"]: data["what"] for data in rows}
            assert {latest.get(id_of(path)) for path in closed} <= {None}, who
        initial = ask(caller, include_initial="true").json["initial"]
        found = {item["data"]["object"]["id"] for item in initial}
        assert found & {id_of(path) for path in things.paths} == may, who
        compared += 1
    assert compared == 42


def test_another_projects_changes_never_appear(any_instance: Instance) -> None:
    """Whatever the filter names."""
    owner, stranger = any_instance.caller(X_User_Id="alice"), any_instance.caller(X_User_Id="mallory")
    path = owner.new_secret(name="x", payload="x", payload_content_type="text/plain")
    owner.delete(path)
    order = owner.new_order()
    any_instance.orders_done.wait_for(id_of(order))
    for wanted in (
        {},
        {"id": [id_of(path), id_of(order)]},
        {"actor": ["alice"]},
        {"object": ["SECRET", "ORDER"]},
    ):
        assert changes(stranger, filter=wanted) == []
        assert ask(stranger, include_initial="true", filter=wanted).json["initial"] == []


def test_a_user_without_an_id_is_nobodys_creator_or_reader(any_instance: Instance) -> None:
    owner = any_instance.caller()
    path = owner.new_secret(name="x")
    owner.call("PUT", f"{path}/acl", json={"read": {"users": ["None", "null"], "project-access": False}})
    nobody = any_instance.caller(owner.project_id, X_Roles="member")
    assert nobody.get(path).status_int == 403
    assert [data["what"] for data in changes(nobody)] == [None]
