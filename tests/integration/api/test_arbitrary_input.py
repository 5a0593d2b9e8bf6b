"""Whatever JSON and whatever query string: never a 5xx, on any database."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.application import Instance
from tests.support.caller import Raw
from tests.support.entities import a_secret

_SOME = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
_TEXT = st.text(max_size=40)  # lone surrogates left out: UTF-8 has none, so no JSON body has
_WORDS = st.sampled_from(
    [
        *(
            "",
            " ",
            "x",
            "\x00",
            "x" * 256,
            "%",
            "\\",
            "'",
            '"',
            "\U0001f511",
            "key",
            "asymmetric",
            "aes",
            "ec",
        ),
        *(
            "rsa",
            "xts",
            "opaque",
            "text/plain",
            "application/octet-stream",
            "base64",
            "eHl6",
            "true",
            "false",
        ),
        *("2999-01-01", "2020-01-01", "9999-12-31T23:59:59.999999-12:00", "0001-01-01T00:00:00+12:00"),
    ]
)
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, 8, 256, 521, 2**31]) | st.floats()
_ATOMS = st.none() | st.booleans() | _NUMBERS | _TEXT | _WORDS
_JSON: st.SearchStrategy[Any] = st.recursive(
    _ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_SECRET_NAMES = [
    *("name", "algorithm", "mode", "bit_length", "expiration", "secret_type", "payload"),
    *("payload_content_type", "payload_content_encoding", "transport_key_needed", "transport_key_id"),
]
_CONSUMER_NAMES = ["service", "resource_type", "resource_id"]


def objects(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the names that a schema knows, and others."""
    values = _WORDS | _ATOMS | _JSON
    return st.dictionaries(st.sampled_from(names) | _TEXT, values, max_size=len(names) + 1)


_META = objects(*_SECRET_NAMES[:5], "payload_content_type", "passphrase", "pass_phrase")
_SOUND_META = _META.map(lambda meta: {"algorithm": "aes", "bit_length": 256} | meta)
_ORDER = st.fixed_dictionaries(
    {"type": st.sampled_from(["key", "asymmetric"]) | _JSON, "meta": _SOUND_META | _META | _JSON}
)
_QUERY_NAMES = [
    *("name", "alg", "mode", "bits", "secret_type", "acl_only", "created", "updated", "expiration", "sort"),
    *("limit", "offset", "meta", "type", "force"),
]
_QUERY_VALUES = _WORDS | _TEXT | st.integers().map(str) | st.datetimes().map(lambda d: f"gt:{d.isoformat()}")
_QUERIES = st.lists(st.tuples(st.sampled_from(_QUERY_NAMES) | _TEXT, _QUERY_VALUES), max_size=5).map(
    lambda pairs: "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
)
_RAW_QUERIES = st.binary(max_size=60).map(lambda query: query.decode("latin-1"))


def send(instance: Instance, method: str, path: str, *, query: str = "", body: object = None) -> int:
    """The status of a request of a project that only these tests use."""
    headers = {"X-Project-Id": "arbitrary", "Content-Type": "application/json"}
    request = Raw(method=method, path=path, query=query, headers=headers, body=orjson.dumps(body))
    answer = request.send(instance.application)
    assert answer.status < 500, answer
    if answer.status >= 400:
        assert orjson.loads(answer.body)["description"]
    return answer.status


@_SOME
@given(body=objects(*_SECRET_NAMES) | _JSON)
def test_any_json_as_a_secret(any_instance: Instance, body: object) -> None:
    assert send(any_instance, "POST", "/v1/secrets", body=body) in {201, 400, 413}


@_SOME
@given(body=_ORDER | _JSON)
def test_any_json_as_an_order(any_instance: Instance, body: object) -> None:
    assert send(any_instance, "POST", "/v1/orders", body=body) in {202, 400, 413}


@_SOME
@given(
    body=st.fixed_dictionaries(dict.fromkeys(_CONSUMER_NAMES, _TEXT)) | objects(*_CONSUMER_NAMES) | _JSON,
    method=st.sampled_from(["POST", "DELETE"]),
)
def test_any_json_as_a_consumer(any_instance: Instance, consumed: str, method: str, body: object) -> None:
    assert send(any_instance, method, f"{consumed}/consumers", body=body) in {200, 400, 404, 413}


@pytest.fixture(scope="module")
def consumed(any_instance: Instance) -> str:
    """The path of a secret of the project."""
    return any_instance.caller("arbitrary").new_secret()


@pytest.mark.parametrize("path", ["/v1/secrets", "/v1/orders", "/v1/containers"])
@_SOME
@given(query=_QUERIES | _RAW_QUERIES)
def test_any_query_of_a_list(any_instance: Instance, path: str, query: str) -> None:
    assert send(any_instance, "GET", path, query=query) in {200, 400}


@_SOME
@given(query=_QUERIES | _RAW_QUERIES, payload=st.booleans())
def test_any_query_of_one_secret(any_instance: Instance, consumed: str, query: str, payload: bool) -> None:
    path = f"{consumed}/payload" if payload else consumed
    assert send(any_instance, "GET", path, query=query) in {200, 400, 404}


@_SOME
@given(
    collection=st.sampled_from(["secrets", "orders", "containers"]),
    thing=st.binary(min_size=1, max_size=40).map(lambda path: path.decode("latin-1")),
    method=st.sampled_from(["GET", "DELETE"]),
)
def test_any_id(any_instance: Instance, collection: str, thing: str, method: str) -> None:
    # Slashes at its ends make it the collection itself.
    expected = {404, 405} if thing.strip("/") else {200, 405}
    assert send(any_instance, method, f"/v1/{collection}/{thing}") in expected


@_SOME
@given(header=st.text(st.characters(max_codepoint=255), max_size=40))
def test_any_header(instance: Instance, header: str) -> None:
    """The headers that the server itself reads, with any bytes in them."""
    secret = a_secret().id
    for name in ("Accept", "OpenStack-API-Version", "X-Project-Id", "X-Roles", "Host", "X-Forwarded-Proto"):
        headers = {"X-Project-Id": "arbitrary", name: header}
        for path in ("/", "/v1/secrets", f"/v1/secrets/{secret}"):
            assert Raw(method="GET", path=path, headers=headers).send(instance.application).status < 500
