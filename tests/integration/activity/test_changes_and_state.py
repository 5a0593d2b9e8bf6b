"""No change without its row and no row without its change, whatever is called in whatever order."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import orjson
import webtest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import removal
from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.feed import ask, changes, now
from tests.support.openapi import operation_at, operations

_CANARY = "k4n4ry"
_USER = "whoever-is-called-as-nobody-else-is"
_REFERENCE = "http://localhost:9311{}"

Step = tuple[str, int, int]
"""What is called, on which of the things that are there, with which variant."""


class Noting(Caller):
    """Remembers which operations have done something."""

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance.application, f"project-{uuid.uuid4()}", {"X_User_Id": _USER})
        self.done: set[tuple[str, str | None]] = set()

    def call(self, method: str, path: str, **wanted: Any) -> webtest.TestResponse:
        """One request."""
        answer = super().call(method, path, **wanted)
        if answer.status_int < 300:
            self.done.add((method, operation_at(method, path)))
        return answer


class World:
    """A project with what was made in it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.caller = Noting(instance)
        self.secrets: list[str] = []
        self.containers: list[str] = []
        self.orders: list[str] = []

    def do(self, step: Step) -> None:
        """One call."""
        name, which, variant = step
        _CALLS[name](self, which, variant)

    def pick(self, things: list[str], which: int) -> str:
        """One of the things, or a path of the kind that leads nowhere."""
        return things[which % len(things)] if things else "/v1/secrets/" + str(uuid.uuid4())

    def state(self) -> dict[str, Any]:
        """What there is, by the API, as the snapshots have it."""
        found = {}
        for path in self.secrets + self.containers + self.orders:
            answer = self.caller.get(path, version="1.1")
            if answer.status_int == 200:
                found[id_of(path)] = _as_snapshot(id_of(path), answer.json)
        return found


def _as_snapshot(entity_id: str, shown: dict[str, Any]) -> dict[str, Any]:
    snapshot: dict[str, Any] = {"id": entity_id}
    for name, value in shown.items():
        if name == "secret_refs":
            held = [{"name": one["name"], "secret_id": id_of(one["secret_ref"])} for one in value]
            snapshot["secrets"] = held
        elif name.endswith("_ref"):
            kind = name.removesuffix("_ref")
            if id_of(value) != entity_id:
                snapshot[f"{kind}_id"] = id_of(value)
        else:
            snapshot[name] = value
    return snapshot


def _new_secret(world: World, _which: int, variant: int) -> None:
    payload = {"payload": _CANARY, "payload_content_type": "text/plain"} if variant % 2 else {}
    answer = world.caller.post("/v1/secrets", {"name": str(variant), "bit_length": variant - 1, **payload})
    if answer.status_int == 201:
        world.secrets.append("/v1/secrets/" + id_of(answer.json["secret_ref"]))


def _new_container(world: World, which: int, variant: int) -> None:
    reference = {"name": "a", "secret_ref": _REFERENCE.format(world.pick(world.secrets, which))}
    body = {"type": "generic", "secret_refs": [reference] * (variant % 3)}
    answer = world.caller.post("/v1/containers", body)
    if answer.status_int == 201:
        world.containers.append("/v1/containers/" + id_of(answer.json["container_ref"]))


def _new_order(world: World, _which: int, variant: int) -> None:
    orders: list[dict[str, Any]] = [
        {"type": "key", "meta": {"algorithm": "aes", "bit_length": 256}},
        {"type": "asymmetric", "meta": {"algorithm": "ec", "bit_length": 256, "passphrase": _CANARY}},
        {"type": "asymmetric", "meta": {"algorithm": "rsa", "bit_length": 1000}},
    ]
    answer = world.caller.post("/v1/orders", orders[variant % 3])
    path = "/v1/orders/" + id_of(answer.json["order_ref"])
    world.orders.append(path)
    world.instance.orders_done.wait_for(id_of(path))
    shown = world.caller.get(path).json
    if "secret_ref" in shown:
        world.secrets.append("/v1/secrets/" + id_of(shown["secret_ref"]))
    if "container_ref" in shown:
        world.containers.append("/v1/containers/" + id_of(shown["container_ref"]))
        held = world.caller.get(world.containers[-1]).json["secret_refs"]
        world.secrets += ["/v1/secrets/" + id_of(one["secret_ref"]) for one in held]


