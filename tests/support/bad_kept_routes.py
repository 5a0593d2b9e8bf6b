"""The same as ``bad_routes`` for containers, ACLs, user metadata, quotas, transport keys, secret stores."""

from __future__ import annotations

from tests.support.bad_input import ABSENT, NO_NAME, NO_TEXT, Case, Route, bodies, dumps, not_json, spoilt

_JSON = "application/json"
_ADMIN = "admin"
_PAGE = ("limit", "offset")
_SECRET_REF = "http://localhost:9311/v1/secrets/@id@"
_NO_REF = (
    *(
        "x",
        "/v1/secrets/@id@",
        "http://evil.example.org/v1/secrets/@id@",
        "http://localhost:9311/v1/orders/@id@",
    ),
    *("http://localhost:9311/v1/secrets/nonsense", f"{_SECRET_REF}/payload", f"{_SECRET_REF}\x00"),
    *(
        "http://localhost:9311/v1/secrets/",
        "http://localhost:9311/v1/secrets/6f5b3f9e-1b39-4cb3-9d5c-7a2b1f7e9a01",
    ),
)
_REFERENCE = {"name": "new", "secret_ref": _SECRET_REF}
_CONTAINER = {"type": "generic", "name": "x", "secret_refs": [_REFERENCE]}
_CONSUMER = {"name": "x", "URL": "http://x"}
_ACL = {"read": {"users": ["alice"], "project-access": True}}
_METADATA = {"metadata": {"key": "value"}}
_METADATUM = {"key": "new", "value": "value"}
_SAME_METADATUM = {"key": "@id@", "value": "value"}
_QUOTAS = {"project_quotas": {"secrets": 5, "orders": -1}}
_TRANSPORT_KEY = {"plugin_name": "x", "transport_key": "y"}


def _reference_bodies(good: dict[str, object]) -> tuple[Case, ...]:
    return (
        *not_json(good),
        *spoilt(good, "name", NO_NAME),
        *spoilt(good, "secret_ref", (ABSENT, None, *NO_TEXT, "", "  ")),
        *spoilt(good, "secret_ref", _NO_REF, blame=""),
    )


def _named(*names: str) -> bytes:
    """A container of one secret under several names."""
    references = [{"name": name, "secret_ref": _SECRET_REF + str(n)} for n, name in enumerate(names)]
    return dumps({"type": "rsa", "secret_refs": references})


