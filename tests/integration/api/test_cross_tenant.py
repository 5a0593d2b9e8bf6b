"""Every route, asked by every role of the thing's project and of another one, under both sets of defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import event

from barbican_like.api import routes
from barbican_like.common import clock, ids
from barbican_like.model.models import SecretReference, TransportKey
from barbican_like.model.states import OrderStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.resources import NewSecret
from tests.support.access_table import ROLES, Who, permits
from tests.support.application import Instance
from tests.support.caller import Answer, Raw
from tests.support.entities import a_container, a_secret, an_order
from tests.support.route_things import ONE_STORE_OFFERED

_CANARY = "canary-of-the-owner"  # in every text of what is asked for
_USED = {"service": _CANARY, "resource_type": "image", "resource_id": "42"}
_NEW = {"service": "cinder", "resource_type": "volume", "resource_id": "43"}
_CONTAINED = {"name": _CANARY, "URL": f"http://{_CANARY}"}
_REFERENCE = {"secret_ref": "http://localhost:9311/v1/secrets/{secret}"}
_ORDER = {"type": "key", "meta": {"algorithm": "aes", "bit_length": 256}}
_DEFAULT_STORE = "the default store"
_TEXT = {"body": b"x", "content_type": "text/plain"}


@dataclass(frozen=True)
class Call:
    """A request of one route, by somebody who may."""

    name: str  # METHOD /path, as in the route table
    rule: str  # the policy that is asked; blank: none
    status: int  # for who may
    sent: dict[str, Any] | None = None
    key: str = ""  # what the second {id} of the path is
    shows: bool = False  # whether the answer tells what the thing holds
    elsewhere: int = 0  # for who may, in another project, where that is another status


def _acl_calls(kind: str) -> Iterable[Call]:
    path, body = f"/v1/{kind}s/{{id}}/acl", {"json": {"read": {"users": ["x"]}}}
    yield Call(f"GET {path}", f"{kind}_acls:get", 200)
    yield Call(f"PUT {path}", f"{kind}_acls:put_patch", 200, body)
    yield Call(f"PATCH {path}", f"{kind}_acls:put_patch", 200, body)
    yield Call(f"DELETE {path}", f"{kind}_acls:delete", 200)


CALLS = (
    Call("GET /v1/", "", 200),
    Call("GET /v1/openapi.json", "", 200),
    Call("GET /v1/secrets", "secrets:get", 200, shows=True),
    Call("POST /v1/secrets", "secrets:post", 201, {"json": {}}),
    Call("GET /v1/secrets/{id}", "secret:get", 200, shows=True),
    Call("GET /v1/secrets/{id}", "secret:decrypt", 200, {"accept": "text/plain"}, shows=True),
    Call("PUT /v1/secrets/{id}", "secret:put", 409, _TEXT),
    Call("DELETE /v1/secrets/{id}", "secret:delete", 204),
    Call("GET /v1/secrets/{id}/payload", "secret:decrypt", 200, shows=True),
    Call("GET /v1/secrets/{id}/metadata", "secret_meta:get", 200, shows=True),
    Call("PUT /v1/secrets/{id}/metadata", "secret_meta:put", 201, {"json": {"metadata": {}}}),
    Call("POST /v1/secrets/{id}/metadata", "secret_meta:post", 201, {"json": {"key": "x", "value": "y"}}),
    Call("GET /v1/secrets/{id}/metadata/{id}", "secret_meta:get", 200, key="key", shows=True),
    Call(
        "PUT /v1/secrets/{id}/metadata/{id}",
        "secret_meta:put",
        200,
        {"json": {"key": "key", "value": "y"}},
        key="key",
    ),
    Call(
        "POST /v1/secrets/{id}/metadata/{id}",
        "secret_meta:post",
        200,
        {"json": {"key": "key", "value": "y"}},
        key="key",
    ),
    Call("DELETE /v1/secrets/{id}/metadata/{id}", "secret_meta:delete", 204, key="key"),
    *_acl_calls("secret"),
    Call("GET /v1/secrets/{id}/consumers", "consumers:get", 200, shows=True),
    Call("POST /v1/secrets/{id}/consumers", "consumers:post", 200, {"json": _NEW}, shows=True),
    Call("DELETE /v1/secrets/{id}/consumers", "consumers:delete", 200, {"json": _USED}, shows=True),
    Call(
        "PUT /v1/secrets/{id}/secret-store/{id}",
        "secret:migrate_secretstore",
        204,
        {"version": "1.3"},
        key=_DEFAULT_STORE,
    ),
    Call("GET /v1/containers", "containers:get", 200, shows=True),
    Call("POST /v1/containers", "containers:post", 201, {"json": {"type": "generic"}}),
    Call("GET /v1/containers/{id}", "container:get", 200, shows=True),
    Call("DELETE /v1/containers/{id}", "container:delete", 204),
    Call("POST /v1/containers/{id}/secrets", "container_secret:post", 201, {"json": _REFERENCE}),
    Call(
        "DELETE /v1/containers/{id}/secrets",
        "container_secret:delete",
        204,
        {"json": _REFERENCE | {"name": _CANARY}},
    ),
    *_acl_calls("container"),
    Call("GET /v1/containers/{id}/consumers", "consumers:get", 200, shows=True),
    Call(
        "POST /v1/containers/{id}/consumers",
        "consumers:post",
        200,
        {"json": {"name": "x", "URL": "http://x"}},
        shows=True,
    ),
    Call("DELETE /v1/containers/{id}/consumers", "consumers:delete", 200, {"json": _CONTAINED}, shows=True),
    Call("GET /v1/orders", "orders:get", 200, shows=True),
    Call("POST /v1/orders", "orders:post", 202, {"json": _ORDER}),
    Call("PUT /v1/orders", "orders:put", 405),
    Call("GET /v1/orders/{id}", "order:get", 200, shows=True),
    Call("DELETE /v1/orders/{id}", "order:delete", 204),
    Call("GET /v1/quotas", "quotas:get", 200),
    Call("GET /v1/project-quotas", "project_quotas:get", 200),
    Call("GET /v1/project-quotas/{id}", "project_quotas:get", 200),
    Call("PUT /v1/project-quotas/{id}", "project_quotas:put", 204, {"json": {"project_quotas": {"cas": 1}}}),
    Call("DELETE /v1/project-quotas/{id}", "project_quotas:delete", 204),
    Call("GET /v1/secret-stores", "secretstores:get", 200),
    Call("GET /v1/secret-stores/global-default", "secretstores:get_global_default", 200),
    Call("GET /v1/secret-stores/preferred", "secretstores:get_preferred", 200, elsewhere=404),
    Call("GET /v1/secret-stores/{id}", "secretstore:get", 200),
    Call("POST /v1/secret-stores/{id}/preferred", "secretstore_preferred:post", 204),
    Call("DELETE /v1/secret-stores/{id}/preferred", "secretstore_preferred:delete", 204, elsewhere=404),
    Call("GET /v1/transport_keys", "transport_keys:get", 200),
    Call(
        "POST /v1/transport_keys",
        "transport_keys:post",
        201,
        {"json": {"plugin_name": "x", "transport_key": "y"}},
    ),
    Call("GET /v1/transport_keys/{id}", "transport_key:get", 200),
    Call("DELETE /v1/transport_keys/{id}", "transport_key:delete", 204),
)

#: How a caller stands to a thing: of its project, its owner; then by its ACL: private, a reader.
RELATIONS = (
    (True, True, False, False),
    (True, True, True, False),
    (True, False, False, False),
    (True, False, False, True),
    (True, False, True, False),
    (True, False, True, True),
    (False, True, False, False),
    (False, True, True, True),
    (False, False, False, False),
    (False, False, False, True),
    (False, False, True, False),
)


@dataclass(frozen=True)
class Thing:
    """What is asked for."""

    project_id: str
    id: str  # what {id} stands for
    secret: str = ""  # a secret of the same project


@pytest.fixture(scope="module")
def start(new_instance: Callable[..., Instance]) -> Callable[[bool], Instance]:
    """Gives the application with the new or with the legacy set; each is started once."""
    started: dict[bool, Instance] = {}

    def give(new: bool) -> Instance:
        if new not in started:
            settings = f"{ONE_STORE_OFFERED}[oslo_policy]\nenforce_new_defaults = {new}"
            started[new] = new_instance(settings, worker=False)
            for engine in started[new].runtime.database.engines():
                engine.dispose()
                event.listen(engine, "connect", _without_waiting_for_the_disk)
        return started[new]

    return give


@pytest.mark.parametrize("new", [True, False], ids=["new", "legacy"])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.name} {call.rule}")
def test_a_route_answers_whom_the_table_lets_and_shows_nobody_else_anything(
    start: Callable[[bool], Instance], call: Call, new: bool
) -> None:
    instance = start(new)
    guarded = "/secrets/" in call.name or "/containers/" in call.name
    everybody = [
        Who(role, *relation) for role in ROLES for relation in RELATIONS if guarded or not any(relation[2:])
    ]
    asked = _made(instance, call, everybody, new=new)
    faults = [
        f"{who}: {fault}"
        for who, thing in asked
        if (fault := _fault(call, who, _asked(instance, call, who, thing), new=new))
    ]
    assert faults == []
    assert len({who for who, _ in asked}) == len(ROLES) * (len(RELATIONS) if guarded else 4)


def test_every_route_is_in_the_matrix() -> None:
    served = {
        f"{method} /v1/{'/'.join(pattern)}"
        for pattern, controller in routes.KEY_MANAGER.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(controller, f"on_{method.lower()}")
    }
    assert {call.name for call in CALLS} == served


def _asked(instance: Instance, call: Call, who: Who, thing: Thing) -> Answer:
    method, _, path = call.name.partition(" ")
    sent = dict(call.sent or {})
    headers = {
        "X-Project-Id": thing.project_id if who.own else f"other-{ids.new_id()}",
        "X-User-Id": f"owner-of-{thing.project_id}" if who.owner else f"user-of-{thing.project_id}",
        "X-Roles": who.role,
        "OpenStack-API-Version": f"key-manager {sent.get('version', '1.1')}",
        "Content-Type": sent.get("content_type", "application/json"),
        "Accept": sent.get("accept", "*/*"),
    }
    body: bytes = sent.get("body", b"")
    if "json" in sent:
        body = orjson.dumps(sent["json"]).replace(b"{secret}", thing.secret.encode())
    key = _default_store(instance) if call.key == _DEFAULT_STORE else call.key
    path = path.replace("{id}", thing.id, 1).replace("{id}", key)
    return Raw(method=method, path=path, headers=headers, body=body).send(instance.application)


def _default_store(instance: Instance) -> str:
    with Reading(instance.runtime.database) as view:
        return view.secret_stores.global_default().id


def _fault(call: Call, who: Who, answer: Answer, *, new: bool) -> str | None:
    """What is wrong with an answer; None when nothing is."""
    permitted = permits(call.rule, who, new=new)
    others_order = "/orders/" in call.name and not who.own
    expected = call.status if who.own else call.elsewhere or call.status
    expected = 404 if others_order else (expected if permitted else 403)
    if answer.status != expected:
        return f"{answer.status} instead of {expected}: {answer.body[:200]!r}"
    shown = permitted and call.shows and not others_order
    if shown and "{id}" not in call.name:
        shown = who.own  # a list is of the caller's project only
    if (_CANARY.encode() in answer.body) is not shown:
        return f"shows what it should not, or hides what it should: {answer.body[:300]!r}"
    return None


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    """No test pulls the plug."""
    connection.execute("PRAGMA synchronous=OFF")


def _made(instance: Instance, call: Call, everybody: list[Who], *, new: bool) -> list[tuple[Who, Thing]]:
    """Each caller with a thing to ask for: its own one if it will be changed, else a shared one.

    All of them are written in one commit.
    """
    collection, changes = call.name.split("/")[2], not call.name.startswith("GET ")
    shared: dict[tuple[bool, bool], Thing] = {}
    asked = []
    with UnitOfWork(instance.runtime.database) as uow:
        for who in everybody:
            kind = (who.private, who.reader)
            if changes and permits(call.rule, who, new=new):
                thing = _make(uow, instance, collection, who)
            else:
                thing = shared.get(kind) or _make(uow, instance, collection, who)
                shared[kind] = thing
            asked.append((who, thing))
        uow.commit()
    return asked


def _make(uow: UnitOfWork, instance: Instance, collection: str, who: Who) -> Thing:
    project_id = f"project-{ids.new_id()}"
    owned = {"project_id": project_id, "creator_id": f"owner-of-{project_id}", "name": _CANARY}
    project = uow.projects.find_or_create(project_id)
    acl = {"project_access": not who.private, "users": [f"user-of-{project_id}", f"owner-of-{project_id}"]}
    if not who.reader:
        acl["users"] = ["somebody-else"]
    if collection == "orders":
        order = an_order(project_id=project_id, status=OrderStatus.ACTIVE, meta={"name": _CANARY})
        uow.orders.add(order, project)
        return Thing(project_id, order.id)
    if collection == "transport_keys":
        now = clock.now()
        key = TransportKey(
            id=ids.new_id(), plugin_name="x", transport_key="y", created_at=now, updated_at=now
        )
        uow.transport_keys.add(key)
        return Thing(project_id, key.id)
    if collection == "secret-stores":
        store = uow.secret_stores.global_default()
        uow.secret_stores.prefer(project_id, store.id)
        return Thing(project_id, store.id)
    if collection == "project-quotas":
        uow.quotas.put(project_id, {"secrets": 5})
        return Thing(project_id, project_id)
    secret = _make_secret(uow, instance, owned, acl if who.private or who.reader else None)
    if collection != "containers":
        return Thing(project_id, secret)
    another = a_secret(**owned)
    uow.secrets.add(another, project)
    container = a_container(SecretReference(name=_CANARY, secret_id=another.id), **owned)
    uow.containers.add(container, project)
    uow.container_consumers.register(
        container.id, _CONTAINED["name"], _CONTAINED["URL"], creator_project_id=project_id
    )
    if who.private or who.reader:
        uow.container_acls.put(container.id, **acl)
    return Thing(project_id, container.id, another.id)


def _make_secret(
    uow: UnitOfWork, instance: Instance, owned: dict[str, str], acl: dict[str, Any] | None
) -> str:
    secret = a_secret(**owned, content_type="text/plain")
    resources.store_secret(uow, instance.runtime.plugins, NewSecret(secret=secret, payload=_CANARY.encode()))
    uow.secret_metadata.replace(secret.id, {"key": _CANARY})
    uow.secret_consumers.register(secret.id, *_USED.values(), creator_project_id=owned["project_id"])
    if acl is not None:
        uow.secret_acls.put(secret.id, **acl)
    return secret.id