def _of_secret(method: str, below: str, body: Callable[[int], Any]) -> Callable[[World, int, int], None]:
    def call(world: World, which: int, variant: int) -> None:
        path = world.pick(world.secrets, which) + below
        _done(world.caller.call(method, path, json=body(variant)))

    return call


def _of_container(method: str, below: str, body: Callable[[int], Any]) -> Callable[[World, int, int], None]:
    def call(world: World, which: int, variant: int) -> None:
        path = world.pick(world.containers, which) + below
        _done(world.caller.call(method, path, json=body(variant)))

    return call


def _done(answer: webtest.TestResponse) -> None:
    assert answer.status_int < 500, answer


def _put_payload(world: World, which: int, _variant: int) -> None:
    world.caller.put(world.pick(world.secrets, which), _CANARY.encode(), "text/plain")


def _hold(method: str) -> Callable[[World, int, int], None]:
    def call(world: World, which: int, variant: int) -> None:
        secret = _REFERENCE.format(world.pick(world.secrets, variant))
        path = f"{world.pick(world.containers, which)}/secrets"
        _done(world.caller.call(method, path, json={"name": "a", "secret_ref": secret}))

    return call


def _remove(kind: str) -> Callable[[World, int, int], None]:
    def call(world: World, which: int, _variant: int) -> None:
        _done(world.caller.delete(world.pick(getattr(world, kind), which)))

    return call


def _purge(world: World, _which: int, variant: int) -> None:
    with UnitOfWork(world.instance.runtime.database) as uow:
        project = uow.projects.find_or_create(world.caller.project_id)
        removal.purge(uow, project, 1 + variant)
        uow.commit()


def _quota(method: str) -> Callable[[World, int, int], None]:
    def call(world: World, _which: int, variant: int) -> None:
        path = f"/v1/project-quotas/{world.caller.project_id}"
        _done(world.caller.call(method, path, json={"project_quotas": {"cas": variant}}))

    return call


def _transport_key(world: World, _which: int, variant: int) -> None:
    body = {"plugin_name": f"p{variant}", "transport_key": _CANARY}
    made = world.caller.post("/v1/transport_keys", body).json["transport_key_ref"]
    _done(world.caller.delete(f"/v1/transport_keys/{id_of(made)}"))


def _consumer(variant: int) -> dict[str, str]:
    return {"service": "glance", "resource_type": "image", "resource_id": str(variant % 2)}


def _user(variant: int) -> dict[str, str]:
    return {"name": str(variant % 2), "URL": "http://x"}


def _acl(variant: int) -> dict[str, Any]:
    return {"read": [{}, {"users": [_USER]}, {"project-access": False, "users": [_USER]}][variant % 3]}


_CALLS: dict[str, Callable[[World, int, int], None]] = {
    "new secret": _new_secret,
    "new container": _new_container,
    "new order": _new_order,
    "payload": _put_payload,
    "metadata": _of_secret("PUT", "/metadata", lambda variant: {"metadata": {"a": str(variant)}}),
    "metadatum": _of_secret("POST", "/metadata", lambda variant: {"key": f"k{variant}", "value": _CANARY}),
    "change metadatum": _of_secret(
        "PUT", "/metadata/k1", lambda variant: {"key": "k1", "value": str(variant)}
    ),
    "metadatum at its key": _of_secret("POST", "/metadata/k2", lambda _: {"key": "k2", "value": _CANARY}),
    "no metadatum": _of_secret("DELETE", "/metadata/k1", lambda _: None),
    "consumer": _of_secret("POST", "/consumers", _consumer),
    "no consumer": _of_secret("DELETE", "/consumers", _consumer),
    "acl": _of_secret("PUT", "/acl", _acl),
    "change acl": _of_secret("PATCH", "/acl", _acl),
    "no acl": _of_secret("DELETE", "/acl", lambda _: None),
    "container consumer": _of_container("POST", "/consumers", _user),
    "no container consumer": _of_container("DELETE", "/consumers", _user),
    "container acl": _of_container("PUT", "/acl", _acl),
    "change container acl": _of_container("PATCH", "/acl", _acl),
    "no container acl": _of_container("DELETE", "/acl", lambda _: None),
    "quota": _quota("PUT"),
    "no quota": _quota("DELETE"),
    "transport key": _transport_key,
    "hold": _hold("POST"),
    "let go": _hold("DELETE"),
    "delete secret": _remove("secrets"),
    "delete container": _remove("containers"),
    "delete order": _remove("orders"),
    "purge": _purge,
}

