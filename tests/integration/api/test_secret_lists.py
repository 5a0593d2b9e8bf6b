"""GET /v1/secrets: every filter, every order, every date condition, on every database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus, urlencode

import pytest

from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.entities import a_secret

_DAY = timedelta(days=1)
_FIRST = datetime(2024, 5, 1, 12, 0, 0, 250_000)  # noqa: DTZ001  the database's times are naive UTC
_FUTURE = datetime(2999, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True)
class Listed:
    """A project with known secrets."""

    caller: Caller

    def names(self, **query: str) -> list[str | None]:
        """The names on the page, in its order."""
        page = self.caller.get(f"/v1/secrets?{urlencode(query)}")
        assert page.status_int == 200, page
        assert page.json["total"] == len(page.json["secrets"])
        return [item["name"] for item in page.json["secrets"]]

    def status(self, **query: str) -> int:
        """How the server answers."""
        return int(self.caller.get(f"/v1/secrets?{urlencode(query)}").status_int)


@pytest.fixture(scope="module")
def listed(any_instance: Instance) -> Listed:
    """Four secrets, a day apart, none like another; and one of somebody else."""
    caller = any_instance.caller()
    rows = [
        {"name": "alpha", "algorithm": "aes", "mode": "cbc", "bit_length": 256, "secret_type": "symmetric"},
        {"name": "beta_1", "algorithm": "AES", "mode": "gcm", "bit_length": 128, "secret_type": "opaque"},
        {"name": "be%ta", "algorithm": "rsa", "mode": None, "bit_length": 2048, "secret_type": "private"},
        {"name": "d\\\xe9lta", "algorithm": None, "mode": "xts", "bit_length": None, "secret_type": "public"},
    ]
    with UnitOfWork(any_instance.runtime.database) as uow:
        project = uow.projects.find_or_create(caller.project_id)
        for number, fields in enumerate(rows):
            secret = a_secret(
                **fields,
                project_id=caller.project_id,
                created_at=_FIRST + number * _DAY,
                updated_at=_FIRST + (10 - number) * _DAY,
                expiration=None if number == 0 else _FUTURE + number * _DAY,
            )
            uow.secrets.add(secret, project)
        uow.commit()
    any_instance.caller().new_secret(name="alpha")
    return Listed(caller)


_ALL = ["alpha", "beta_1", "be%ta", "d\\\xe9lta"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, _ALL),
        ({"name": "alpha"}, ["alpha"]),
        ({"name": "ALPHA"}, []),
        ({"name": "alph"}, []),
        ({"name": "al%"}, ["alpha"]),
        ({"name": "%"}, _ALL),
        ({"name": "be_ta"}, []),
        ({"name": "b%"}, ["beta_1", "be%ta"]),
        ({"name": "beta_1"}, ["beta_1"]),
        ({"name": "d\\\xe9lta"}, ["d\\\xe9lta"]),
        ({"name": "d%\xe9%"}, ["d\\\xe9lta"]),
        ({"name": "d\\%"}, ["d\\\xe9lta"]),
        ({"name": quote("d\\\xe9lta")}, ["d\\\xe9lta"]),
        ({"name": ""}, _ALL),
        ({"name": "alpha "}, []),
        ({"name": "' or 1=1 --"}, []),
        ({"alg": "aes"}, ["alpha"]),
        ({"alg": "A%"}, ["beta_1"]),
        ({"alg": "%s%"}, ["alpha", "be%ta"]),
        ({"mode": "cbc"}, ["alpha"]),
        ({"mode": "%c%"}, ["alpha", "beta_1"]),
        ({"bits": "128"}, ["beta_1"]),
        ({"bits": "129"}, []),
        ({"bits": "0"}, []),
        ({"bits": "-1"}, []),
        ({"bits": "9" * 30}, []),
        ({"bits": "many"}, _ALL),
        ({"bits": ""}, _ALL),
        ({"secret_type": "private"}, ["be%ta"]),
        ({"secret_type": "p%"}, []),
        ({"acl_only": "true"}, []),
        ({"acl_only": "TRUE"}, []),
        ({"acl_only": "false"}, _ALL),
        ({"acl_only": "x"}, _ALL),
        ({"alg": "%", "mode": "%", "bits": "256", "secret_type": "symmetric", "name": "%"}, ["alpha"]),
        ({"alg": "aes", "mode": "gcm"}, []),
        ({"unknown": "x"}, _ALL),
    ],
    ids=lambda value: urlencode(value) if isinstance(value, dict) else "",
)
def test_a_filter_narrows_the_list(listed: Listed, query: dict[str, str], names: list[str]) -> None:
    assert listed.names(**query) == names


@pytest.mark.parametrize("name", ["alg", "mode", "secret_type", "sort", "created", "updated", "expiration"])
def test_a_filter_without_a_value_is_none(listed: Listed, name: str) -> None:
    """Clients send every filter that they have, the empty ones too."""
    assert listed.names(**{name: ""}) == _ALL


@pytest.mark.parametrize("encode", [str, quote, quote_plus], ids=["once", "twice", "twice, as in a form"])
@pytest.mark.parametrize("name", ["c++", "a b", "a%20b"])
def test_a_name_is_found_by_clients_that_encode_once_and_twice(
    any_caller: Caller, name: str, encode: Callable[[str], str]
) -> None:
    for each in ("c++", "a b", "a%20b", "other"):
        any_caller.new_secret(name=each)
    query = urlencode({"name": encode(name)})
    found = [secret["name"] for secret in any_caller.get(f"/v1/secrets?{query}").json["secrets"]]
    assert name in found
    # Nothing tells a name from the percent-encoding of another: `a%20b` may be meant as either.
    assert set(found) <= ({"a b", "a%20b"} if " " in name or "%" in name else {name})


def _at(days: int, microseconds: int = 0) -> str:
    return (_FIRST + timedelta(days=days, microseconds=microseconds)).isoformat()


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (_at(1), _ALL[1:2]),
        (_at(1, 1), []),
        (f"gt:{_at(1)}", _ALL[2:]),
        (f"gt:{_at(1, -1)}", _ALL[1:]),
        (f"gte:{_at(1)}", _ALL[1:]),
        (f"gte:{_at(1, 1)}", _ALL[2:]),
        (f"lt:{_at(1)}", _ALL[:1]),
        (f"lt:{_at(1, 1)}", _ALL[:2]),
        (f"lte:{_at(1)}", _ALL[:2]),
        (f"lte:{_at(1, -1)}", _ALL[:1]),
        (f"gt:{_at(0)},lt:{_at(3)}", _ALL[1:3]),
        (f"gte:{_at(0)} , lte:{_at(3)}", _ALL),
        (f"gt:{_at(0)},lte:{_at(3)}", _ALL[1:]),
        (f"gt:{_at(2)},lt:{_at(2)}", []),
        (f"{_at(1)},gt:{_at(0)}", _ALL[1:2]),
        ("gt:2024-05-02", _ALL[1:]),
        ("2024-05-02T12:00:00.250Z", _ALL[1:2]),
        ("2024-05-02T14:00:00.250+02:00", _ALL[1:2]),
        ("2024-05-02T07:00:00.250-05:00", _ALL[1:2]),
    ],
)
def test_a_date_condition_narrows_the_list(listed: Listed, condition: str, names: list[str]) -> None:
    assert listed.names(created=condition) == names


def test_an_offset_may_come_with_a_bare_plus_sign(listed: Listed) -> None:
    """An unescaped + of a query string arrives as a blank."""
    page = listed.caller.get("/v1/secrets?created=2024-05-02T14:00:00.250+02:00").json
    assert [item["name"] for item in page["secrets"]] == ["beta_1"]


def test_updated_and_expiration_are_filtered_alike(listed: Listed) -> None:
    assert listed.names(updated=f"gte:{_at(9)}") == _ALL[:2]
    assert listed.names(expiration="gt:2999-01-02") == _ALL[2:]
    assert listed.names(expiration="lt:3999-01-01") == _ALL[1:]
    assert (
        listed.names(created=f"gt:{_at(0)}", updated=f"gt:{_at(7)}", expiration="lte:2999-01-03")
        == (_ALL[1:3])
    )


@pytest.mark.parametrize(
    "condition",
    [
        *(",", "x", "-1", "1714564800", "99999-01-01", "2024-13-01", "2024-05-01T25:00"),
        *("gt", "gt:", "gt:x", "GT:2024-05-01", "eq:2024-05-01", "ne:2024-05-01", "gt:gt:2024-05-01"),
        *("gt:2024-05-01,", "0001-01-01T00:00+23:59"),  # the last one lies before the year 1 in UTC
        *("gt:2024-05-01,gt:2024-05-02", "2024-05-01,2024-05-02"),
        *("gt:2024-05-01,gte:2024-05-01", "lt:2024-05-01,lte:2024-05-01"),
        *("2024-05-01,gte:2024-05-01", "2024-05-01,lte:2024-05-01"),
    ],
)
@pytest.mark.parametrize("field", ["created", "updated", "expiration"])
def test_a_bad_date_condition_is_400(listed: Listed, field: str, condition: str) -> None:
    assert listed.status(**{field: condition}) == 400


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", [0, 2, 1, 3]),
        ("name:asc", [0, 2, 1, 3]),
        ("name:desc", [3, 1, 2, 0]),
        ("created", [0, 1, 2, 3]),
        ("created:desc", [3, 2, 1, 0]),
        ("updated", [3, 2, 1, 0]),
        ("bit_length", [3, 1, 0, 2]),
        ("bit_length:desc", [2, 0, 1, 3]),
        ("expiration", [0, 1, 2, 3]),
        ("expiration:desc", [3, 2, 1, 0]),
        ("algorithm", [3, 1, 0, 2]),
        ("mode:desc", [3, 1, 0, 2]),
        ("secret_type", [1, 2, 3, 0]),
        ("secret_type:desc,name", [0, 3, 2, 1]),
        (" name : desc", None),
        (" name:desc , created ", [3, 1, 2, 0]),
    ],
)
def test_a_list_is_sorted(listed: Listed, sort: str, order: list[int] | None) -> None:
    if order is None:
        assert listed.status(sort=sort) == 400
    else:
        assert listed.names(sort=sort) == [_ALL[number] for number in order]


def test_sorting_by_status_is_stable(listed: Listed) -> None:
    assert listed.names(sort="status") == listed.names(sort="status")
    assert sorted(map(str, listed.names(sort="status"))) == sorted(_ALL)


@pytest.mark.parametrize(
    "sort", ["x", "id", "name:", "name:up", "name,name", "name,name:desc", "name,", "created_at", "Name"]
)
def test_a_bad_order_is_400(listed: Listed, sort: str) -> None:
    assert listed.status(sort=sort) == 400


def test_the_default_order_is_by_age_then_id(any_instance: Instance) -> None:
    """Secrets of one moment come by their ids, so that pages never overlap."""
    caller = any_instance.caller()
    with UnitOfWork(any_instance.runtime.database) as uow:
        project = uow.projects.find_or_create(caller.project_id)
        made = [a_secret(project_id=caller.project_id, created_at=_FIRST) for _ in range(7)]
        for secret in made:
            uow.secrets.add(secret, project)
        uow.commit()
    ids: list[str] = []
    for offset in (0, 3, 6):
        page = caller.get(f"/v1/secrets?limit=3&offset={offset}").json
        ids += [item["secret_ref"].rpartition("/")[2] for item in page["secrets"]]
    assert ids == sorted(secret.id for secret in made)


def test_consumers_do_not_change_what_a_page_holds(any_caller: Caller) -> None:
    """A secret with many consumers is one item of the list."""
    paths = [any_caller.new_secret(name=f"s{number}") for number in range(4)]
    for number in range(5):
        consumer = {"service": "s", "resource_type": "t", "resource_id": f"i{number}"}
        any_caller.post(f"{paths[1]}/consumers", consumer)
    page = any_caller.get("/v1/secrets?limit=3", version="1.1").json
    assert [len(item["consumers"]) for item in page["secrets"]] == [0, 5, 0]
    assert [item["name"] for item in page["secrets"]] == ["s0", "s1", "s2"]
    assert page["total"] == 4
