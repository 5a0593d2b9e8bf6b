"""Orders."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.api.openapi.secrets import DESCRIPTION
from barbican_like.api.schemas.secrets import MEDIA_TYPES
from barbican_like.http.openapi.described import NOTHING, Described, Schema, json_answer, json_body, reference
from barbican_like.http.openapi.values import (
    NO_NUL,
    TEXT_OR_NULL,
    TEXT_SHOWN,
    TIME,
    closed,
    href,
    page_of,
    query,
    required_text,
    text,
)
from barbican_like.model.states import OrderStatus

_REFERENCE: Final[Schema] = href("orders")
_ONE: Final = "/v1/orders/{order_id}"
_WHOLE_BYTES: Final[Schema] = {"type": "integer", "minimum": 8, "maximum": 32_760, "multipleOf": 8}
_META: Final[dict[str, Schema]] = {
    **DESCRIPTION,
    "algorithm": required_text("Of the key; one that is not known ends the order with an error."),
    "payload_content_type": {
        "enum": [*MEDIA_TYPES, "", None],
        "description": "Of the secret that is made; application/octet-stream if not said.",
    },
    "payload": {"not": {}, "description": "Refused."},
}


def _meta(size: Schema, **more: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {**_META, "bit_length": size, **more},
        "required": ["algorithm", "bit_length"],
    }


def _new_order(kind: str, meta: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": {"type": {"const": kind}, "meta": meta},
        "required": ["type", "meta"],
    }


_PASSPHRASES: Final[dict[str, Schema]] = {
    "passphrase": text("Seals the private key; it becomes a secret of its own.", nullable=True),
    "pass_phrase": {"not": {}, "description": "The old name of `passphrase`; it must not differ from it."},
}
_OLD_PASSPHRASE: Final[dict[str, Schema]] = {
    "passphrase": {"type": "null"},
    "pass_phrase": text("The old name of `passphrase`.", nullable=True),
}

SCHEMAS: Final[dict[str, Schema]] = {
    "NewOrder": {
        "anyOf": [reference("KeyOrder"), reference("KeyPairOrder"), reference("P521Order")],
    },
    "KeyOrder": _new_order("key", _meta(_WHOLE_BYTES), "An order for a key."),
    "KeyPairOrder": _new_order(
        "asymmetric",
        {"anyOf": [_meta(_WHOLE_BYTES, **_PASSPHRASES), _meta(_WHOLE_BYTES, **_OLD_PASSPHRASE)]},
        "An order for a key pair in a container.",
    ),
    "P521Order": _new_order(
        "asymmetric",
        _meta({"const": 521}, algorithm={"enum": ["ec", "EC"]}, **_PASSPHRASES),
        "An order for a key pair on the one curve whose size is no multiple of 8.",
    ),
    "Order": closed(
        {
            "created": TIME,
            "updated": TIME,
            "status": {"enum": [status.value for status in OrderStatus]},
            "type": {"enum": ["key", "asymmetric"]},
            "meta": closed(
                {
                    "name": TEXT_OR_NULL,
                    "algorithm": TEXT_SHOWN,
                    "mode": TEXT_SHOWN,
                    "bit_length": {"type": "integer"},
                    "expiration": {"anyOf": [TIME, {"type": "null"}]},
                    "payload_content_type": TEXT_OR_NULL,
                },
                "mode",
                "payload_content_type",
            ),
            "order_ref": _REFERENCE,
            "secret_ref": href("secrets"),
            "container_ref": href("containers"),
            "error_status_code": {"type": "string", "pattern": r"^\d{3}$"},
            "error_reason": TEXT_SHOWN,
            "sub_status": {"type": "string", "maxLength": 36},
            "sub_status_message": TEXT_SHOWN,
            "creator_id": TEXT_SHOWN,
        },
        *("secret_ref", "container_ref", "error_status_code", "error_reason"),
        *("sub_status", "sub_status_message", "creator_id"),
    ),
    "OrderReference": closed({"order_ref": _REFERENCE}),
    "Orders": page_of("orders", reference("Order")),
}

_EXAMPLES: Final[dict[str, Any]] = {
    "key": {"type": "key", "meta": {"name": "disk", "algorithm": "aes", "bit_length": 256, "mode": "cbc"}},
    "key_pair": {"type": "asymmetric", "meta": {"name": "host", "algorithm": "ed25519", "bit_length": 256}},
}

OPERATIONS: Final[dict[str, Described]] = {
    "GET /v1/orders": Described(
        id="list_orders",
        paged=True,
        parameters=(
            query(
                "meta",
                "Only those whose meta has this as a value.",
                {"type": "string", "pattern": NO_NUL},
                example="aes",
            ),
        ),
        answers={200: json_answer("One page.", "Orders")},
    ),
    "POST /v1/orders": Described(
        id="create_order",
        body=json_body("NewOrder", **_EXAMPLES),
        answers={
            202: json_answer("Accepted; it is worked whatever happens.", "OrderReference", location=True)
        },
    ),
    "PUT /v1/orders": Described(id="update_order", answers={}, errors=(405,)),
    f"GET {_ONE}": Described(id="get_order", answers={200: json_answer("The order.", "Order")}),
    f"DELETE {_ONE}": Described(id="delete_order", answers={204: NOTHING}),
}
