"""The answers of the key manager as JSON Schemas: what :mod:`barbican_like.api.serialise` makes."""

from __future__ import annotations

from typing import Final

from barbican_like.api.schemas.acls import ACCESS
from barbican_like.api.schemas.quotas import LIMIT
from barbican_like.api.schemas.secrets import SECRET_TYPES
from barbican_like.http.openapi.values import (
    ID,
    TEXT_OR_NULL,
    TEXT_SHOWN,
    TIME,
    closed,
    href,
    page_of,
)
from barbican_like.http.schema import Schema, named
from barbican_like.model.quotas import RESOURCES
from barbican_like.model.states import OrderStatus
from barbican_like.plugin.content import BINARY, TEXT

_STAMPS: Final[dict[str, Schema]] = {"created": TIME, "updated": TIME, "status": {"const": "ACTIVE"}}
_TIME_OR_NULL: Final[Schema] = {"anyOf": [TIME, {"type": "null"}]}


def _reference(name: str, member: str, schema: Schema) -> Schema:
    return named(name, closed({member: schema}))


# Secrets, with what hangs on them.
_CONSUMER: Final = dict.fromkeys(("service", "resource_type", "resource_id"), TEXT_SHOWN)
SECRET: Final = named(
    "Secret",
    closed(
        {
            **_STAMPS,
            "name": TEXT_OR_NULL,
            "secret_type": {"enum": list(SECRET_TYPES)},
            "expiration": _TIME_OR_NULL,
            "algorithm": TEXT_OR_NULL,
            "bit_length": {"type": ["integer", "null"], "minimum": 1},
            "mode": TEXT_OR_NULL,
            "creator_id": TEXT_OR_NULL,
            "secret_ref": href("secrets"),
            "content_types": closed({"default": {"enum": [TEXT, *BINARY]}})
            | {"description": "Absent while there is no payload."},
            "consumers": {
                "type": "array",
                "items": named("SecretConsumer", closed(_CONSUMER)),
                "description": "From microversion 1.1 on, and wherever consumers are changed.",
            },
            "secret_store_id": {
                "anyOf": [ID, {"type": "null"}],
                "description": "Of the store that holds the payload, from microversion 1.3 on; null where no "
                "choice of stores is offered, or there is no payload.",
            },
            "secret_store_ref": {"anyOf": [href("secret-stores"), {"type": "null"}]},
        },
        "content_types",
        "consumers",
        "secret_store_id",
        "secret_store_ref",
    ),
)
SECRETS: Final = named("Secrets", page_of("secrets", SECRET))
SECRET_REFERENCE: Final = _reference("SecretReference", "secret_ref", href("secrets"))
SECRET_CONSUMERS: Final = named(
    "SecretConsumers",
    page_of("consumers", named("ListedSecretConsumer", closed({**_STAMPS, **_CONSUMER}))),
)

_KEY: Final = "^[a-z0-9_-]{1,255}$"
METADATA: Final = named(
    "Metadata",
    closed(
        {
            "metadata": {
                "type": "object",
                "propertyNames": {"pattern": _KEY},
                "additionalProperties": TEXT_SHOWN,
            }
        }
    ),
)
METADATUM: Final = named(
    "Metadatum", closed({"key": {"type": "string", "pattern": _KEY}, "value": TEXT_SHOWN})
)
METADATA_REFERENCE: Final = _reference(
    "MetadataReference", "metadata_ref", {"type": "string", "format": "uri"}
)

ACL: Final = named(
    "Acl",
    closed(
        {
            "read": closed(
                {
                    "project-access": {"type": "boolean", "description": ACCESS},
                    "users": {"type": "array", "items": TEXT_SHOWN},
                    "created": TIME,
                    "updated": TIME,
                },
                "users",
                "created",
                "updated",
            )
        }
    ),
)
ACL_REFERENCE: Final = _reference(
    "AclReference", "acl_ref", {"type": "string", "format": "uri", "pattern": "/acl$"}
)

# Containers.
_CONTAINER_CONSUMER: Final = dict.fromkeys(("name", "URL"), TEXT_SHOWN)
CONTAINER: Final = named(
    "Container",
    closed(
        {
            **_STAMPS,
            "name": TEXT_OR_NULL,
            "type": {
                "type": "string",
                "description": "generic, certificate, or the algorithm of a key pair.",
            },
            "creator_id": TEXT_OR_NULL,
            "container_ref": href("containers"),
            "secret_refs": {
                "type": "array",
                "items": closed({"name": TEXT_OR_NULL, "secret_ref": href("secrets")}),
            },
            "consumers": {
                "type": "array",
                "items": named("ContainerConsumer", closed(_CONTAINER_CONSUMER)),
            },
        }
    ),
)
CONTAINERS: Final = named("Containers", page_of("containers", CONTAINER))
CONTAINER_REFERENCE: Final = _reference("ContainerReference", "container_ref", href("containers"))
CONTAINER_CONSUMERS: Final = named(
    "ContainerConsumers",
    page_of("consumers", named("ListedContainerConsumer", closed({**_STAMPS, **_CONTAINER_CONSUMER}))),
)

# Orders.
ORDER: Final = named(
    "Order",
    closed(
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
                    "expiration": _TIME_OR_NULL,
                    "payload_content_type": TEXT_OR_NULL,
                },
                "mode",
                "payload_content_type",
            ),
            "order_ref": href("orders"),
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
)
ORDERS: Final = named("Orders", page_of("orders", ORDER))
ORDER_REFERENCE: Final = _reference("OrderReference", "order_ref", href("orders"))

# Quotas.
_SET: Final[Schema] = closed(
    {name: {"type": ["integer", "null"], "description": "Null: the default."} for name in RESOURCES}
)
QUOTAS: Final = named("Quotas", closed({"quotas": closed(dict.fromkeys(RESOURCES, LIMIT.json_schema()))}))
PROJECT_QUOTAS: Final = named("ProjectQuotas", closed({"project_quotas": _SET}))
PROJECT_QUOTAS_LIST: Final = named(
    "ProjectQuotasList",
    page_of("project_quotas", closed({"project_id": {"type": "string"}, "project_quotas": _SET})),
)

# Secret stores and transport keys.
SECRET_STORE: Final = named(
    "SecretStore",
    closed(
        {
            **_STAMPS,
            "name": TEXT_SHOWN,
            "secret_store_plugin": TEXT_SHOWN,
            "crypto_plugin": {"type": ["string", "null"]},
            "global_default": {"type": "boolean"},
            "secret_store_ref": href("secret-stores"),
            "secret_store_id": ID | {"description": "From microversion 1.3 on."},
        },
        "secret_store_id",
    ),
)
SECRET_STORES: Final = named(
    "SecretStores", closed({"secret_stores": {"type": "array", "items": SECRET_STORE}})
)
TRANSPORT_KEY: Final = named(
    "TransportKey",
    closed(
        {
            **_STAMPS,
            "id": ID,
            "plugin_name": TEXT_SHOWN,
            "transport_key": {"type": "string"},
            "transport_key_ref": href("transport_keys"),
        }
    ),
)
TRANSPORT_KEYS: Final = named("TransportKeys", page_of("transport_keys", href("transport_keys")))
TRANSPORT_KEY_REFERENCE: Final = _reference(
    "TransportKeyReference", "transport_key_ref", href("transport_keys")
)