_CONTAINER_BODIES = (
    *not_json(_CONTAINER),
    *spoilt(_CONTAINER, "type", (ABSENT, None, *NO_NAME, "", "dsa", "GENERIC")),
    *spoilt(_CONTAINER, "name", NO_NAME),
    *spoilt(_CONTAINER, "secret_refs", (None, "x", 5, True, {}, {"name": "x"})),
    *spoilt(_CONTAINER, "secret_refs", ([None], ["x"], [5], [[]]), blame="not of type 'object'"),
    *spoilt(_CONTAINER, "secret_refs", ([{}], [{"name": "x"}]), blame="secret_ref"),
    *spoilt(
        _CONTAINER,
        "secret_refs",
        [[{"name": value, "secret_ref": _SECRET_REF}] for value in NO_NAME],
        blame="name",
    ),
    *spoilt(
        _CONTAINER, "secret_refs", [[{"secret_ref": ref}] for ref in (None, *NO_TEXT, "")], blame="secret_ref"
    ),
    *spoilt(_CONTAINER, "secret_refs", [[{"secret_ref": ref}] for ref in _NO_REF], blame=""),
    *spoilt(_CONTAINER, "secret_refs", [[_REFERENCE, _REFERENCE | {"secret_ref": f"{_SECRET_REF}0"}]]),
    *spoilt(_CONTAINER, "secret_refs", [[_REFERENCE, _REFERENCE | {"name": "other"}]]),
    *bodies(
        ("half a pair", _named("public_key"), "private_key"),
        ("a pair and a stranger", _named("public_key", "private_key", "x"), "private_key_passphrase"),
    ),
)
_CONSUMER_BODIES = (
    *not_json(_CONSUMER),
    *spoilt(_CONSUMER, "name", (ABSENT, None, *NO_NAME, "", "  ", "x" * 37)),
    *spoilt(_CONSUMER, "URL", (ABSENT, None, *NO_NAME, "", "  ")),
)
_ACL_BODIES = (
    *not_json(_ACL),
    *spoilt(_ACL, "read", (None, "x", 5, True, [], ["x"])),
    *spoilt(_ACL, "write", ({}, None, {"users": []})),
    *spoilt(_ACL, "users", (None, "x", 5, True, {}), "read"),
    *spoilt(_ACL, "users", [[value] for value in (None, *NO_NAME, "", "  ")], "read"),
    *spoilt(_ACL, "users", [["alice", 5], ["alice", "x" * 256]], "read"),
    *spoilt(_ACL, "project-access", (None, "true", 1, 0, [], {}), "read"),
    *spoilt(_ACL, "others", (True, None), "read"),
)
_VALUES = (None, *NO_NAME)
_METADATA_BODIES = (
    *not_json(_METADATA),
    *spoilt(_METADATA, "metadata", (ABSENT, None, "x", 5, True, [], ["x"])),
    *spoilt(_METADATA, "key", _VALUES, "metadata", blame="Invalid"),
    *bodies(
        *(
            (f"the key {key[:10]!r}", dumps({"metadata": {key: "x"}}), "Invalid Key")
            for key in ("a b", "a/b", "", "\xe9", "a\x00b", "x" * 256, "a.b", "%61")
        )
    ),
)
_METADATUM_BODIES = (
    *not_json(_METADATUM),
    *spoilt(_METADATUM, "key", (ABSENT,)),
    *spoilt(_METADATUM, "value", (ABSENT,)),
    *spoilt(_METADATUM, "key", (*_VALUES, "", "a b", "a/b", "\xe9", "a.b"), blame="Invalid"),
    *spoilt(_METADATUM, "value", _VALUES, blame="Invalid"),
)
_NUMBERS = (None, "5", 1.5, True, False, [], {}, 2**31, -(2**31), 2**63, 2**64, 10**300)
_QUOTA_BODIES = (
    *not_json(_QUOTAS),
    *spoilt(_QUOTAS, "project_quotas", (ABSENT, None, "x", 5, True, [])),
    *(
        case
        for name in ("secrets", "orders", "containers", "consumers", "cas")
        for case in spoilt(_QUOTAS, name, _NUMBERS, "project_quotas")
    ),
    *spoilt(_QUOTAS, "others", (5,), "project_quotas"),
)
_TRANSPORT_KEY_BODIES = (
    *not_json(_TRANSPORT_KEY),
    *spoilt(_TRANSPORT_KEY, "plugin_name", (ABSENT, None, *NO_NAME, "", "  ")),
    *spoilt(_TRANSPORT_KEY, "transport_key", (ABSENT, None, *NO_TEXT, "", "  ", "a\x00b", "x" * 20_001)),
)


def _writing(
    name: str, makes: str, good: object, spoilt_bodies: tuple[Case, ...], roles: str | None = None
) -> Route:
    return Route(
        name=name,
        makes=makes,
        body=dumps(good),
        content_type=_JSON,
        spoilt_bodies=spoilt_bodies,
        roles=roles,
        any_id="project-quotas" in name,
    )


