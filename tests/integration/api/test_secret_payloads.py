"""Reading a payload: GET .../payload, and the deprecated way through the Accept header."""

from __future__ import annotations

import base64

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller

_TEXT, _OCTETS, _PKCS8 = "text/plain", "application/octet-stream", "application/pkcs8"
_CHARSET = "text/plain; charset=utf-8"
_BYTES = {"text": "caf\xe9".encode(), "octets": b"\x00\xff", "octets of text": b"abc", "pkcs8": b"0\x82\xff"}
_MEDIA = {"text": _TEXT, "octets": _OCTETS, "octets of text": _OCTETS, "pkcs8": _PKCS8}

#: What is stored, the Accept header, and the Content-Type of the answer (None: 406).
_TABLE: list[tuple[str, str | None, str | None]] = [
    ("text", None, _OCTETS),
    ("text", "", _OCTETS),
    ("text", "*/*", _CHARSET),
    ("text", "text/plain", _CHARSET),
    ("text", "text/plain; charset=utf-8", _CHARSET),
    ("text", "text/plain;charset=utf-8", _CHARSET),
    ("text", "text/*", _CHARSET),
    ("text", "application/octet-stream", _OCTETS),
    ("text", "application/octet-stream, text/plain", _CHARSET),
    ("text", "application/octet-stream, text/plain;q=0.5", _OCTETS),
    ("text", "text/plain;q=0, */*", _OCTETS),
    ("text", "application/pkcs8", _PKCS8),
    ("text", "image/png", None),
    ("octets", None, _OCTETS),
    ("octets", "*/*", _OCTETS),
    ("octets", "application/octet-stream", _OCTETS),
    ("octets", "application/*", _OCTETS),
    ("octets", "text/html, application/octet-stream;q=0.9, */*;q=0.1", _OCTETS),
    ("octets", "text/plain, application/octet-stream;q=0.9", _OCTETS),
    ("octets", "text/*, */*;q=0.1", _OCTETS),
    ("octets", "text/plain", None),
    ("octets", "image/png", None),
    ("octets of text", "text/plain", _CHARSET),
    ("octets of text", "application/octet-stream", _OCTETS),
    ("pkcs8", None, _OCTETS),
    ("pkcs8", "*/*", _PKCS8),
    ("pkcs8", "application/pkcs8", _PKCS8),
    ("pkcs8", "application/octet-stream", _OCTETS),
    ("pkcs8", "application/pkcs8, application/octet-stream", _PKCS8),
    ("pkcs8", "text/plain, */*;q=0.5", _PKCS8),
    ("pkcs8", "text/plain", None),
]


@pytest.fixture(scope="module")
def stored(instance: Instance) -> tuple[Caller, dict[str, str]]:
    """A secret of each kind, by kind its path."""
    caller = instance.caller()
    paths = {"text": caller.new_secret(payload=_BYTES["text"].decode(), payload_content_type=_TEXT)}
    for kind in ("octets", "octets of text", "pkcs8"):
        paths[kind] = caller.new_secret(
            payload=base64.b64encode(_BYTES[kind]).decode(),
            payload_content_type=_MEDIA[kind],
            payload_content_encoding="base64",
        )
    return caller, paths


@pytest.mark.parametrize(("kind", "accept", "answered"), _TABLE)
def test_a_payload_is_negotiated(
    stored: tuple[Caller, dict[str, str]], kind: str, accept: str | None, answered: str | None
) -> None:
    caller, paths = stored
    answer = caller.get(f"{paths[kind]}/payload", accept=accept)
    if answered is None:
        assert answer.status_int == 406
        assert answer.json["description"] == "Wrong payload content-type"
    else:
        assert (answer.status_int, answer.body) == (200, _BYTES[kind])
        assert answer.headers["Content-Type"] == answered
        assert answer.headers["Content-Length"] == str(len(_BYTES[kind]))


@pytest.mark.parametrize(
    ("kind", "accept", "answered"), [row for row in _TABLE if row[1] not in {None, "", "*/*"}]
)
def test_an_accept_that_is_not_json_s_reads_the_payload_of_old(
    stored: tuple[Caller, dict[str, str]], kind: str, accept: str, answered: str | None
) -> None:
    caller, paths = stored
    answer = caller.get(paths[kind], accept=accept)
    if answered is None:
        assert answer.status_int == 406
    else:
        assert (answer.status_int, answer.body) == (200, _BYTES[kind])
        assert answer.headers["Content-Type"] == answered


@pytest.mark.parametrize("accept", [None, "", "application/json", "*/*"])
def test_a_json_accept_shows_the_description(
    stored: tuple[Caller, dict[str, str]], accept: str | None
) -> None:
    caller, paths = stored
    answer = caller.get(paths["text"], accept=accept)
    assert answer.content_type == "application/json"
    assert answer.json["content_types"] == {"default": "text/plain"}


@pytest.mark.parametrize(
    "accept", ["application/json;q=1", "application/json, text/html", "APPLICATION/JSON"]
)
def test_only_exactly_json_shows_the_description(stored: tuple[Caller, dict[str, str]], accept: str) -> None:
    caller, paths = stored
    assert caller.get(paths["text"], accept=accept).status_int == 406


def test_the_old_way_is_asked_of_the_policy_for_payloads(instance: Instance) -> None:
    """An admin of another project may see a description, never a payload, whichever way is tried."""
    owner = instance.caller()
    path = owner.new_secret(payload="x", payload_content_type=_TEXT)
    admin = instance.caller(X_Roles="admin")
    assert admin.get(path).status_int == 200
    for answer in (admin.get(path, accept=_TEXT), admin.get(f"{path}/payload", accept=_TEXT)):
        assert answer.status_int == 403


@pytest.mark.parametrize("accept", [None, "*/*", _TEXT, _OCTETS])
def test_a_secret_without_a_payload_has_none_to_give(caller: Caller, accept: str | None) -> None:
    answer = caller.get(f"{caller.new_secret()}/payload", accept=accept)
    assert answer.status_int == 404
    assert answer.json["description"] == "Not Found. Sorry but your secret has no payload."


def test_a_wrapped_session_key_needs_a_transport_key(stored: tuple[Caller, dict[str, str]]) -> None:
    caller, paths = stored
    answer = caller.get(f"{paths['text']}/payload?trans_wrapped_session_key=x")
    assert answer.status_int == 400
    assert "transport_key_id" in answer.json["description"]


def test_a_query_string_gives_no_rights(instance: Instance) -> None:
    """What stands in the query never reaches the policy's target (CVE-2022-3100)."""
    path = instance.caller().new_secret(payload="x", payload_content_type=_TEXT)
    stranger = instance.caller(X_Roles="member", X_User_Id="eve")
    query = f"target.secret.project_id={stranger.project_id}&project_id={stranger.project_id}&read=read"
    for tail in ("/payload?", "?"):
        assert stranger.get(f"{path}{tail}{query}&target.secret.read=read").status_int == 403


def test_a_payload_is_never_given_in_base64(stored: tuple[Caller, dict[str, str]]) -> None:
    caller, paths = stored
    answer = caller.get(f"{paths['octets']}/payload", headers={"Accept-Encoding": "base64"})
    assert answer.body == _BYTES["octets"]
