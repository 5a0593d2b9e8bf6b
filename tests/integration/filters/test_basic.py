"""[api] auth = basic: who is let in, and as what."""

from __future__ import annotations

import base64
import itertools
import logging
from pathlib import Path
from typing import Any

import bcrypt
import orjson
import pytest

from barbican_like.http.middleware.basic import BasicContext
from tests.integration.filters.conftest import Htpasswd, line
from tests.support.application import Instance
from tests.support.caller import Answer, Raw

_ADDRESSES = itertools.count()


def basic(name: str, password: str) -> str:
    """The header's text."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the requests of a test come from: no other test's failures count for it."""
    mine = f"10.{next(_ADDRESSES)}.0.1"
    monkeypatch.setattr(Raw, "usual_address", mine)
    return mine


def ask(instance: Instance, authorization: str | None, **headers: str) -> Answer:
    """The list of secrets."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if authorization is not None:
        sent["Authorization"] = authorization
    return Raw(method="GET", path="/v1/secrets", headers=sent).send(instance.application)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What bcrypt was asked to compare with, in order."""
    asked: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, stored: bytes) -> bool:
        asked.append(stored)
        return check(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return asked


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"alice").decode(),
        "Basic " + base64.b64encode(b"\xff:pw").decode(),
        "Bearer " + base64.b64encode(b"alice:right").decode(),
        basic("alice", "wrong"),
        basic("alice", ""),
        basic("", "right"),
        basic("Alice", "right"),
        basic("alice ", "right"),
        basic("alice", "right\x00"),
        basic("alice", "right" + "x" * 68),
        basic("mallory", "right"),
    ],
)
def test_whoever_knows_no_password_is_not_let_in(
    basic_instance: Instance, shared_file: Htpasswd, header: str | None
) -> None:
    """401 with this API's error body and a challenge (RFC 7617), and nothing said of what was wrong."""
    shared_file.write(line("alice", "right"))
    answer = ask(basic_instance, header)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="barbican", charset="UTF-8"'
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == (
        b'{"code":401,"title":"Unauthorized",'
        b'"description":"The request you have made requires authentication."}'
    )


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "right"), ("b\u00f8b", "p\u00e4\u00df:word"), ("x" * 255, "x" * 72)]
)
def test_whoever_knows_a_password_is_let_in(
    basic_instance: Instance, shared_file: Htpasswd, name: str, password: str
) -> None:
    """Names and passwords are UTF-8; a password may have colons and is at most 72 bytes long."""
    password = password if len(password.encode()) <= 72 else password[:72]
    shared_file.write("# who may", "", line(name, password).replace("$2b$", "$2y$"))
    assert ask(basic_instance, basic(name, password)).status == 200
    assert ask(basic_instance, basic(name, password).replace("Basic", "bAsIc")).status == 200


def test_headers_choose_neither_project_nor_user(basic_instance: Instance, shared_file: Htpasswd) -> None:
    """What noauth believes is not looked at."""
    shared_file.write(line("alice", "a"), line("bob", "b"))
    sent = {"X-Project-Id": "bob", "X-User-Id": "bob", "X-Roles": "key-manager:service-admin"}
    body = b'{"name":"hers"}'
    created = Raw(
        method="POST",
        path="/v1/secrets",
        body=body,
        headers=sent | {"Authorization": basic("alice", "a"), "Content-Type": "application/json"},
    ).send(basic_instance.application)
    assert created.status == 201
    assert b'"total":1' in ask(basic_instance, basic("alice", "a")).body
    assert b'"creator_id":"alice"' in ask(basic_instance, basic("alice", "a")).body
    assert b'"total":0' in ask(basic_instance, basic("bob", "b"), X_Project_Id="alice").body


def test_a_third_field_names_the_project(basic_instance: Instance, shared_file: Htpasswd) -> None:
    """So several users work in one project, each under a name of its own."""
    shared_file.write(line("alice", "a", "team"), line("bob", "b", "team"), line("team", "t"))
    Raw(
        method="POST",
        path="/v1/secrets",
        body=b"{}",
        headers={"Authorization": basic("alice", "a"), "Content-Type": "application/json"},
    ).send(basic_instance.application)
    for name, password in (("alice", "a"), ("bob", "b"), ("team", "t")):
        assert b'"total":1' in ask(basic_instance, basic(name, password)).body


def _statuses(instance: Instance, name: str, secret: str) -> list[int]:
    """Of four calls about another project: see its secret, read it, set its quota, delete the secret."""
    sent = {"Authorization": basic(name, "x"), "Content-Type": "application/json"}
    quota, body = "/v1/project-quotas/bob", b'{"project_quotas":{"secrets":5}}'
    asked = (("GET", secret, b""), ("GET", f"{secret}/payload", b""), ("PUT", quota, body))
    calls = [Raw(method=method, path=path, body=text, headers=sent) for method, path, text in asked]
    calls.append(Raw(method="DELETE", path=secret, headers=sent))
    return [call.send(instance.application).status for call in calls]


def test_nobody_is_an_admin_whose_line_does_not_say_so(
    basic_instance: Instance, shared_file: Htpasswd
) -> None:
    """By default a user has nothing to do with other projects; an admin has what the policy says."""
    shared_file.write(line("bob", "x"), line("alice", "x"), line("root", "x", "ops", "admin"))
    created = Raw(
        method="POST",
        path="/v1/secrets",
        body=b'{"payload":"dear","payload_content_type":"text/plain"}',
        headers={"Authorization": basic("bob", "x"), "Content-Type": "application/json"},
    ).send(basic_instance.application)
    secret = "/v1/secrets/" + orjson.loads(created.body)["secret_ref"].rpartition("/")[2]
    assert _statuses(basic_instance, "alice", secret) == [403, 403, 403, 403]
    assert _statuses(basic_instance, "root", secret) == [200, 403, 204, 204]


