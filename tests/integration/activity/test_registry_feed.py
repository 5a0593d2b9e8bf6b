"""The registry in the feed: whose rows a caller sees, in each form, as his rights change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from barbican_like.activity.registry.applying import Change, apply
from barbican_like.activity.registry.telling import Cause
from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support import registry as things
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.feed import ask, changes, now, told
from tests.support.live import Client, Live, gateway_of, meanwhile
from tests.support.registry import ALICE, BOB, CAROL, NODE, PROJECT, ROOT, SLICE, UP, UPMC, user
from tests.support.statements import counted

DAN = user("dan", "onelab:up")


@pytest.fixture(scope="module")
def registry_live(new_instance: Callable[..., Instance]) -> Iterator[Live]:
    """An application and a gateway with the things of the support module, a lease, and Dan of UP."""
    instance = new_instance()
    things.settle(instance.runtime.database)
    with UnitOfWork(instance.runtime.database) as uow:
        things.make_user(uow.of(RegistryRepo), "dan", UP)
        uow.commit()
    with gateway_of(instance) as found:
        yield found


def by(live: Live, user_id: str, *roles: str) -> Caller:
    return live.caller(X_User_Id=user_id, X_Roles=",".join(roles or ("member",)))


def do(live: Live, action: Action, thing_type: ThingType, thing_id: str, **data: Any) -> None:
    """As the event's handler does."""
    change = Change(
        action=action, type=thing_type, id=thing_id, data=data, cause=Cause(event_id="e-1", actor=CAROL)
    )
    with UnitOfWork(live.instance.runtime.database) as uow:
        apply(uow.of(RegistryRepo), change, uow.tell)
        uow.commit()


def touch(live: Live, thing_type: ThingType, thing_id: str, label: str) -> None:
    do(live, Action.UPDATE, thing_type, thing_id, label=label)


def test_a_change_is_told_with_its_event_and_without_addresses(registry_live: Live) -> None:
    carol = by(registry_live, CAROL)
    start = now(carol)
    do(registry_live, Action.UPDATE, ThingType.USER, ALICE, bio="k4n4ry", email="k5n5ry@example.org")
    answer = ask(carol, since=start)
    (envelope,) = answer.json["result"]
    assert (envelope["type"], envelope["subject"]) == ("barbican.user.updated", f"USER/{ALICE}")
    data = envelope["data"]
    assert {name: data[name] for name in ("name", "object", "op", "what", "actor", "event_id")} == {
        "name": "users",
        "object": {"type": "USER", "id": ALICE},
        "op": "updated",
        "what": None,
        "actor": CAROL,
        "event_id": "e-1",
    }
    assert (data["old_status"], data["new_status"], data["project_id"]) == ("ACTIVE", "ACTIVE", None)
    assert data["snapshot"]["bio"] == "k4n4ry"
    assert "k5n5ry" not in answer.text
    assert "alice-login" not in answer.text


@pytest.mark.parametrize(
    ("user_id", "roles", "seen"),
    [
        ("root", ("admin",), {"users", "authorities", "resources", "projects", "slices"}),
        (CAROL, ("member",), {"users", "authorities", "resources", "projects", "slices"}),
        ("alice-login", ("member",), {"users", "authorities", "resources", "projects", "slices"}),
        (BOB, ("member",), {"users", "authorities", "resources", "slices"}),
        (DAN, ("member",), {"users", "authorities", "resources"}),
        ("stranger", ("nothing",), {"users", "authorities", "resources"}),
    ],
)
def test_projects_and_slices_are_told_to_members_pis_over_them_and_admins(
    registry_live: Live, user_id: str, roles: tuple[str, ...], seen: set[str]
) -> None:
    """In rows, and among the objects that are there; the rest is told to every caller."""
    caller = by(registry_live, user_id, *roles)
    start = now(caller)
    for thing_type, thing_id in (
        (ThingType.AUTHORITY, UPMC),
        (ThingType.RESOURCE, NODE),
        (ThingType.USER, BOB),
    ):
        name = {"first_name": user_id} if thing_type is ThingType.USER else {"name": user_id}
        do(registry_live, Action.UPDATE, thing_type, thing_id, **name)
    for thing_type, thing_id in ((ThingType.PROJECT, PROJECT), (ThingType.SLICE, SLICE)):
        touch(registry_live, thing_type, thing_id, user_id)
    assert {name for name, _, _ in told(caller, since=start)} == seen
    names = ["users", "authorities", "projects", "slices", "resources", "leases"]
    initial = ask(caller, include_initial="true", filter={"name": names}).json["initial"]
    assert {one["data"]["name"] for one in initial} == seen | {"leases"}
    assert {one["data"]["op"] for one in initial} == {"initial"}


