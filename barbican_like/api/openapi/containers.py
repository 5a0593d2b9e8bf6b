"""Containers and the secrets in them."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.http.openapi.described import NOTHING, Described, Schema, json_answer, json_body, reference
from barbican_like.http.openapi.values import (
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

_REFERENCE: Final[Schema] = href("containers")
_ONE: Final = "/v1/containers/{container_id}"
_SECRETS: Final = f"{_ONE}/secrets"

#: The ids of secrets in the examples: put those of your own in their place.
EXAMPLE_IDS: Final = ("8d2bb1c8-6a1c-4c0e-9d5b-0f6f5a8a1c01", "8d2bb1c8-6a1c-4c0e-9d5b-0f6f5a8a1c02")
_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "rsa": ("public_key", "private_key", "private_key_passphrase"),
    "certificate": ("certificate", "private_key", "private_key_passphrase", "intermediates"),
}


def _new_reference(name: Schema, *required: str) -> Schema:
    target = {
        "type": "string",
        "format": "secret-ref",
        "maxLength": 255,
        "description": "The reference of a secret of this project, as this server gives it.",
    }
    properties = {"name": name, "secret_ref": target}
    return {"type": "object", "properties": properties, "required": [*required, "secret_ref"]}


def _new_container(kind: str, item: Schema, description: str) -> Schema:
    references = {
        "type": "array",
        "items": item,
        "description": "No name and no secret twice.",
        "uniqueItems": True,
    }
    return {
        "type": "object",
        "description": description,
        "properties": {
            "type": {"const": kind},
            "name": text("A name; it need not be the only one.", nullable=True),
            "secret_refs": references,
        },
        "required": ["type"],
    }


_ANY_NAME: Final = text("What the secret is in the container.", nullable=True)

SCHEMAS: Final[dict[str, Schema]] = {
    "NewContainer": {
        "anyOf": [
            reference("GenericContainer"),
            reference("RsaContainer"),
            reference("CertificateContainer"),
        ]
    },
    "GenericContainer": _new_container("generic", _new_reference(_ANY_NAME), "Any secrets."),
    "RsaContainer": _new_container(
        "rsa",
        _new_reference({"enum": list(_TYPES["rsa"])}, "name"),
        "A key pair: unless it is empty, it needs public_key and private_key.",
    ),
    "CertificateContainer": _new_container(
        "certificate",
        _new_reference({"enum": list(_TYPES["certificate"])}, "name"),
        "A certificate: unless it is empty, it needs certificate.",
    ),
    "NewContainerSecret": _new_reference(_ANY_NAME),
    "Container": closed(
        {
            "created": TIME,
            "updated": TIME,
            "status": {"const": "ACTIVE"},
            "name": TEXT_OR_NULL,
            "type": {
                "type": "string",
                "description": "generic, certificate, or the algorithm of a key pair.",
            },
            "creator_id": TEXT_OR_NULL,
            "container_ref": _REFERENCE,
            "secret_refs": {
                "type": "array",
                "items": closed({"name": TEXT_OR_NULL, "secret_ref": href("secrets")}),
            },
            "consumers": {"type": "array", "items": reference("ContainerConsumer")},
        }
    ),
    "ContainerReference": closed({"container_ref": _REFERENCE}),
    "Containers": page_of("containers", reference("Container")),
}


def _example(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "secret_ref": f"http://localhost:9311/v1/secrets/{EXAMPLE_IDS[number]}"}


_SECRET_BODY: Final = json_body("NewContainerSecret", secret=_example("first", 0))

OPERATIONS: Final[dict[str, Described]] = {
    "GET /v1/containers": Described(
        id="list_containers",
        paged=True,
        parameters=(
            like("name", "name"),
            query("type", "Only those of this type.", {"type": "string", "pattern": NO_NUL}, example="rsa"),
        ),
        answers={200: json_answer("One page.", "Containers")},
    ),
    "POST /v1/containers": Described(
        id="create_container",
        body=json_body(
            "NewContainer",
            empty={"type": "generic", "name": "of the web server"},
            key_pair={
                "type": "rsa",
                "name": "host",
                "secret_refs": [_example("public_key", 0), _example("private_key", 1)],
            },
        ),
        answers={201: json_answer("Made.", "ContainerReference", location=True)},
        errors=(404,),
    ),
    f"GET {_ONE}": Described(
        id="get_container", answers={200: json_answer("With its references and consumers.", "Container")}
    ),
    f"DELETE {_ONE}": Described(id="delete_container", answers={204: NOTHING}),
    f"POST {_SECRETS}": Described(
        id="add_container_secret",
        body=_SECRET_BODY,
        answers={201: json_answer("Put in.", "ContainerReference", location=True)},
        errors=(409,),
    ),
    f"DELETE {_SECRETS}": Described(id="remove_container_secret", body=_SECRET_BODY, answers={204: NOTHING}),
}