_REWRITTEN = frozenset(
    {
        "metadata",
        "acl",
        "change acl",
        "container acl",
        "change container acl",
        "change metadatum",
        "metadatum at its key",
    }
)
"""They tell of what they write also where it was so already."""

_EACH: list[Step] = [
    *(("new secret", 0, 2), ("new secret", 0, 3), ("payload", 0, 0), ("metadata", 0, 1)),
    *(("metadatum", 0, 1), ("metadatum at its key", 0, 0)),
    *(("change metadatum", 0, 2), ("no metadatum", 0, 0)),
    *(("acl", 0, 1), ("change acl", 0, 2), ("no acl", 0, 0), ("consumer", 0, 0), ("no consumer", 0, 0)),
    *(("new container", 0, 1), ("container consumer", 0, 0), ("no container consumer", 0, 0)),
    *(("container acl", 0, 1), ("change container acl", 0, 2), ("no container acl", 0, 0)),
    *(("let go", 0, 0), ("hold", 0, 1), ("new order", 0, 0), ("quota", 0, 1), ("no quota", 0, 0)),
    *(("transport key", 0, 0), ("delete order", 0, 0), ("delete container", 0, 0), ("delete secret", 0, 0)),
    ("purge", 0, 3),
]
"""Each call once, where it does something."""

_STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(_CALLS)), st.integers(0, 3), st.integers(0, 3)), min_size=5, max_size=25
)


def _parts(world: World) -> dict[str, tuple[Any, Any]]:
    """Metadata and ACLs, which no snapshot has."""
    acls = {
        id_of(path): world.caller.get(f"{path}/acl").json.get("read")
        for path in world.secrets + world.containers
    }
    metadata = {
        id_of(path): world.caller.get(f"{path}/metadata").json.get("metadata") for path in world.secrets
    }
    return {key: (metadata.get(key), acl) for key, acl in acls.items()}


@settings(
    max_examples=15,
    phases=[Phase.reuse, Phase.generate],  # making a failure smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=_STEPS)
def test_the_feed_and_the_state_agree_after_every_call(any_instance: Instance, steps: list[Step]) -> None:
    """The rows of each call say what it has changed; all rows together make what there is."""
    _agree(World(any_instance), steps)


def test_every_writing_call_of_the_key_manager_is_among_them(any_instance: Instance) -> None:
    """And does something there. Moves and preferences need several stores: test_secret_moves.py has them."""
    assert {step[0] for step in _EACH} == _CALLS.keys()
    world = World(any_instance)
    _agree(world, _EACH)
    writes = {
        (method, path)
        for path, method, _ in operations()
        if method != "GET" and path.startswith("/v1/") and "secret-store" not in path
    }
    assert writes - world.caller.done == {("PUT", "/v1/orders")}  # always a 405


def _agree(world: World, steps: list[Step]) -> None:
    place = start = now(world.caller)
    state: dict[str, Any] = {}
    parts = _parts(world)
    for step in steps:
        world.do(step)
        rows = changes(world.caller, since=place, limit=1000)
        place = max([place, *(row["seq"] for row in rows)])
        expected, after = world.state(), _parts(world)
        changed = {key for key in {*state, *expected} if state.get(key) != expected.get(key)}
        changed |= {key for key in after if after[key] != parts.get(key) and key in expected}
        told = {row["object"]["id"] for row in rows}
        assert changed <= told, step
        assert told <= changed or step[0] in _REWRITTEN or "order" in step[0], (step, rows)
        for row in rows:
            _apply(row, state)
        assert state == expected, step
        parts = after
    assert _CANARY.encode() not in orjson.dumps(ask(world.caller, since=start, limit=1000).json)


def _apply(row: dict[str, Any], state: dict[str, Any]) -> None:
    """Let the state be as it is after a row."""
    entity, op = row["object"]["id"], row["op"]
    assert (entity in state) is (op != "created"), row
    if op == "deleted":
        assert row["snapshot"] == state.pop(entity), row
    else:
        state[entity] = row["snapshot"]
