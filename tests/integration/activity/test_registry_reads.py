"""GET of the registry: what is in an answer, who sees what, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest

from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.openapi import deviations, operation_at
from tests.support.registry import (
    ALICE,
    BOB,
    CAROL,
    NODE,
    OTHER_NODE,
    PROJECT,
    ROOT,
    SLICE,
    UP,
    UPMC,
    make_lease,
    make_user,
    populate,
    user,
)
from tests.support.statements import counted

API = "/api/v1"
DAN = user("dan", "onelab:up")
DANS = "dän@example.org"


@pytest.fixture(scope="module")
def leases() -> list[str]:
    """The ids of the two leases, the earlier one first."""
    return []


@pytest.fixture(scope="module")
def registry(new_instance: Callable[..., Instance], leases: list[str]) -> Instance:
    """An application with the things of the support module, two leases, and Dan, who is in nothing."""
    instance = new_instance()
    with UnitOfWork(instance.runtime.database) as uow:
        kept = uow.of(RegistryRepo)
        populate(kept)
        make_user(kept, "dan", UP, email=DANS, shortname="dan")
        leases += [make_lease(kept, start, start + 100).id for start in (1_000, 2_000)]
        uow.commit()
    return instance


def by(registry: Instance, user_id: str | None, *roles: str) -> Caller:
    headers = {"X_Roles": ",".join(roles or ("member",))}
    return registry.caller(**headers | ({} if user_id is None else {"X_User_Id": user_id}))


def get(caller: Caller, path: str, **query: Any) -> Any:
    """The result of a GET, held against the document."""
    words = {name: orjson.dumps(one).decode() if name == "filter" else one for name, one in query.items()}
    address = f"{API}/{path}" + (f"?{urlencode(words)}" if words else "")
    answer = caller.get(address)
    template = operation_at("GET", address)
    assert template is not None
    assert deviations("GET", template, answer) == []
    return answer.json["result"] if answer.status_int == 200 else answer.status_int


def ids(caller: Caller, path: str, **query: Any) -> Any:
    found = get(caller, path, **query)
    return [one["id"] for one in found] if isinstance(found, list) else found


def test_a_user_is_shown_with_all_that_is_his(registry: Instance) -> None:
    (alice,) = get(by(registry, ALICE), f"users/{quote(ALICE)}")
    times = {"created": alice.pop("created"), "updated": alice.pop("updated")}
    assert all(time.endswith("Z") for time in times.values())
    assert alice == {
        "id": ALICE,
        "hrn": "onelab.upmc.alice",
        "authority": UPMC,
        "first_name": "Alice",
        "last_name": "X",
        "email": "alice@example.org",
        "shortname": "alice",
        "login": "alice-login",
        "bio": None,
        "url": None,
        "terms": None,
        "keys": ["ssh-ed25519 AAAA alice"],
        "projects": [PROJECT],
        "slices": [SLICE],
        "pi_authorities": [],
        "status": "ACTIVE",
    }


@pytest.mark.parametrize(
    ("thing", "names"),
    [
        (f"authorities/{UPMC}", {"name", "shortname", "authority", "pi_users", "users", "projects"}),
        (
            f"projects/{PROJECT}",
            {"name", "description", "authority", "shortname", "label", "url", "pi_users", "users", "slices"},
        ),
        (
            f"slices/{SLICE}",
            {"project", "shortname", "name", "label", "users", "resources", "authority", "leases"},
        ),
        (f"resources/{NODE}", {"authority", "name", "shortname", "type", "available"}),
    ],
)
def test_each_thing_has_the_properties_of_the_table(registry: Instance, thing: str, names: set[str]) -> None:
    (found,) = get(by(registry, "root", "admin"), quote(thing))
    assert found.keys() == names | {"id", "hrn", "status", "created", "updated"}


def test_a_lease_has_all_three_times(registry: Instance, leases: list[str]) -> None:
    (lease,) = get(by(registry, DAN), f"leases/{leases[0]}")
    times = (lease["start_time"], lease["duration"], lease["end_time"])
    assert (times, lease["slice_id"], lease["resources"]) == ((1_000, 100, 1_100), SLICE, [NODE])


def test_a_name_in_a_path_may_be_percent_encoded_wholly_or_not_at_all(registry: Instance) -> None:
    admin = by(registry, "root", "admin")
    for spelling in (ALICE, quote(ALICE, safe=""), quote(ALICE, safe="+:")):
        assert ids(admin, f"users/{spelling}") == [ALICE]


@pytest.mark.parametrize(
    ("user_id", "roles", "sees_private", "sees_project", "sees_slice"),
    [
        ("root", ("admin",), True, True, True),
        (ALICE, ("member",), True, True, True),
        ("alice-login", ("member",), True, True, True),
        (CAROL, ("member",), True, True, True),
        (BOB, ("member",), False, False, True),
        (DAN, ("member",), False, False, False),
        ("stranger", ("member",), False, False, False),
        (None, ("member",), False, False, False),
    ],
)
def test_who_sees_what(
    registry: Instance,
    user_id: str | None,
    roles: tuple[str, ...],
    sees_private: bool,
    sees_project: bool,
    sees_slice: bool,
) -> None:
    """Alice's address, the project of which she is PI, and the slice in which Bob is too."""
    caller = by(registry, user_id, *roles)
    (alice,) = get(caller, f"users/{ALICE}")
    listed = next(one for one in get(caller, "users") if one["id"] == ALICE)
    for shown in (alice, listed):
        assert ({"email", "login"} <= shown.keys(), {"email", "login"} & shown.keys() == set()) == (
            sees_private,
            not sees_private,
        )
    assert get(caller, "users/alice@example.org") == ([alice] if sees_private else 404)
    projects, slices = [PROJECT] if sees_project else [], [SLICE] if sees_slice else []
    assert (alice["projects"], alice["slices"]) == (projects, slices)
    assert ids(caller, f"projects/{PROJECT}") == (projects or 404)
    assert ids(caller, f"slices/{SLICE}") == (slices or 404)
    assert (ids(caller, "projects"), ids(caller, "slices")) == (projects, slices)
    assert ids(caller, f"projects/{PROJECT}/slices") == (slices if sees_project else 404)
    assert ids(caller, f"users/{ALICE}/projects") == projects
    assert ids(caller, f"authorities/{UPMC}/projects") == projects
    members = [ALICE] if sees_project else []
    assert ids(caller, "users", filter={"project": [PROJECT, UP]}) == members
    assert ids(caller, f"authorities/{UPMC}/users", filter={"project": [PROJECT]}) == members


