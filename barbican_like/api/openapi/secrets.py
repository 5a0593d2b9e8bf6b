"""Secrets and their payloads."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.api.schemas.secrets import SECRET_TYPES
from barbican_like.http.openapi.described import (
    JSON,
    NOTHING,
    Answer,
    Content,
    Described,
    Schema,
    json_answer,
    json_body,
    reference,
)
from barbican_like.http.openapi.values import (
    NEW_EXPIRATION,
    NO_NUL,
    TEXT_OR_NULL,
    TIME,
    closed,
    href,
    like,
    page_of,
    query,
    text,
)
from barbican_like.model.filters import SECRET_SORT_COLUMNS
from barbican_like.plugin.content import BINARY, OCTETS, PKCS8, TEXT

_REFERENCE: Final[Schema] = href("secrets")
_ONE: Final = "/v1/secrets/{secret_id}"
_ABSENT: Final[Schema] = {"not": {}}
_TEXT_TYPES: Final = [TEXT, f"{TEXT};charset=utf-8", f"{TEXT}; charset=utf-8"]

DESCRIPTION: Final[dict[str, Schema]] = {
    "name": text("A name; it need not be the only one.", nullable=True),
    "algorithm": text("What the secret is for, in any words."),
    "mode": text("What the secret is for, in any words."),
    "bit_length": {"type": "integer", "minimum": 1, "maximum": 32_767},
    "expiration": NEW_EXPIRATION,
}
"""What secrets and orders have in common."""

_NEW: Final[dict[str, Schema]] = {
    **DESCRIPTION,
    "secret_type": {
        "type": "string",
        "enum": list(SECRET_TYPES),
        "default": "opaque",
        "description": "A label; the payload is not looked at.",
    },
    "transport_key_needed": {
        "enum": ["false", None],
        "description": "`true` is refused: no store here offers a transport key.",
    },
    "transport_key_id": {**_ABSENT, "description": "Refused: no store here offers a transport key."},
}


def schemas(largest_payload: int) -> dict[str, Schema]:
    """The schemas, with the largest payload in bytes in them."""
    return {
        **_NEW_SECRETS,
        "TextSecret": _text_secret(largest_payload),
        "BinarySecret": _binary_secret(largest_payload),
        "Text": {"type": "string", "minLength": 1, "maxLength": largest_payload},
        "Bytes": {
            "type": "string",
            "format": "binary",
            "minLength": 1,
            "maxLength": largest_payload,
            "description": "The payload itself; with Content-Encoding: base64, its base64 form.",
        },
        **_SHOWN,
    }


def _new(description: str, properties: dict[str, Schema], *required: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": {**_NEW, **properties},
        "required": list(required),
    }


def _payload(description: str, most: int, **more: Any) -> Schema:
    limit = f"{description}; at most {most} bytes."
    return {"type": "string", "minLength": 1, "maxLength": most, "description": limit, **more}


def _text_secret(most: int) -> Schema:
    properties: dict[str, Schema] = {
        "payload": _payload("The text; blanks alone are refused", most, pattern=r"[^\s\u001c-\u001f\u0085]"),
        "payload_content_type": {"enum": _TEXT_TYPES},
        "payload_content_encoding": {"type": "null"},
    }
    return _new("A secret with a text.", properties, "payload", "payload_content_type")


def _binary_secret(most: int) -> Schema:
    groups = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
    properties: dict[str, Schema] = {
        "payload": _payload("The bytes in base64", most, contentEncoding="base64", pattern=f"^{groups}$"),
        "payload_content_type": {"enum": list(BINARY)},
        "payload_content_encoding": {"enum": ["base64"]},
    }
    required = ("payload", "payload_content_type", "payload_content_encoding")
    return _new("A secret with bytes.", properties, *required)


_NEW_SECRETS: Final[dict[str, Schema]] = {
    "NewSecret": {
        "anyOf": [reference("SecretWithoutPayload"), reference("TextSecret"), reference("BinarySecret")]
    },
    "SecretWithoutPayload": _new(
        "A secret whose payload comes with a PUT, in a second step.",
        {
            "payload": _ABSENT,
            "payload_content_type": _ABSENT,
            "payload_content_encoding": _ABSENT,
        },
    ),
}
_SHOWN: Final[dict[str, Schema]] = {
    "Secret": closed(
        {
            "created": TIME,
            "updated": TIME,
            "status": {"const": "ACTIVE"},
            "name": TEXT_OR_NULL,
            "secret_type": {"enum": list(SECRET_TYPES)},
            "expiration": {"anyOf": [TIME, {"type": "null"}]},
            "algorithm": TEXT_OR_NULL,
            "bit_length": {"type": ["integer", "null"], "minimum": 1},
            "mode": TEXT_OR_NULL,
            "creator_id": TEXT_OR_NULL,
            "secret_ref": _REFERENCE,
            "content_types": closed({"default": {"enum": [TEXT, *BINARY]}})
            | {"description": "Absent while there is no payload."},
            "consumers": {
                "type": "array",
                "items": reference("SecretConsumer"),
                "description": "From microversion 1.1 on, and wherever consumers are changed.",
            },
        },
        "content_types",
        "consumers",
    ),
    "SecretReference": closed({"secret_ref": _REFERENCE}),
    "Secrets": page_of("secrets", reference("Secret")),
}


def _dates(name: str) -> Schema:
    return query(
        name,
        "A comma list of ISO 8601 dates, each with `gt:`, `gte:`, `lt:`, `lte:` or nothing before it; UTC "
        "unless it has an offset. No comparison twice, no gt with gte, no lt with lte.",
        {"type": "string", "format": "date-conditions"},
        example="gte:2024-01-01T00:00:00,lt:2999-01-01",
    )


_FILTERS: Final[tuple[Schema, ...]] = (
    like("name", "name"),
    like("alg", "algorithm"),
    like("mode", "mode"),
    query(
        "bits",
        "Only those of this bit length; what is no number is ignored.",
        {"type": ["integer", "string"]},
    ),
    query("secret_type", "Only those of this type.", {"type": "string", "pattern": NO_NUL}, example="opaque"),
    query(
        "acl_only",
        "`true`: the secrets of any project whose ACL names the caller.",
        {"type": ["boolean", "string"], "pattern": NO_NUL},
    ),
    *(_dates(name) for name in ("created", "updated", "expiration")),
    query(
        "sort",
        f"A comma list of {', '.join(SECRET_SORT_COLUMNS)}, each with `:asc` or `:desc` after it or nothing; "
        "none of them twice.",
        {"type": "string", "format": "sort-keys"},
        example="name:desc,created",
    ),
)

PAYLOAD: Final = Answer(
    description="The payload, byte for byte.",
    content={
        OCTETS: {"type": "string", "format": "binary"},
        PKCS8: {"type": "string", "format": "binary"},
        TEXT: {"type": "string"},
    },
)

OPERATIONS: Final[dict[str, Described]] = {
    "GET /v1/secrets": Described(
        id="list_secrets",
        paged=True,
        parameters=_FILTERS,
        answers={200: json_answer("One page; what is expired is on none.", "Secrets")},
    ),
    "POST /v1/secrets": Described(
        id="create_secret",
        body=json_body(
            "NewSecret",
            text={"name": "motto", "payload": "speak, friend", "payload_content_type": "text/plain"},
            bytes={
                "name": "key",
                "algorithm": "aes",
                "bit_length": 256,
                "mode": "cbc",
                "secret_type": "symmetric",
                "expiration": "2999-12-31T23:59:59",
                "payload": "VGhpcyBpcyBub3QgYSBrZXksIGJ1dCBhbiBleGFtcGxl",
                "payload_content_type": "application/octet-stream",
                "payload_content_encoding": "base64",
            },
            second_step={"name": "payload follows"},
        ),
        answers={201: json_answer("Stored.", "SecretReference", location=True)},
    ),
    f"GET {_ONE}": Described(
        id="get_secret",
        rules=("secret:get", "secret:decrypt"),
        answers={
            200: Answer(
                description="The description for Accept `application/json`, `*/*` or none; else the payload, "
                "as of old: `GET .../payload` is the way to it.",
                content={JSON: reference("Secret"), **PAYLOAD.content},
            )
        },
    ),
    f"PUT {_ONE}": Described(
        id="store_secret_payload",
        parameters=(
            {
                "name": "Content-Encoding",
                "in": "header",
                "description": "For application/octet-stream: the body is the payload's base64 form.",
                "schema": {"type": "string", "enum": ["base64"]},
            },
        ),
        body={
            TEXT: Content(schema=reference("Text"), examples={"text": "speak, friend"}),
            OCTETS: Content(schema=reference("Bytes"), examples={"bytes": "speak, friend"}),
        },
        answers={204: NOTHING},
        errors=(409, 411),
    ),
    f"DELETE {_ONE}": Described(
        id="delete_secret",
        parameters=(
            query(
                "force",
                "From microversion 1.2 on: delete it although it has consumers. Before, it is ignored.",
                {
                    "enum": ["true", "1", "yes", "on", "t", "y", "false", "0", "no", "off", "f", "n"],
                    "type": "string",
                },
            ),
        ),
        answers={204: NOTHING},
    ),
    f"GET {_ONE}/payload": Described(
        id="get_secret_payload", rules=("secret:decrypt",), answers={200: PAYLOAD}
    ),
}