_ACL_ROUTES = tuple(
    route
    for path, makes in (("secrets", "secret"), ("containers", "container"))
    for route in (
        Route(name=f"GET /v1/{path}/{{id}}/acl", makes=makes),
        _writing(f"PUT /v1/{path}/{{id}}/acl", makes, _ACL, _ACL_BODIES),
        _writing(f"PATCH /v1/{path}/{{id}}/acl", makes, _ACL, _ACL_BODIES),
        Route(name=f"DELETE /v1/{path}/{{id}}/acl", makes=makes),
    )
)
_METADATA_ROUTES = (
    Route(name="GET /v1/secrets/{id}/metadata", makes="described"),
    _writing("PUT /v1/secrets/{id}/metadata", "described", _METADATA, _METADATA_BODIES),
    _writing("POST /v1/secrets/{id}/metadata", "described", _METADATUM, _METADATUM_BODIES),
    Route(name="GET /v1/secrets/{id}/metadata/{id}", makes="described"),
    _writing("PUT /v1/secrets/{id}/metadata/{id}", "described", _SAME_METADATUM, _METADATUM_BODIES),
    _writing("POST /v1/secrets/{id}/metadata/{id}", "described", _SAME_METADATUM, _METADATUM_BODIES),
    Route(name="DELETE /v1/secrets/{id}/metadata/{id}", makes="described"),
)
_CONTAINER_ROUTES = (
    Route(name="GET /v1/containers", query=("name", "type", *_PAGE)),
    _writing("POST /v1/containers", "secret", _CONTAINER, _CONTAINER_BODIES),
    Route(name="GET /v1/containers/{id}", makes="container"),
    Route(name="DELETE /v1/containers/{id}", makes="container"),
    _writing("POST /v1/containers/{id}/secrets", "container", _REFERENCE, _reference_bodies(_REFERENCE)),
    _writing(
        "DELETE /v1/containers/{id}/secrets",
        "container",
        _REFERENCE | {"name": "old"},
        _reference_bodies(_REFERENCE | {"name": "old"}),
    ),
    Route(name="GET /v1/containers/{id}/consumers", makes="container", query=_PAGE),
    _writing("POST /v1/containers/{id}/consumers", "container", _CONSUMER, _CONSUMER_BODIES),
    _writing("DELETE /v1/containers/{id}/consumers", "container", _CONSUMER, _CONSUMER_BODIES),
)
_QUOTA_PATH = "/v1/project-quotas/{id}"
_QUOTA_ROUTES = (
    Route(name="GET /v1/quotas"),
    Route(name="GET /v1/project-quotas", query=_PAGE, roles=_ADMIN),
    Route(name=f"GET {_QUOTA_PATH}", makes="quota", roles=_ADMIN),
    _writing(f"PUT {_QUOTA_PATH}", "quota", _QUOTAS, _QUOTA_BODIES, _ADMIN),
    Route(name=f"DELETE {_QUOTA_PATH}", makes="quota", roles=_ADMIN),
)
_TRANSPORT_KEY_ROUTES = (
    Route(name="GET /v1/transport_keys", query=("plugin_name", *_PAGE)),
    _writing("POST /v1/transport_keys", "", _TRANSPORT_KEY, _TRANSPORT_KEY_BODIES, _ADMIN),
    Route(name="GET /v1/transport_keys/{id}", makes="transport key"),
    Route(name="DELETE /v1/transport_keys/{id}", makes="transport key", roles=_ADMIN),
)

STORE_ROUTES = (
    Route(name="GET /v1/secret-stores"),
    Route(name="GET /v1/secret-stores/global-default"),
    Route(name="GET /v1/secret-stores/preferred", makes="preferred store"),
    Route(name="GET /v1/secret-stores/{id}", makes="store"),
    Route(
        name="PUT /v1/secrets/{id}/secret-store/{id}",
        makes="payload and its store",
        version="1.3",
        json_only=False,
    ),
    Route(name="POST /v1/secret-stores/{id}/preferred", makes="store"),
    Route(name="DELETE /v1/secret-stores/{id}/preferred", makes="preferred store"),
)
"""They are there only where the configuration offers several stores."""

KEPT_ROUTES = (
    *_CONTAINER_ROUTES,
    *_ACL_ROUTES,
    *_METADATA_ROUTES,
    *_QUOTA_ROUTES,
    *_TRANSPORT_KEY_ROUTES,
)