def test_who_is_in_what_is_no_project_is_not_told(registry: Instance) -> None:
    """A filter by a project is about projects, also for who sees all."""
    for name in (ROOT, SLICE, user("nothing")):
        assert ids(by(registry, "root", "admin"), "users", filter={"project": [name]}) == []


def test_an_address_need_not_be_ascii(registry: Instance) -> None:
    assert ids(by(registry, "root", "admin"), f"users/{quote(DANS)}") == [DAN]


def test_all_else_is_read_by_every_caller(registry: Instance, leases: list[str]) -> None:
    caller = by(registry, None)
    assert ids(caller, "users") == [CAROL, DAN, ALICE, BOB]
    assert ids(caller, "authorities") == sorted([ROOT, UP, UPMC])
    assert ids(caller, "resources") == [NODE, OTHER_NODE]
    assert ids(caller, "leases") == sorted(leases)


def test_what_is_linked_is_listed(registry: Instance, leases: list[str]) -> None:
    caller = by(registry, CAROL)
    assert ids(caller, f"users/{ALICE}/authorities") == [UPMC]
    assert ids(caller, f"users/{CAROL}/authorities") == [ROOT]
    assert ids(caller, f"users/{BOB}/slices") == [SLICE]
    assert ids(caller, f"authorities/{UPMC}/users") == [ALICE, BOB]
    assert ids(caller, f"projects/{PROJECT}/users") == [ALICE]
    assert ids(caller, f"slices/{SLICE}/users") == [ALICE, BOB]
    assert ids(caller, f"slices/{SLICE}/resources") == [NODE]
    assert ids(caller, f"slices/{SLICE}/leases") == sorted(leases)
    assert ids(caller, f"resources/{NODE}/leases") == sorted(leases)
    assert ids(caller, f"resources/{OTHER_NODE}/leases") == []


def test_leases_are_those_that_lie_within_two_times(registry: Instance, leases: list[str]) -> None:
    caller = by(registry, DAN)
    first, second = leases
    assert ids(caller, "leases", timestamp_start=1_000, timestamp_end=1_100) == [first]
    assert ids(caller, "leases", timestamp_start=1_001) == [second]
    assert ids(caller, "leases", timestamp_end=2_099) == [first]
    assert ids(caller, f"slices/{SLICE}/leases", timestamp_start=1_001) == 404
    assert ids(caller, f"resources/{NODE}/leases", timestamp_start=1_001) == [second]