def test_a_user_works_with_the_default_roles(basic_instance: Instance, shared_file: Htpasswd) -> None:
    """Stores and deletes, orders and deletes the order, sees the quotas in force."""
    shared_file.write(line("alice", "x"))
    sent = {"Authorization": basic("alice", "x"), "Content-Type": "application/json"}

    def call(method: str, path: str, body: bytes = b"") -> Answer:
        return Raw(method=method, path=path, headers=sent, body=body).send(basic_instance.application)

    order = b'{"type":"key","meta":{"algorithm":"aes","bit_length":256}}'
    for collection, body in (("secrets", b"{}"), ("orders", order), ("containers", b'{"type":"generic"}')):
        made = call("POST", f"/v1/{collection}", body)
        (reference,) = orjson.loads(made.body).values()
        path = reference.removeprefix("http://localhost:9311")
        assert (call("GET", path).status, call("DELETE", path).status) == (200, 204)
    assert call("GET", "/v1/quotas").status == 200


def test_bcrypt_is_asked_once_for_a_password_that_fits(
    basic_instance: Instance, shared_file: Htpasswd, checks: list[bytes]
) -> None:
    """And each time for one that does not, also while the right one is remembered."""
    shared_file.write(line("alice", "right"))
    assert [ask(basic_instance, basic("alice", "right")).status for _ in range(5)] == [200] * 5
    assert len(checks) == 1
    assert [ask(basic_instance, basic("alice", "wrong")).status for _ in range(3)] == [401] * 3
    assert len(checks) == 4
    assert ask(basic_instance, basic("alice", "right")).status == 200
    assert len(checks) == 4


def test_an_unknown_name_takes_as_long_as_a_known_one(
    basic_instance: Instance, shared_file: Htpasswd, checks: list[bytes]
) -> None:
    """Whatever the cost of its hash: the time does not tell which names there are.

    The work of bcrypt doubles with each step of the cost; only the right password is known at once.
    """
    costs = {"alice": 4, "bob": 6, "carol": 8, "mallory": None}
    shared_file.write(*(line(name, "right", cost=cost) for name, cost in costs.items() if cost))
    work = {}
    for name in costs:
        checks.clear()
        assert ask(basic_instance, basic(name, "wrong")).status == 401
        work[name] = sum(2 ** int(stored[4:6]) for stored in checks)
    assert set(work.values()) == {2**8}


def test_a_changed_password_counts_at_once(basic_instance: Instance, shared_file: Htpasswd) -> None:
    """Although the old one is still remembered, and the file's size and inode are the same."""
    shared_file.write(line("alice", "old"))
    assert ask(basic_instance, basic("alice", "old")).status == 200
    shared_file.write(line("alice", "new"))
    assert ask(basic_instance, basic("alice", "old")).status == 401
    assert ask(basic_instance, basic("alice", "new")).status == 200


def test_a_removed_user_is_out_at_once_and_an_added_one_is_in(
    basic_instance: Instance, shared_file: Htpasswd
) -> None:
    shared_file.write(line("alice", "a"))
    assert ask(basic_instance, basic("alice", "a")).status == 200
    shared_file.write(line("bob", "b"))
    assert ask(basic_instance, basic("alice", "a")).status == 401
    assert ask(basic_instance, basic("bob", "b")).status == 200


def test_the_log_tells_refusals_without_what_was_sent(
    basic_instance: Instance, shared_file: Htpasswd, caplog: pytest.LogCaptureFixture
) -> None:
    """A known user by name, never a password, never an unknown name: it may be a password."""
    caplog.set_level(logging.DEBUG)
    shared_file.write(line("alice", "right"))
    caplog.clear()
    first = ask(basic_instance, basic("alice", "hunter2-guess")).headers["x-openstack-request-id"]
    second = ask(basic_instance, basic("hunter2-name", "x")).headers["x-openstack-request-id"]
    ask(basic_instance, basic("alice", "right"))
    assert "hunter2" not in caplog.text
    assert "right" not in caplog.text
    refused = [r.getMessage() for r in caplog.records if r.getMessage().startswith("basic.refused")]
    assert refused == [
        f"basic.refused request_id={first} user=alice",
        f"basic.refused request_id={second} user=unknown",
    ]


def test_the_version_document_and_the_health_check_ask_nobody(
    basic_instance: Instance, shared_file: Htpasswd
) -> None:
    statuses = [
        Raw(method="GET", path=path).send(basic_instance.application).status for path in ("/", "/healthcheck")
    ]
    assert statuses == [300, 200]


def test_nothing_further_down_gets_the_password(tmp_path: Path) -> None:
    """The header is taken out of the environment."""
    file = Htpasswd(tmp_path / "htpasswd")
    file.write(line("alice", "right"))
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start_response: object) -> list[bytes]:
        seen.update(environ)
        return []

    environ = Raw(method="GET", path="/", headers={"Authorization": basic("alice", "right")}).environ()
    assert list(BasicContext(application, file.path)(environ, lambda *_: None)) == []
    assert seen["barbican.context"].user_id == "alice"
    assert "HTTP_AUTHORIZATION" not in seen