def test_an_initial_user_is_told_as_a_row_tells_him(registry_live: Live) -> None:
    carol = by(registry_live, CAROL)
    start = now(carol)
    do(registry_live, Action.UPDATE, ThingType.USER, ALICE, bio="told twice")
    (row,) = changes(carol, since=start)
    wanted = {"name": ["users"], "id": [ALICE]}
    (state,) = ask(carol, include_initial="true", filter=wanted).json["initial"]
    assert state["data"]["snapshot"] == row["snapshot"]


def test_a_read_of_the_feed_looks_for_the_caller_once(registry_live: Live) -> None:
    """However many rows there are."""
    bob = by(registry_live, BOB)
    start = now(bob)
    for number in range(20):
        touch(registry_live, ThingType.SLICE, SLICE, str(number))
        touch(registry_live, ThingType.PROJECT, PROJECT, str(number))
    with counted(registry_live.instance.runtime.database) as statements:
        assert len(ask(bob, since=start).json["result"]) == 20
    assert len(statements.reads) <= 5, statements.reads


def test_who_becomes_a_pi_sees_the_next_row_and_who_is_none_any_more_does_not(
    registry_live: Live,
) -> None:
    """On a websocket that stays open: in the order of the rows, whoever reads."""
    live, dan = registry_live, by(registry_live, DAN)

    def rename(*labels: str) -> None:
        for label in labels:
            if label in {"ADD", "REMOVE"}:
                do(live, Action(label), ThingType.AUTHORITY, ROOT, type="PI", values=[DAN])
            else:
                touch(live, ThingType.PROJECT, PROJECT, label)

    async def follow(client: Client) -> list[str]:
        async with client.socket() as socket:
            await socket.ask("watch", object="projects")
            await meanwhile(rename, "hidden", "ADD", "first", "second", "REMOVE", "secret", "ADD", "last")
            found: list[str] = []
            while "last" not in found:
                found.append((await socket.next())["data"]["snapshot"]["label"])
            return found

    assert live.talk(dan, follow) == ["first", "second", "last"]
    rename("REMOVE")


def test_a_login_that_is_given_lets_an_open_stream_see_what_its_user_may(registry_live: Live) -> None:
    live = registry_live
    newcomer = by(live, "new-login")

    def give() -> None:
        touch(live, ThingType.SLICE, SLICE, "before")
        do(live, Action.UPDATE, ThingType.USER, BOB, login="new-login")
        touch(live, ThingType.SLICE, SLICE, "after")

    async def follow(client: Client) -> dict[str, Any]:
        async with client.socket() as socket:
            await socket.ask("watch", object="slices")
            await meanwhile(give)
            return await socket.next()

    assert live.talk(newcomer, follow)["data"]["snapshot"]["label"] == "after"
    do(live, Action.UPDATE, ThingType.USER, BOB, login=None)


def test_the_gateway_counts_what_the_caller_sees(registry_live: Live) -> None:
    async def count(client: Client) -> list[int]:
        async with client.socket() as socket:
            counts = [await socket.ask("count", object=name) for name in ("users", "projects", "slices")]
            return [one["result"]["count"] for one in counts]

    assert registry_live.talk(by(registry_live, BOB), count) == [4, 0, 1]
    assert registry_live.talk(by(registry_live, CAROL), count) == [4, 1, 1]


def test_whom_the_rule_lets_not_read_the_registry_has_none_of_it_in_the_feed(
    new_instance: Callable[..., Instance], tmp_path: Path
) -> None:
    (tmp_path / "policy.yaml").write_text('"registry:get": "role:surveyor"\n')
    instance = new_instance(f"[oslo_policy]\npolicy_file = {tmp_path / 'policy.yaml'}")
    things.settle(instance.runtime.database)

    async def counted(client: Client) -> int:
        async with client.socket() as socket:
            return int((await socket.ask("count", object="slices"))["result"]["count"])

    with gateway_of(instance) as live:
        touch(live, ThingType.SLICE, SLICE, "told")
        for roles, reads in ((("member",), False), (("surveyor",), True), (("admin",), False)):
            caller = by(live, CAROL, *roles)
            assert caller.get("/api/v1/users").status_int == (200 if reads else 403)
            assert bool(told(caller, since=0)) is reads
            wanted = {"name": ["users", "slices"]}
            assert bool(ask(caller, include_initial="true", filter=wanted).json["initial"]) is reads
            assert live.talk(caller, counted) == int(reads)
