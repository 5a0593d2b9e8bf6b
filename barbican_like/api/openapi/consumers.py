"""Consumers of secrets and of containers: services that say what they use."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import Described, Schema, json_answer, json_body
from barbican_like.http.openapi.values import TEXT_SHOWN, TIME, closed, page_of, required_text

_STAMPS: Final[dict[str, Schema]] = {"created": TIME, "updated": TIME, "status": {"const": "ACTIVE"}}
_OF_SECRET: Final = ("service", "resource_type", "resource_id")
_OF_CONTAINER: Final = ("name", "URL")

SCHEMAS: Final[dict[str, Schema]] = {
    "NewSecretConsumer": {
        "type": "object",
        "properties": {
            "service": required_text("The service, such as `glance`."),
            "resource_type": required_text("The kind of thing that uses the secret, such as `image`."),
            "resource_id": required_text("That thing's id."),
        },
        "required": list(_OF_SECRET),
    },
    "SecretConsumer": closed(dict.fromkeys(_OF_SECRET, TEXT_SHOWN)),
    "ListedSecretConsumer": closed({**_STAMPS, **dict.fromkeys(_OF_SECRET, TEXT_SHOWN)}),
    "SecretConsumers": page_of("consumers", {"$ref": "#/components/schemas/ListedSecretConsumer"}),
    "NewContainerConsumer": {
        "type": "object",
        "properties": {
            "name": required_text("The consumer's name.", longest=36),
            "URL": required_text("Where the consumer is."),
        },
        "required": list(_OF_CONTAINER),
    },
    "ContainerConsumer": closed(dict.fromkeys(_OF_CONTAINER, TEXT_SHOWN)),
    "ListedContainerConsumer": closed({**_STAMPS, **dict.fromkeys(_OF_CONTAINER, TEXT_SHOWN)}),
    "ContainerConsumers": page_of("consumers", {"$ref": "#/components/schemas/ListedContainerConsumer"}),
}

_SECRET_BODY: Final = json_body(
    "NewSecretConsumer", image={"service": "glance", "resource_type": "image", "resource_id": "42"}
)
_CONTAINER_BODY: Final = json_body(
    "NewContainerConsumer", balancer={"name": "octavia", "URL": "https://lb.example/1"}
)

OPERATIONS: Final[dict[str, Described]] = {
    "GET /v1/secrets/{secret_id}/consumers": Described(
        id="list_secret_consumers", paged=True, answers={200: json_answer("One page.", "SecretConsumers")}
    ),
    "POST /v1/secrets/{secret_id}/consumers": Described(
        id="create_secret_consumer",
        body=_SECRET_BODY,
        answers={200: json_answer("The secret with its consumers.", "Secret")},
    ),
    "DELETE /v1/secrets/{secret_id}/consumers": Described(
        id="delete_secret_consumer",
        body=_SECRET_BODY,
        answers={200: json_answer("The secret with the consumers that remain.", "Secret")},
    ),
    "GET /v1/containers/{container_id}/consumers": Described(
        id="list_container_consumers",
        paged=True,
        answers={200: json_answer("One page.", "ContainerConsumers")},
    ),
    "POST /v1/containers/{container_id}/consumers": Described(
        id="create_container_consumer",
        body=_CONTAINER_BODY,
        answers={200: json_answer("The container with its consumers.", "Container")},
    ),
    "DELETE /v1/containers/{container_id}/consumers": Described(
        id="delete_container_consumer",
        body=_CONTAINER_BODY,
        answers={200: json_answer("The container with the consumers that remain.", "Container")},
    ),
}
