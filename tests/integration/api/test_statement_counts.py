"""How many SQL statements each route needs: the readable table below is the bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from barbican_like.api import routes
from tests.support.application import Instance
from tests.support.bad_input import filled
from tests.support.caller import Caller
from tests.support.route_things import (
    ADMIN,
    CONTAINER_CONSUMER,
    ONE_STORE_OFFERED,
    SECRET_CONSUMER,
    TEXT,
    make,
)
from tests.support.statements import Statements, counted

_ORDER = {"type": "key", "meta": {"algorithm": "aes", "bit_length": 256}}
_PAIR = {"type": "asymmetric", "meta": {"algorithm": "ec", "bit_length": 256, "passphrase": "x"}}
_REFERENCE = {"name": "new", "secret_ref": "http://localhost:9311/v1/secrets/{id}"}
_ACL = {"read": {"users": ["alice", "bob"], "project-access": False}}


@dataclass(frozen=True)
class Cost:
    """A request, and what it may cost at most."""

    request: str  # method and pattern, as in the route table; what follows a comma tells requests apart
    reads: int
    writes: int = 0
    commits: int = 0
    makes: str = ""  # what {id} is the id of
    json: object = None
    query: str = ""

    @property
    def route(self) -> str:
        """Method and pattern."""
        return self.request.partition(",")[0]


# Of what the feed tells, one of the writes is its row.
# A POST reads the project's quota first; a project's first write, a cold one, looks for the newest term too.
COSTS = [
    Cost("GET /v1/", 0),
    Cost("GET /v1/openapi.json", 0),
    Cost("GET /v1/secrets", 1),
    Cost("GET /v1/secrets, filtered", 1, query="?name=%25&alg=%25&created=gt:2020-01-01&sort=name:desc"),
    Cost("GET /v1/secrets, a full page", 2, makes="secret", query="?limit=1"),
    Cost("GET /v1/secrets, beyond the end", 2, query="?offset=100"),
    Cost("POST /v1/secrets, cold", 4, 5, 1, json=TEXT),
    Cost("POST /v1/secrets, warm", 1, 3, 1, json=TEXT),
    Cost("POST /v1/secrets, without a payload", 2, 2, 1, json={}),
    Cost("GET /v1/secrets/{id}", 1, makes="payload"),
    Cost("GET /v1/secrets/{id}, of old", 2, makes="payload"),
    Cost("PUT /v1/secrets/{id}", 1, 3, 1, makes="secret"),
    Cost("DELETE /v1/secrets/{id}", 1, 3, 1, makes="payload"),
    Cost("GET /v1/secrets/{id}/payload", 1, makes="payload"),
    Cost("GET /v1/secrets/{id}/consumers", 2, makes="consumed"),
    Cost("POST /v1/secrets/{id}/consumers", 4, 2, 1, makes="secret", json=SECRET_CONSUMER),
    Cost("DELETE /v1/secrets/{id}/consumers", 3, 2, 1, makes="consumed", json=SECRET_CONSUMER),
    Cost("GET /v1/secrets/{id}/metadata", 2, makes="described"),
    Cost(
        "PUT /v1/secrets/{id}/metadata", 2, 3, 1, makes="described", json={"metadata": {"a": "b", "c": "d"}}
    ),
    Cost("POST /v1/secrets/{id}/metadata", 1, 2, 1, makes="described", json={"key": "a", "value": "b"}),
    Cost("GET /v1/secrets/{id}/metadata/{id}", 2, makes="described"),
    Cost(
        "PUT /v1/secrets/{id}/metadata/{id}", 1, 2, 1, makes="described", json={"key": "{id}", "value": "b"}
    ),
    Cost(
        "POST /v1/secrets/{id}/metadata/{id}", 2, 2, 1, makes="described", json={"key": "{id}", "value": "b"}
    ),
    Cost("DELETE /v1/secrets/{id}/metadata/{id}", 1, 2, 1, makes="described"),
    Cost("GET /v1/secrets/{id}/acl", 2, makes="secret"),
    Cost("PUT /v1/secrets/{id}/acl", 2, 5, 1, makes="secret", json=_ACL),
    Cost("PATCH /v1/secrets/{id}/acl", 3, 5, 1, makes="secret", json=_ACL),
    Cost("DELETE /v1/secrets/{id}/acl", 1, 1, 1, makes="secret"),
    Cost("GET /v1/containers", 3, makes="container"),
    Cost(
        "POST /v1/containers", 3, 3, 1, makes="secret", json={"type": "generic", "secret_refs": [_REFERENCE]}
    ),
    Cost("GET /v1/containers/{id}", 2, makes="container"),
    Cost("DELETE /v1/containers/{id}", 2, 2, 1, makes="container"),
    Cost("POST /v1/containers/{id}/secrets", 7, 2, 1, makes="container", json=_REFERENCE),
    Cost("DELETE /v1/containers/{id}/secrets", 2, 2, 1, makes="container", json=_REFERENCE | {"name": "old"}),
    Cost("GET /v1/containers/{id}/consumers", 3, makes="container"),
    Cost(
        "POST /v1/containers/{id}/consumers",
        6,
        2,
        1,
        makes="container",
        json=CONTAINER_CONSUMER | {"name": "y"},
    ),
    Cost("DELETE /v1/containers/{id}/consumers", 5, 2, 1, makes="container", json=CONTAINER_CONSUMER),
    Cost("GET /v1/containers/{id}/acl", 3, makes="container"),
    Cost("PUT /v1/containers/{id}/acl", 3, 5, 1, makes="container", json=_ACL),
    Cost("PATCH /v1/containers/{id}/acl", 4, 5, 1, makes="container", json=_ACL),
    Cost("DELETE /v1/containers/{id}/acl", 2, 1, 1, makes="container"),
    Cost("GET /v1/orders", 1, makes="order"),
    Cost("POST /v1/orders", 3, 3, 1, json=_ORDER),
    Cost("POST /v1/orders, with a passphrase", 3, 5, 1, json=_PAIR),
    Cost("PUT /v1/orders", 0),
    Cost("GET /v1/orders/{id}", 1, makes="order"),
    Cost("DELETE /v1/orders/{id}", 2, 2, 1, makes="order"),
    Cost("GET /v1/quotas", 1),
    Cost("GET /v1/project-quotas", 2),
    Cost("GET /v1/project-quotas/{id}", 1, makes="quota"),
    Cost("PUT /v1/project-quotas/{id}", 1, 1, 1, makes="quota", json={"project_quotas": {"secrets": 6}}),
    Cost("DELETE /v1/project-quotas/{id}", 0, 1, 1, makes="quota"),
    Cost("GET /v1/transport_keys", 1),
    Cost("POST /v1/transport_keys", 0, 1, 1, json={"plugin_name": "x", "transport_key": "y"}),
    Cost("GET /v1/transport_keys/{id}", 1, makes="transport key"),
    Cost("DELETE /v1/transport_keys/{id}", 1, 1, 1, makes="transport key"),
]

# There only where the configuration offers secret stores.
STORE_COSTS = [
    Cost("GET /v1/secret-stores", 1),
    Cost("GET /v1/secret-stores/global-default", 1),
    Cost("GET /v1/secret-stores/preferred", 1, makes="preferred store"),
    Cost("GET /v1/secret-stores/{id}", 1, makes="store"),
    # Where the payload is already: that is looked at under a lock.
    Cost("PUT /v1/secrets/{id}/secret-store/{id}", 5, 0, 1, makes="payload and its store"),
    Cost("POST /v1/secret-stores/{id}/preferred", 3, 2, 1, makes="store"),
    Cost("DELETE /v1/secret-stores/{id}/preferred", 1, 1, 1, makes="preferred store"),
]


@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: cost.request)
def test_a_request_stays_within_its_bound(any_instance: Instance, any_caller: Caller, cost: Cost) -> None:
    _require_bound(any_instance, any_caller, cost)


@pytest.fixture(scope="module")
def offering(new_instance: Callable[..., Instance]) -> Instance:
    """An application that offers secret stores."""
    return new_instance(ONE_STORE_OFFERED, worker=False)


@pytest.mark.parametrize("cost", STORE_COSTS, ids=lambda cost: cost.request)
def test_so_it_does_where_secret_stores_are_offered(offering: Instance, cost: Cost) -> None:
    _require_bound(offering, offering.caller(), cost)


def _require_bound(instance: Instance, caller: Caller, cost: Cost) -> None:
    if not cost.request.endswith("cold"):
        caller.new_secret(**TEXT)  # so that the project and its key are there
    thing = make(instance, caller, cost.makes) if cost.makes else ""
    found, status = measured(instance, caller, cost, thing)
    assert status < 300 or (status, cost.route) == (405, "PUT /v1/orders")
    assert len(found.reads) <= cost.reads, found.reads
    assert len(found.writes) <= cost.writes, found.writes
    assert found.commits <= cost.commits
    if cost.writes:  # a count that listens to nothing would find no writes
        assert found.writes
        assert found.commits == 1


def measured(instance: Instance, caller: Caller, cost: Cost, thing: str) -> tuple[Statements, int]:
    """What one request does to the database, and its status."""
    method, _, pattern = cost.route.partition(" ")
    wanted: dict[str, object] = {}
    if cost.json is not None:
        wanted["json"] = _with_id(cost.json, thing)
    elif method == "PUT":
        wanted = {"body": b"x", "content_type": "text/plain"}
    if cost.request.endswith("of old"):
        wanted["accept"] = "text/plain"
    if "project-quotas" in pattern or ("transport_keys" in pattern and method != "GET"):
        wanted["headers"] = {"X-Roles": ADMIN}
    if "secret-store/" in pattern:
        wanted["version"] = "1.3"
    path = filled(pattern, thing) + cost.query
    with counted(instance.runtime.database) as found:
        answer = caller.call(method, path, **wanted)  # type: ignore[arg-type]
    return found, answer.status_int


def _with_id(body: object, thing: str) -> object:
    if isinstance(body, dict):
        return {name: _with_id(value, thing) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_id(item, thing) for item in body]
    return body.replace("{id}", thing) if isinstance(body, str) else body


def test_a_payload_s_first_write_is_five_inserts_in_one_transaction(
    any_instance: Instance, any_caller: Caller
) -> None:
    with counted(any_instance.runtime.database) as cold:
        any_caller.new_secret(**TEXT)
    tables = [statement.split()[2] for statement in cold.writes]
    feed = "changes" if any_instance.runtime.database.dialect == "sqlite" else "changes_new"
    assert tables == ["projects", "project_keys", "secrets", "secret_payloads", feed]
    assert cold.commits == 1


def test_a_page_costs_the_same_whatever_is_on_it(any_instance: Instance, any_caller: Caller) -> None:
    for number in range(12):
        path = any_caller.new_secret()
        any_caller.post(f"{path}/consumers", SECRET_CONSUMER | {"resource_id": str(number)})
    with counted(any_instance.runtime.database) as found:
        assert len(any_caller.get("/v1/secrets?limit=12", version="1.1").json["secrets"]) == 12
    assert len(found.reads) == 2


@pytest.mark.parametrize("path", ["/", "/v1/", "/healthcheck", "/v1/nothing", "/v1/secrets/nonsense"])
def test_what_needs_no_database_asks_none(any_instance: Instance, any_caller: Caller, path: str) -> None:
    with counted(any_instance.runtime.database) as found:
        any_caller.get(path)
    assert (found.reads, found.writes, found.commits) == ([], [], 0)


def test_every_route_has_a_bound() -> None:
    """A new route fails here until its cost is written into the table."""
    served = {
        f"{method} /v1/{'/'.join(pattern)}"
        for pattern, controller in routes.KEY_MANAGER.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(controller, f"on_{method.lower()}")
    }
    assert served == {cost.route for cost in (*COSTS, *STORE_COSTS)}
