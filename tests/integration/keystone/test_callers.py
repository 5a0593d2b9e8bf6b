"""What a token says of its user counts: the project, the roles, the user's id. Nothing else does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from keystoneauth1.identity.v3 import ApplicationCredential
from keystoneauth1.session import Session
from keystoneclient.v3.client import Client

from tests.integration.keystone.conftest import Behind, user_named
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.keystone import Keystone
from tests.support.keystone_seed import session_of

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]

As = Callable[[str], Caller]
PAYLOAD = {"payload": "hello", "payload_content_type": "text/plain"}

CREATE, LOOK, READ = "create", "look", "read"
ALL = {CREATE, LOOK, READ}
ALLOWED = {
    # Keystone's admins are members too, by the implied roles that its own bootstrap makes.
    "project_a_admin": ALL,
    "project_a_creator": set(),
    "project_a_member": ALL,
    "project_a_observer": set(),
    "project_a_auditor": set(),
    "project_a_reader": set(),
    "project_a_shouting_creator": set(),
    "project_a_nobody_special": set(),
    "project_b_admin": {CREATE, LOOK},
    "project_b_member": {CREATE},
    "project_b_observer": set(),
}
ALLOWED_BY_LEGACY = {
    "project_a_admin": ALL,
    "project_a_creator": ALL,
    "project_a_creator_2": ALL,
    "project_a_member": ALL,
    "project_a_observer": {LOOK, READ},
    "project_a_auditor": {LOOK},
    "project_a_reader": set(),
    "project_a_shouting_creator": ALL,
    "project_a_nobody_special": set(),
    "project_b_admin": {CREATE},
    "project_b_creator": {CREATE},
    "project_b_observer": set(),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_role_allows_what_the_defaults_say(as_user: As, name: str) -> None:
    assert _may(as_user("project_a_member"), as_user(name)) == ALLOWED[name]


def test_a_role_allows_what_the_legacy_defaults_say(behind: Behind, tokens: Callable[[str], str]) -> None:
    legacy = behind("[oslo_policy]\nenforce_new_defaults = false")

    def caller(name: str) -> Caller:
        return legacy.caller("not-the-tokens", X_Auth_Token=tokens(name))

    owner = caller("project_a_creator")
    assert {name: _may(owner, caller(name)) for name in ALLOWED_BY_LEGACY} == ALLOWED_BY_LEGACY


def _may(owner: Caller, caller: Caller) -> set[str]:
    """What somebody may do with an owner's secret; all else is 403."""
    secret = owner.new_secret(**PAYLOAD)
    statuses = {
        CREATE: caller.post("/v1/secrets", {}).status_int,
        LOOK: caller.get(secret).status_int,
        READ: caller.get(f"{secret}/payload").status_int,
    }
    good = {CREATE: 201, LOOK: 200, READ: 200}
    may = {what for what, status in statuses.items() if status == good[what]}
    assert {statuses[what] for what in ALL - may} <= {403}
    return may


def test_a_list_has_the_secrets_of_the_tokens_project(as_user: As) -> None:
    secret = as_user("project_a_member").new_secret(name="mine")
    ours = as_user("project_a_admin").get("/v1/secrets?name=mine&limit=100").json["secrets"]
    theirs = as_user("project_b_admin").get("/v1/secrets?name=mine&limit=100").json["secrets"]
    assert any(item["secret_ref"].endswith(secret) for item in ours)
    assert theirs == []


def test_the_creator_is_the_tokens_user(as_user: As, identity: Keystone) -> None:
    caller = as_user("project_a_member")
    answer = caller.get(caller.new_secret(), headers={"X-User-Id": "somebody-else"})
    assert answer.json["creator_id"] == identity.admin().users.find(name="project_a_member").id


def test_an_acl_names_users_of_other_projects_by_their_id(as_user: As, identity: Keystone) -> None:
    caller = as_user("project_a_member")
    secret = caller.new_secret(**PAYLOAD)
    reader = identity.admin().users.find(name="project_b_observer").id
    answer = caller.call("PUT", f"{secret}/acl", json={"read": {"users": [reader]}})
    assert answer.status_int == 200
    assert as_user("project_b_observer").get(f"{secret}/payload").body == b"hello"
    assert as_user("project_b_member").get(f"{secret}/payload").status_int == 403


def test_roles_of_a_header_do_not_count(application: Instance, as_user: As) -> None:
    observer = as_user("project_a_observer")
    for _ in range(2):  # the second time by what is remembered of the token
        answer = observer.call("POST", "/v1/secrets", json={}, headers={"X-Roles": "admin"})
        assert answer.status_int == 403


def test_an_application_credential_may_be_limited_to_some_calls(
    application: Instance, identity: Keystone, server: object
) -> None:
    """Of a service in the catalog: Keystone knows no other."""
    user = session_of(identity.url, user_named("project_a_member"))
    made = Client(session=user, endpoint_override=identity.url).application_credentials.create(
        name="reads lists",
        access_rules=[{"service": "key-manager", "method": "GET", "path": "/v1/secrets"}],
    )
    auth = ApplicationCredential(
        identity.url, application_credential_id=made.id, application_credential_secret=made.secret
    )
    caller = application.caller("x", X_Auth_Token=str(Session(auth=auth).get_token()))
    assert caller.get("/v1/secrets").status_int == 200
    assert caller.post("/v1/secrets", {}).status_int == 401
    assert caller.get("/v1/orders").status_int == 401
