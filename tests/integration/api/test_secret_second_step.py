"""PUT /v1/secrets/{id}: the second step, byte for byte."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.application import Instance
from tests.support.caller import Caller, Raw

_OCTETS = "application/octet-stream"
_BASE64 = {"Content-Encoding": "base64"}


def test_a_second_step_gives_the_payload(any_caller: Caller) -> None:
    path = any_caller.new_secret(name="x")
    assert "content_types" not in any_caller.get(path).json
    answer = any_caller.put(path, b"\x00\xffbytes", _OCTETS)
    assert (answer.status_int, answer.body) == (204, b"")
    shown = any_caller.get(path).json
    assert shown["content_types"] == {"default": _OCTETS}
    assert shown["updated"] > shown["created"]
    assert any_caller.get(f"{path}/payload").body == b"\x00\xffbytes"


@pytest.mark.parametrize(
    ("content_type", "stored"),
    [
        ("text/plain", "text/plain"),
        ("Text/Plain", "text/plain"),
        ("text/plain;charset=utf-8", "text/plain"),
        ("text/plain; charset=UTF-8", "text/plain"),
        ("application/octet-stream", _OCTETS),
        ("APPLICATION/OCTET-STREAM", _OCTETS),
    ],
)
def test_a_media_type_is_read_without_case_and_charset(
    caller: Caller, content_type: str, stored: str
) -> None:
    path = caller.new_secret()
    assert caller.put(path, b" eHl6\n", content_type).status_int == 204
    assert caller.get(path).json["content_types"] == {"default": stored}
    assert caller.get(f"{path}/payload", accept=stored).body == b" eHl6\n"


@pytest.mark.parametrize("content_type", ["application/json", "application/pkcs8", "image/png", "nonsense"])
def test_any_other_media_type_is_415(caller: Caller, content_type: str) -> None:
    answer = caller.put(caller.new_secret(), b"x", content_type)
    assert answer.status_int == 415
    assert answer.json["description"] == (
        "Unexpected content type. Expected content types are: ['text/plain', 'application/octet-stream']"
    )


def test_no_media_type_is_415(caller: Caller) -> None:
    assert caller.call("PUT", caller.new_secret(), body=b"x").status_int == 415


def test_octets_may_be_given_in_base64(caller: Caller) -> None:
    path = caller.new_secret()
    assert caller.put(path, b"eHl6\n", _OCTETS, headers=_BASE64).status_int == 204
    assert caller.get(f"{path}/payload").body == b"xyz"


def test_a_content_encoding_of_text_is_ignored(caller: Caller) -> None:
    path = caller.new_secret()
    assert caller.put(path, b"eHl6", "text/plain", headers=_BASE64).status_int == 204
    assert caller.get(f"{path}/payload", accept="text/plain").body == b"eHl6"


@pytest.mark.parametrize("encoding", ["gzip", "base32", "base64, gzip", "identity"])
def test_any_other_content_encoding_is_400(caller: Caller, encoding: str) -> None:
    answer = caller.put(caller.new_secret(), b"x", _OCTETS, headers={"Content-Encoding": encoding})
    assert answer.status_int == 400
    assert "must specify a content-encoding of 'base64'" in answer.json["description"]


@pytest.mark.parametrize(
    "body", [b"eHl", b"eA=", b"e", b"eA==eA", b"\xe9A==", b"!!", b"_-_-", b"data:;base64,eHl6"]
)
def test_bad_base64_is_400_and_stores_nothing(caller: Caller, body: bytes) -> None:
    path = caller.new_secret()
    assert caller.put(path, body, _OCTETS, headers=_BASE64).status_int == 400
    assert caller.get(f"{path}/payload").status_int == 404


@pytest.mark.parametrize(
    ("body", "content_type", "headers"),
    [(b"", "text/plain", {}), (b"", _OCTETS, {}), (b"", _OCTETS, _BASE64), (b" \n", _OCTETS, _BASE64)],
)
def test_nothing_is_no_payload(
    caller: Caller, body: bytes, content_type: str, headers: dict[str, str]
) -> None:
    answer = caller.put(caller.new_secret(), body, content_type, headers=headers)
    assert answer.status_int == 400
    assert answer.json["description"] == "Secret update issue seen - No data supplied to process."


def test_text_that_is_not_utf_8_is_400(caller: Caller) -> None:
    answer = caller.put(caller.new_secret(), b"\xff\xfe", "text/plain")
    assert answer.status_int == 400
    assert "UTF-8" in answer.json["description"]


@pytest.mark.parametrize(("size", "status"), [(20_000, 204), (20_001, 413), (25_000, 413), (25_001, 413)])
@pytest.mark.parametrize("content_type", ["text/plain", _OCTETS])
def test_a_payload_has_at_most_20000_bytes(caller: Caller, content_type: str, size: int, status: int) -> None:
    answer = caller.put(caller.new_secret(), b"x" * size, content_type)
    assert answer.status_int == status
    if status == 413:
        assert "Provided information too large to process" in answer.json["description"]


@pytest.mark.parametrize("first", ["one step", "two steps"])
def test_a_second_payload_is_409_and_changes_nothing(any_caller: Caller, first: str) -> None:
    if first == "one step":
        path = any_caller.new_secret(payload="first", payload_content_type="text/plain")
    else:
        path = any_caller.new_secret()
        any_caller.put(path, b"first", "text/plain")
    answer = any_caller.put(path, b"second", "text/plain")
    assert answer.status_int == 409
    assert answer.json["description"] == "Secret already has data, cannot modify it."
    assert any_caller.get(f"{path}/payload", accept="text/plain").body == b"first"


@given(payload=st.binary(min_size=1, max_size=300), encoded=st.booleans())
def test_any_bytes_come_back_as_they_went_in(instance: Instance, payload: bytes, encoded: bool) -> None:
    caller = instance.caller("byte-exactness")
    path = caller.new_secret()
    body = base64.encodebytes(payload) if encoded else payload
    assert caller.put(path, body, _OCTETS, headers=_BASE64 if encoded else {}).status_int == 204
    assert caller.get(f"{path}/payload").body == payload


@given(payload=st.text(min_size=1, max_size=100))
def test_any_text_comes_back_as_it_went_in(instance: Instance, payload: str) -> None:
    caller = instance.caller("byte-exactness")
    path = caller.new_secret()
    assert caller.put(path, payload.encode(), "text/plain").status_int == 204
    assert caller.get(f"{path}/payload", accept="text/plain").body == payload.encode()


def test_secrets_own_bytes_never_differ_by_way_of_writing(caller: Caller) -> None:
    """The same bytes, given in each of the four ways, are the same payload."""
    payload = b"\xc3\xa9 \r\n"
    ways = [caller.new_secret() for _ in range(3)]
    caller.put(ways[0], payload, "text/plain")
    caller.put(ways[1], payload, _OCTETS)
    caller.put(ways[2], base64.b64encode(payload), _OCTETS, headers=_BASE64)
    ways.append(caller.new_secret(payload=payload.decode(), payload_content_type="text/plain"))
    assert [caller.get(f"{path}/payload", accept=_OCTETS).body for path in ways] == [payload] * 4


def test_a_payload_without_a_length_is_refused(caller: Caller) -> None:
    """A chunked body that breaks off can look whole to the application: 411, and nothing is stored."""
    path = caller.new_secret()
    headers = {"X-Project-Id": caller.project_id, "Content-Type": "application/octet-stream"}
    answer = Raw(method="PUT", path=path, headers=headers, body=b"half of it", length=None).send(
        caller.application
    )
    assert answer.status == 411
    assert caller.get(f"{path}/payload").status_int == 404
