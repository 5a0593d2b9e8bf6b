"""The page's sign-in with a real Keystone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.keystone.conftest import Behind, user_named
from tests.support.application import Instance

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]


def test_a_password_gives_a_token_that_the_api_takes(application: Instance) -> None:
    user = user_named("project_a_member")
    given = {"user": user.name, "password": user.password, "project": user.project}
    answer = application.caller("x").post("/ui/session", given)
    assert answer.status_int == 200
    assert (answer.json["user"], answer.json["project"]) == (user.name, user.project)
    assert answer.headers["Cache-Control"] == "no-store"
    caller = application.caller("x", X_Auth_Token=answer.json["token"])
    assert caller.get("/v1/secrets").status_int == 200


def test_a_token_is_looked_at_and_given_back(application: Instance, tokens: Callable[[str], str]) -> None:
    token = tokens("project_a_reader")
    shown = application.caller("x").post("/ui/session", {"token": token}).json
    assert (shown["token"], shown["user"]) == (token, "project_a_reader")
    assert application.caller("x").post("/ui/session", {"token": "gAAAAnone"}).status_int == 401


def test_wrong_passwords_are_slowed_down(behind: Behind) -> None:
    caller = behind().caller("x")
    given = {"user": "project_a_admin", "password": "wrong", "project": "project_a"}
    answers = [caller.post("/ui/session", given) for _ in range(6)]
    assert [answer.status_int for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "wrong" not in "".join(answer.text for answer in answers)


def test_a_keystone_that_is_away_is_no_refusal(behind: Behind) -> None:
    caller = behind(www_authenticate_uri="http://127.0.0.1:9/v3").caller("x")
    given = {"user": "a", "password": "b", "project": "c"}
    assert caller.post("/ui/session", given).status_int == 503
