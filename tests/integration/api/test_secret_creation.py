"""POST /v1/secrets: what is stored, and what of a body is refused."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.application import Instance
from tests.support.caller import Caller

_TEXT = {"payload": "text", "payload_content_type": "text/plain"}
_OCTETS = {"payload_content_type": "application/octet-stream", "payload_content_encoding": "base64"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")
_TYPES = (
    "['text/plain', 'text/plain;charset=utf-8', 'text/plain; charset=utf-8', "
    "'application/octet-stream', 'application/pkcs8']"
)


def test_a_secret_is_created_with_a_location(any_caller: Caller) -> None:
    answer = any_caller.post("/v1/secrets/", {"name": "x"})
    assert answer.status == "201 Created"
    assert list(answer.json) == ["secret_ref"]
    assert re.fullmatch(
        r"http://localhost:9311/v1/secrets/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        answer.json["secret_ref"],
    )
    assert answer.headers["Location"] == answer.json["secret_ref"]


def test_a_secret_shows_everything_it_was_given(any_instance: Instance) -> None:
    caller = any_instance.caller(X_User_Id="alice")
    expiration = (datetime.now(UTC) + timedelta(days=1)).replace(tzinfo=None)
    given_fields = {
        "name": "a name with \N{LATIN SMALL LETTER E WITH ACUTE} \U0001f511",
        "algorithm": "AES",
        "mode": "CBC",
        "bit_length": 256,
        "secret_type": "symmetric",
        "expiration": expiration.isoformat(),
    }
    path = caller.new_secret(**given_fields, **_TEXT)
    shown = caller.get(path).json
    created, updated = shown.pop("created"), shown.pop("updated")
    assert _MOMENT.fullmatch(created)
    assert updated == created
    assert shown == given_fields | {
        "status": "ACTIVE",
        "creator_id": "alice",
        "content_types": {"default": "text/plain"},
        "secret_ref": f"http://localhost:9311{path}",
    }


def test_an_empty_object_is_a_secret_of_defaults(caller: Caller) -> None:
    shown = caller.get(caller.new_secret(), version="1.1").json
    assert {name: shown[name] for name in shown if name not in {"created", "updated", "secret_ref"}} == {
        "status": "ACTIVE",
        "name": None,
        "secret_type": "opaque",
        "expiration": None,
        "algorithm": None,
        "bit_length": None,
        "mode": None,
        "creator_id": None,
        "consumers": [],
    }


def test_consumers_are_shown_from_version_1_1_on(caller: Caller) -> None:
    path = caller.new_secret()
    assert "consumers" not in caller.get(path).json
    assert "consumers" not in caller.get("/v1/secrets").json["secrets"][0]
    for version in ("1.1", "1.2"):
        assert caller.get(path, version=version).json["consumers"] == []
        assert caller.get("/v1/secrets", version=version).json["secrets"][0]["consumers"] == []


def test_strings_are_stripped(caller: Caller) -> None:
    path = caller.new_secret(name="  a b \n", algorithm=" aes ", mode="\tcbc")
    shown = caller.get(path).json
    assert [shown[name] for name in ("name", "algorithm", "mode")] == ["a b", "aes", "cbc"]


def test_unknown_fields_are_ignored(caller: Caller) -> None:
    shown = caller.get(caller.new_secret(nonsense=1, status="ERROR", creator_id="me", secret_ref="x")).json
    assert (shown["status"], shown["creator_id"]) == ("ACTIVE", None)


@pytest.mark.parametrize("kind", ["symmetric", "passphrase", "private", "public", "certificate", "opaque"])
def test_a_secret_type_is_a_label(caller: Caller, kind: str) -> None:
    assert caller.get(caller.new_secret(secret_type=kind, **_TEXT)).json["secret_type"] == kind


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 255},
        {"name": None},
        {"name": ""},
        {"algorithm": "x" * 255, "mode": "x" * 255},
        {"bit_length": 1},
        {"bit_length": 32_767},
        {"expiration": ""},
        {"expiration": None},
        {"expiration": "2999-01-01T00:00:00"},
        {"expiration": "2999-01-01T00:00:00.123456+02:00"},
        {"expiration": "2999-01-01T00:00:00Z"},
        {"expiration": "2999-01-01"},
        {"transport_key_needed": "false"},
    ],
    ids=str,
)
def test_a_value_at_its_bound_is_accepted(any_caller: Caller, fields: dict[str, object]) -> None:
    any_caller.new_secret(**fields)


def test_an_expiration_is_shown_as_naive_utc(caller: Caller) -> None:
    path = caller.new_secret(expiration="2999-06-01T12:00:00+02:00")
    assert caller.get(path).json["expiration"] == "2999-06-01T10:00:00"


@pytest.mark.parametrize(
    ("fields", "reason", "prop"),
    [
        ({"name": 5}, "name is not of type 'string'", "name"),
        ({"name": "x" * 256}, "name is too long: at most 255 characters are allowed", "name"),
        ({"algorithm": None}, "algorithm is not of type 'string'", "algorithm"),
        ({"mode": None}, "mode is not of type 'string'", "mode"),
        ({"bit_length": 0}, "bit_length is out of range: 1 to 32767", "bit_length"),
        ({"bit_length": 32_768}, "bit_length is out of range: 1 to 32767", "bit_length"),
        ({"bit_length": "256"}, "bit_length is not of type 'integer'", "bit_length"),
        ({"bit_length": True}, "bit_length is not of type 'integer'", "bit_length"),
        ({"bit_length": 256.5}, "bit_length is not of type 'integer'", "bit_length"),
        ({"expiration": "tomorrow"}, "Invalid date for 'expiration'", "expiration"),
        ({"expiration": "2020-01-01T00:00:00"}, "'expiration' is before current time", "expiration"),
        ({"secret_type": None}, "secret_type is not of type 'string'", "secret_type"),
        (
            {"payload": "   ", "payload_content_type": "text/plain"},
            "If 'payload' specified, must be non empty",
            "payload",
        ),
        (
            {"payload_content_type": "text/plain"},
            "payload must be provided when payload_content_type is supplied.",
            "payload_content_type",
        ),
        (
            {"payload_content_type": None},
            "payload must be provided when payload_content_type is supplied.",
            "payload_content_type",
        ),
        (
            {"payload": "x", "payload_content_type": "image/png"},
            f"payload_content_type is not one of {_TYPES}",
            "payload_content_type",
        ),
        (
            {"payload": "x", "payload_content_type": "text/plain; charset=latin-1"},
            f"payload_content_type is not one of {_TYPES}",
            "payload_content_type",
        ),
        (
            _TEXT | {"payload_content_encoding": "gzip"},
            "payload_content_encoding is not one of ['base64']",
            "payload_content_encoding",
        ),
        (
            {"payload": "eA==", "payload_content_type": "application/octet-stream"},
            (
                "payload_content_encoding must be specified when payload_content_type is "
                "application/octet-stream."
            ),
            "payload_content_encoding",
        ),
        (_OCTETS | {"payload": "eA="}, "Invalid payload for payload_content_encoding", "payload"),
        (_OCTETS | {"payload": "\xe9A=="}, "Invalid payload for payload_content_encoding", "payload"),
        *(
            (_OCTETS | {"payload": payload}, "Invalid payload for payload_content_encoding", "payload")
            for payload in (
                "!!!!",
                "eH*l6",
                base64.urlsafe_b64encode(b"\xff" * 32).decode(),
                "data:;base64,eHl6",
            )
        ),
    ],
    ids=str,
)
def test_a_refused_field_is_named_with_its_reason(
    caller: Caller, fields: dict[str, object], reason: str, prop: str
) -> None:
    answer = caller.post("/v1/secrets", fields)
    assert answer.status_int == 400
    assert answer.json["description"] == (
        f"Provided object does not match schema 'Secret': {reason}. Invalid property: '{prop}'"
    )


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"transport_key_needed": "true"}, "transport_key_needed"),
        ({"transport_key_needed": True}, "transport_key_needed"),
        ({"transport_key_id": "x"}, "transport_key_id"),
    ],
)
def test_a_transport_key_cannot_be_had(caller: Caller, fields: dict[str, object], word: str) -> None:
    answer = caller.post("/v1/secrets", fields)
    assert answer.status_int == 400
    assert word in answer.json["description"]


@pytest.mark.parametrize(
    ("spelled", "stored"),
    [
        ("text/plain", "text/plain"),
        ("TEXT/PLAIN", "text/plain"),
        ("text/plain;charset=utf-8", "text/plain"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("Text/Plain; Charset=UTF-8", "text/plain"),
        (' text/plain ;  charset="utf-8" ', "text/plain"),
        ("application/octet-stream", "application/octet-stream"),
        ("Application/Octet-Stream", "application/octet-stream"),
        ("application/pkcs8", "application/pkcs8"),
    ],
)
def test_a_content_type_is_kept_by_its_canonical_name(caller: Caller, spelled: str, stored: str) -> None:
    encoding = {} if stored == "text/plain" else {"payload_content_encoding": "base64"}
    path = caller.new_secret(payload="eHl6", payload_content_type=spelled, **encoding)
    assert caller.get(path).json["content_types"] == {"default": stored}
    payload = caller.get(f"{path}/payload", accept=stored).body
    assert payload == (b"eHl6" if stored == "text/plain" else b"xyz")


def test_base64_is_decoded_leniently(caller: Caller) -> None:
    path = caller.new_secret(payload="\n eH l6\r\n", **_OCTETS)
    assert caller.get(f"{path}/payload").body == b"xyz"


def test_a_one_step_text_keeps_its_blanks(caller: Caller) -> None:
    path = caller.new_secret(payload=" x\n", payload_content_type="text/plain")
    assert caller.get(f"{path}/payload", accept="text/plain").body == b" x\n"


@pytest.mark.parametrize(
    ("payload", "status"),
    [("x" * 20_000, 201), ("x" * 20_001, 413), ("\xe9" * 10_000, 201), ("\xe9" * 10_000 + "x", 413)],
    ids=["at", "over", "at, of two bytes each", "over, of two bytes each"],
)
def test_a_payload_has_at_most_20000_bytes(caller: Caller, payload: str, status: int) -> None:
    answer = caller.post("/v1/secrets", {"payload": payload, "payload_content_type": "text/plain"})
    assert answer.status_int == status


@pytest.mark.parametrize(("size", "status"), [(15_000, 201), (15_001, 413)])
def test_of_a_base64_payload_the_text_counts(caller: Caller, size: int, status: int) -> None:
    payload = base64.b64encode(b"x" * size).decode()
    assert caller.post("/v1/secrets", _OCTETS | {"payload": payload}).status_int == status


def test_a_body_has_at_most_25000_bytes(caller: Caller) -> None:
    fits, over = (b'{"name": "x"' + b" " * size + b"}" for size in (24_987, 24_988))
    assert (len(fits), len(over)) == (25_000, 25_001)
    statuses = [
        caller.call("POST", "/v1/secrets", body=body, content_type="application/json").status_int
        for body in (fits, over)
    ]
    assert statuses == [201, 413]


@given(payload=st.binary(min_size=1, max_size=300))
def test_any_bytes_come_back_as_they_went_in(instance: Instance, payload: bytes) -> None:
    caller = instance.caller("byte-exactness")
    path = caller.new_secret(payload=base64.b64encode(payload).decode(), **_OCTETS)
    assert caller.get(f"{path}/payload").body == payload


@given(payload=st.text(min_size=1, max_size=100).filter(lambda text: text.strip()))
def test_any_text_comes_back_as_its_utf_8(instance: Instance, payload: str) -> None:
    caller = instance.caller("byte-exactness")
    path = caller.new_secret(payload=payload, payload_content_type="text/plain")
    assert caller.get(f"{path}/payload", accept="text/plain").body == payload.encode()
