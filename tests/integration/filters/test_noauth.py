"""[api] auth = noauth: every role in one's own project, and the policies' defaults as installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, path_of
from tests.support.route_things import ONE_STORE_OFFERED

_QUOTAS = {"project_quotas": {"secrets": 5}}
_TEXT = {"payload": "x", "payload_content_type": "text/plain"}


@pytest.fixture(scope="module", params=["", "false"], ids=["as installed", "legacy"])
def either_set(request: pytest.FixtureRequest, new_instance: Callable[..., Instance]) -> Instance:
    """An application with each set of defaults."""
    switch = f"[oslo_policy]\nenforce_new_defaults = {request.param}\n" if request.param else ""
    return new_instance(f"{ONE_STORE_OFFERED}{switch}", worker=False)


def test_without_roles_a_caller_may_do_everything_in_the_project(either_set: Instance) -> None:
    """By either set, whatever role a rule asks for."""
    caller = either_set.caller()
    store = caller.get("/v1/secret-stores/global-default").json["secret_store_ref"]
    key = {"plugin_name": "x", "transport_key": "y"}
    asked = [
        caller.get("/v1/quotas"),
        caller.get("/v1/secrets"),
        caller.get("/v1/project-quotas"),
        caller.call("PUT", f"/v1/project-quotas/{caller.project_id}", json=_QUOTAS),
        caller.delete(f"/v1/project-quotas/{caller.project_id}"),
        caller.post(f"{path_of(store)}/preferred"),
        caller.delete(f"{path_of(store)}/preferred"),
        caller.delete(caller.new_order()),
        caller.delete(caller.new_secret()),
        caller.delete(path_of(caller.post("/v1/transport_keys", key).json["transport_key_ref"])),
    ]
    assert [answer.status_int for answer in asked] == [200, 200, 200, 204, 204, 204, 204, 204, 204, 204]


def test_they_open_nothing_of_another_project(either_set: Instance) -> None:
    """By the new set an admin may see the secrets of other projects: who names no role is none of those."""
    owner, other = either_set.caller(), either_set.caller(X_User_Id="friend")
    secret = owner.new_secret(**_TEXT)
    for answer in (other.get(secret), other.get(f"{secret}/payload"), other.delete(secret)):
        assert answer.status_int == 403
    assert owner.call("PUT", f"{secret}/acl", json={"read": {"users": ["friend"]}}).status_int == 200
    assert other.get(f"{secret}/payload").body == b"x"
    assert other.get(owner.new_order()).status_int == 404


def test_named_roles_are_the_only_ones(either_set: Instance) -> None:
    member = either_set.caller(X_Roles="member")
    assert member.post("/v1/secrets", {}).status_int == 201
    assert member.get("/v1/project-quotas").status_int == 403


def test_the_defaults_are_those_of_the_release_that_we_compare_with(instance: Instance) -> None:
    """Barbican 23: members delete their orders, admins set quotas, and the older roles open nothing."""
    owner = instance.caller()

    def caller(roles: str) -> Caller:
        return instance.caller(owner.project_id, X_Roles=roles)

    member = caller("member")
    assert member.delete(member.new_order()).status_int == 204
    quota = f"/v1/project-quotas/{owner.project_id}"
    assert caller("admin").call("PUT", quota, json=_QUOTAS).status_int == 204
    assert caller("key-manager:service-admin").call("PUT", quota, json=_QUOTAS).status_int == 403
    for role in ("creator", "observer", "audit"):
        assert caller(role).get("/v1/secrets").status_int == 403
        assert caller(role).get(member.new_secret()).status_int == 403


def test_the_legacy_defaults_come_by_the_switch(new_instance: Callable[..., Instance]) -> None:
    legacy = new_instance("[oslo_policy]\nenforce_new_defaults = false", worker=False)
    member, admin = legacy.caller(X_Roles="member"), legacy.caller(X_Roles="admin")
    assert member.delete(member.new_order()).status_int == 403
    assert admin.call("PUT", "/v1/project-quotas/p", json=_QUOTAS).status_int == 403
    for role in ("creator", "observer"):
        assert legacy.caller(X_Roles=role).get("/v1/secrets").status_int == 200
