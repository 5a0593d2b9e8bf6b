"""For each route of secrets and orders a good request, and how its query and body can be spoilt."""

from __future__ import annotations

from tests.support.bad_input import (
    ABSENT,
    NO_DATE,
    NO_NAME,
    NO_SIZE,
    NO_TEXT,
    Case,
    Route,
    bodies,
    dumps,
    not_json,
    spoilt,
)

_JSON = "application/json"
_OCTETS = "application/octet-stream"
_SECRET = {
    "name": "x",
    "algorithm": "aes",
    "mode": "cbc",
    "bit_length": 256,
    "secret_type": "opaque",
    "payload": "eHl6",
    "payload_content_type": _OCTETS,
    "payload_content_encoding": "base64",
}
_ORDER = {"type": "asymmetric", "meta": {"name": "x", "algorithm": "ec", "bit_length": 256}}
_CONSUMER = {"service": "glance", "resource_type": "image", "resource_id": "42"}
_PAGE = ("limit", "offset")


def _described(good: dict[str, object], inside: str = "") -> tuple[Case, ...]:
    """What secrets and orders have in common."""
    return (
        *spoilt(good, "name", NO_NAME, inside),
        *spoilt(good, "algorithm", (None, *NO_NAME), inside),
        *spoilt(good, "mode", (None, *NO_NAME), inside),
        *spoilt(good, "bit_length", NO_SIZE, inside),
        *spoilt(good, "expiration", NO_DATE, inside),
    )


_SECRET_BODIES = (
    *not_json(_SECRET),
    *_described(_SECRET),
    *spoilt(_SECRET, "secret_type", (None, *NO_NAME, "", "x", "OPAQUE", "opaque\x00")),
    *spoilt(_SECRET, "payload", (None, *NO_TEXT, "", "  ", "eHl", "e", "\xe9A==", "!!!!")),
    *spoilt(
        _SECRET,
        "payload_content_type",
        (ABSENT, None, *NO_NAME, "", "x", "image/png", "text/plain; charset=latin-1", "text/plain; x=y"),
    ),
    *spoilt(_SECRET, "payload_content_encoding", (ABSENT, None, *NO_NAME, "", "gzip", "base64 gzip")),
    *spoilt(_SECRET, "transport_key_needed", (*NO_NAME, "true", "x", "")),
    *spoilt(_SECRET, "transport_key_id", (None, *NO_NAME, "x", "")),
    *bodies(
        ("a content type without a payload", dumps({"payload_content_type": "text/plain"}), "payload"),
        ("an encoding without a payload", dumps({"payload_content_encoding": "base64"}), "payload"),
        (
            "an encoded text",
            dumps(_SECRET | {"payload_content_type": "text/plain"}),
            "payload_content_encoding",
        ),
        ("a payload too large", dumps(_SECRET | {"payload": "x" * 20_001})),
        ("the last of two names counts", dumps(_SECRET)[:-1] + b', "name": 5}', "name"),
    ),
)
_ORDER_BODIES = (
    *not_json(_ORDER),
    *spoilt(_ORDER, "type", (ABSENT, None, *NO_NAME, "", "certificate", "KEY")),
    *spoilt(_ORDER, "meta", (ABSENT, None, "x", 5, True, [], ["x"])),
    *_described(_ORDER, "meta"),
    *spoilt(_ORDER, "algorithm", (ABSENT, "", "  "), "meta"),
    *spoilt(_ORDER, "bit_length", (ABSENT,), "meta"),
    *spoilt(_ORDER, "payload", (None, "x", ""), "meta"),
    *spoilt(_ORDER, "payload_content_type", (*NO_NAME, "x", "image/png"), "meta"),
    *spoilt(_ORDER, "passphrase", NO_NAME, "meta"),
    *bodies(
        ("an odd size", dumps(_ORDER | {"meta": {"algorithm": "aes", "bit_length": 255}})),
        ("an empty meta", dumps(_ORDER | {"meta": {}}), "algorithm"),
        (
            "two passphrases",
            dumps(_ORDER | {"meta": _ORDER["meta"] | {"passphrase": "a", "pass_phrase": "b"}}),  # type: ignore[operator]
            "pass_phrase",
        ),
    ),
)
_CONSUMER_BODIES = (
    *not_json(_CONSUMER),
    *(
        case
        for name in _CONSUMER
        for case in spoilt(_CONSUMER, name, (ABSENT, None, *NO_NAME, "", "  ", "\u20ac" * 256))
    ),
)
_BAD_DATES = ("x", "gt:x", "gt:2024-01-01,gte:2024-01-01", "2024-01-01,2024-01-01", "%00")
_SECRET_QUERIES = (
    *(
        (f"{name}={value}", f"{name}={value}")
        for name in ("created", "updated", "expiration")
        for value in _BAD_DATES
    ),
    *((f"sort={value}", f"sort={value}") for value in ("x", "name:x", "name,name", "id", "name:", "%00")),
)

ROUTES = (
    Route(name="GET /v1/", any_role=True),
    Route(name="GET /v1/openapi.json", any_role=True),
    Route(name="GET /v1/openapi.json", any_role=True),
    Route(
        name="GET /v1/secrets",
        query=("name", "alg", "mode", "bits", "secret_type", "acl_only", *_PAGE),
        spoilt_queries=_SECRET_QUERIES,
    ),
    Route(name="POST /v1/secrets", body=dumps(_SECRET), content_type=_JSON, spoilt_bodies=_SECRET_BODIES),
    Route(name="GET /v1/secrets/{id}", makes="payload", json_only=False),
    Route(
        name="PUT /v1/secrets/{id}",
        makes="secret",
        body=b"bytes",
        content_type=_OCTETS,
    ),
    Route(
        name="DELETE /v1/secrets/{id}",
        makes="secret",
        query=("force",),
        spoilt_queries=tuple((f"force={word}", f"force={word}") for word in ("", "x", "2", "tru", "%00")),
    ),
    Route(
        name="GET /v1/secrets/{id}/payload",
        makes="payload",
        json_only=False,
        query=("trans_wrapped_session_key",),
        spoilt_queries=(("no transport key", "trans_wrapped_session_key=x"),),
    ),
    Route(name="GET /v1/secrets/{id}/consumers", makes="secret", query=_PAGE),
    Route(
        name="POST /v1/secrets/{id}/consumers",
        makes="secret",
        body=dumps(_CONSUMER),
        content_type=_JSON,
        spoilt_bodies=_CONSUMER_BODIES,
    ),
    Route(
        name="DELETE /v1/secrets/{id}/consumers",
        makes="consumed",
        body=dumps(_CONSUMER),
        content_type=_JSON,
        spoilt_bodies=_CONSUMER_BODIES,
    ),
    Route(name="GET /v1/orders", query=("meta", *_PAGE)),
    Route(name="POST /v1/orders", body=dumps(_ORDER), content_type=_JSON, spoilt_bodies=_ORDER_BODIES),
    Route(name="PUT /v1/orders"),
    Route(name="GET /v1/orders/{id}", makes="order"),
    Route(name="DELETE /v1/orders/{id}", makes="order"),
)