def test_a_list_is_read_a_page_at_a_time(registry: Instance) -> None:
    caller = by(registry, DAN)
    found, marker = [], ""
    while marker is not None:
        answer = caller.get(f"{API}/users?{urlencode({'limit': 3, 'marker': marker})}").json
        assert len(answer["result"]) <= 3
        found += [one["id"] for one in answer["result"]]
        marker = answer["next"]
    assert found == [CAROL, DAN, ALICE, BOB]


def test_a_list_is_filtered_by_any_value_of_each_key(registry: Instance) -> None:
    caller = by(registry, CAROL)
    assert ids(caller, "users", filter={"shortname": ["bob", "dan"]}) == [DAN, BOB]
    assert ids(caller, "users", filter={"shortname": ["bob", "dan"], "authority": [UP]}) == [DAN]
    assert ids(caller, "slices", filter={"project": [PROJECT], "status": ["ACTIVE"]}) == [SLICE]
    assert ids(caller, "slices", filter={"project": []}) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"offset": 1}, "offset"),
        ({"marker": "x" * 256}, "marker"),
        ({"filter": "{"}, "filter"),
        ({"filter": '{"name":["x"]}'}, "filter"),
        ({"filter": '{"status":"ACTIVE"}'}, "filter"),
        ({"filter": '{"status":[1]}'}, "filter"),
        ({"timestamp_start": 1}, "timestamp_start"),
    ],
)
def test_an_unusable_query_is_refused_by_name(registry: Instance, query: dict[str, Any], field: str) -> None:
    answer = by(registry, DAN).get(f"{API}/users?{urlencode(query)}")
    assert (answer.status_int, answer.json["field"]) == (400, field)


@pytest.mark.parametrize("time", ["-1", "x", "1.5", "9" * 30])
def test_an_unusable_time_is_refused_by_name(registry: Instance, time: str) -> None:
    answer = by(registry, DAN).get(f"{API}/leases?timestamp_end={time}")
    assert (answer.status_int, answer.json["field"]) == (400, "timestamp_end")


@pytest.mark.parametrize(
    "path",
    [
        f"users/{PROJECT}",
        f"users/{user('nobody')}",
        "users/nothing",
        "users/x%00y",
        "users/%C3%A4",
        "users/%FF",
        "users/nobody@example.org",
        "users/%FF@example.org",
        "users/@",
        f"authorities/{PROJECT}",
        f"projects/{UPMC}",
        f"leases/{SLICE}",
        "leases/2a549393-0710-444b-8aa5-84cf0f85ea79",
        "leases/2A549393-0710-444B-8AA5-84CF0F85EA79",
        f"slices/{SLICE}/projects",
        f"users/{user('nobody')}/slices",
    ],
)
def test_what_is_not_there_is_not_found(registry: Instance, path: str) -> None:
    assert by(registry, "root", "admin").get(f"{API}/{path}").status_int == 404


def test_the_profile_is_the_caller_by_id_or_by_login(registry: Instance) -> None:
    assert ids(by(registry, ALICE), "profile") == [ALICE]
    (alice,) = get(by(registry, "alice-login"), "profile")
    assert (alice["id"], alice["email"]) == (ALICE, "alice@example.org")
    assert get(by(registry, "stranger"), "profile") == 404
    assert get(by(registry, None), "profile") == 404
    assert get(by(registry, "root", "admin"), "profile") == 404


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("users", 7),
        (f"users/{BOB}", 7),
        (f"users/{ALICE}", 7),
        ("users/alice@example.org", 7),
        ("authorities", 5),
        (f"authorities/{UPMC}", 5),
        (f"authorities/{UPMC}/users", 8),
        ("projects", 5),
        (f"projects/{PROJECT}", 6),
        ("slices", 7),
        (f"slices/{SLICE}", 8),
        (f"slices/{SLICE}/leases", 9),
        ("resources", 4),
        (f"resources/{NODE}", 4),
        ("leases", 4),
        ("profile", 4),
    ],
)
def test_a_read_costs_so_many_statements_whatever_the_number_of_things(
    registry: Instance, path: str, most: int
) -> None:
    caller = by(registry, ALICE)
    with counted(registry.runtime.database) as statements:
        assert caller.get(f"{API}/{path}").status_int == 200
    assert len(statements.reads) <= most, statements.reads
    assert (statements.writes, statements.commits) == ([], 0)
