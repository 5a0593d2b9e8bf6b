"""Who has no good token is refused, in a form that every client reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from tests.support.application import Instance
from tests.support.keystone import Keystone
from tests.support.keystone_seed import ADMIN, DOMAIN

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]

TEXT = "The request you have made requires authentication."
Tokens = Callable[[str], str]


def refused(application: Instance, **headers: str) -> None:
    """The answer is the whole 401."""
    answer = application.caller("forged", **headers).get("/v1/secrets")
    assert answer.status_int == 401
    assert answer.json == {
        "code": 401,
        "title": "Unauthorized",
        "description": TEXT,
        "error": {"code": 401, "title": "Unauthorized", "message": TEXT},
    }
    uri = application.conf.keystone_authtoken.auth_url
    assert answer.headers.getall("WWW-Authenticate") == [f'Keystone uri="{uri}"']
    assert answer.headers["x-openstack-request-id"].startswith("req-")


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", "gAAAAA", "\u00e9", "x" * 8192, "x" * 8193, "x" * 100_000],
    ids=["empty", "word", "like-fernet", "no-ascii", "long", "too-long", "enormous"],
)
def test_what_is_no_token_is_refused(application: Instance, token: str) -> None:
    refused(application, X_Auth_Token=token)


def test_no_token_is_refused(application: Instance) -> None:
    refused(application)


def test_headers_that_only_auth_token_may_set_do_not_help(application: Instance) -> None:
    refused(
        application,
        X_Identity_Status="Confirmed",
        X_User_Id="somebody",
        X_Roles="admin",
        X_Tenant_Id="project",
        X_Service_Identity_Status="Confirmed",
    )


def test_a_token_without_a_project_is_refused(application: Instance, identity: Keystone) -> None:
    refused(application, X_Auth_Token=identity.token(ADMIN, scoped=False))


@pytest.mark.parametrize("scope", [{"domain_id": DOMAIN}, {"system_scope": "all"}], ids=["domain", "system"])
def test_a_token_of_another_scope_is_refused(
    application: Instance, identity: Keystone, scope: dict[str, str]
) -> None:
    admin = identity.admin()
    role = next(role for role in admin.roles.list() if role.name == "admin")
    user = admin.users.find(name=ADMIN.name)
    admin.roles.grant(role, user=user, **({"domain": DOMAIN} if "domain_id" in scope else {"system": "all"}))
    auth = Password(
        identity.url, username=ADMIN.name, password=ADMIN.password, user_domain_id=DOMAIN, **scope
    )
    refused(application, X_Auth_Token=str(Session(auth=auth).get_token()))


def test_the_version_document_and_the_healthcheck_need_no_token(application: Instance) -> None:
    caller = application.caller("nobody")
    assert caller.get("/").status_int == 300
    assert caller.get("/healthcheck").status_int == 200


def test_a_bad_service_token_spoils_a_good_token(application: Instance, tokens: Tokens) -> None:
    refused(application, X_Auth_Token=tokens("project_a_member"), X_Service_Token="nonsense")


def test_a_service_token_of_somebody_who_is_no_service_is_refused(
    application: Instance, tokens: Tokens
) -> None:
    refused(
        application,
        X_Auth_Token=tokens("project_a_member"),
        X_Service_Token=tokens("project_b_member"),
    )


def test_a_service_token_does_not_change_who_calls(application: Instance, tokens: Tokens) -> None:
    caller = application.caller(
        "x", X_Auth_Token=tokens("project_a_reader"), X_Service_Token=tokens("barbican")
    )
    assert caller.get("/v1/quotas").status_int == 200
    assert caller.post("/v1/secrets", {}).status_int == 403
