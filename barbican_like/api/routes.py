"""Every route of the key manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from barbican_like.api.controllers.acls import ContainerAclController, SecretAclController
from barbican_like.api.controllers.containers import (
    ContainerConsumersController,
    ContainerController,
    ContainersController,
    ContainerSecretsController,
)
from barbican_like.api.controllers.metadata import SecretMetadataController, SecretMetadatumController
from barbican_like.api.controllers.openapi import OpenApiController
from barbican_like.api.controllers.orders import OrderController, OrdersController
from barbican_like.api.controllers.quotas import (
    ProjectQuotaController,
    ProjectQuotasController,
    QuotasController,
)
from barbican_like.api.controllers.secret_stores import (
    GlobalDefaultStoreController,
    PreferredStoreController,
    SecretMoveController,
    SecretStoreController,
    SecretStorePreferenceController,
    SecretStoresController,
    UnknownStorePathController,
)
from barbican_like.api.controllers.secrets import (
    SecretConsumersController,
    SecretController,
    SecretPayloadController,
    SecretsController,
)
from barbican_like.api.controllers.transport_keys import TransportKeyController, TransportKeysController
from barbican_like.api.controllers.versions import VersionController, VersionsController
from barbican_like.common.errors import NotFound
from barbican_like.http.controller import Controller
from barbican_like.http.mount import Mount
from barbican_like.http.router import ID, Table, Unknown
from barbican_like.http.schema import Schema

PREFIX: Final = "/v1"
"""What every path of the key manager begins with."""

KEY_MANAGER: Final[Table] = {
    (): VersionController,
    ("openapi.json",): OpenApiController,
    ("secrets",): SecretsController,
    ("secrets", ID): SecretController,
    ("secrets", ID, "payload"): SecretPayloadController,
    ("secrets", ID, "metadata"): SecretMetadataController,
    ("secrets", ID, "metadata", ID): SecretMetadatumController,
    ("secrets", ID, "acl"): SecretAclController,
    ("secrets", ID, "consumers"): SecretConsumersController,
    ("secrets", ID, "secret-store", ID): SecretMoveController,
    ("containers",): ContainersController,
    ("containers", ID): ContainerController,
    ("containers", ID, "secrets"): ContainerSecretsController,
    ("containers", ID, "acl"): ContainerAclController,
    ("containers", ID, "consumers"): ContainerConsumersController,
    ("orders",): OrdersController,
    ("orders", ID): OrderController,
    ("quotas",): QuotasController,
    ("project-quotas",): ProjectQuotasController,
    ("project-quotas", ID): ProjectQuotaController,
    ("secret-stores",): SecretStoresController,
    ("secret-stores", "global-default"): GlobalDefaultStoreController,
    ("secret-stores", "preferred"): PreferredStoreController,
    ("secret-stores", ID): SecretStoreController,
    ("secret-stores", ID, "preferred"): SecretStorePreferenceController,
    ("transport_keys",): TransportKeysController,
    ("transport_keys", ID): TransportKeyController,
}
"""Below ``/v1``. A segment is a word, or ``{id}`` for anything."""

VERSIONS: Final[Table] = {(): VersionsController}
"""At ``/``."""


class NoAuthorities(Unknown):
    """Every path of certificate authorities, which clients still have commands for: 404 for any method."""

    def lookup(self, *_: object) -> NoReturn:
        """Say what it is that there is not.

        :raises NotFound: always.
        """
        raise NotFound("Not Found. Certificate authorities are not part of this API.")


UNKNOWN_BELOW: Final[Mapping[str, type[Controller[Any]]]] = {
    "secret-stores": UnknownStorePathController,
    "cas": NoAuthorities,
}
"""By its first word: who answers a path that is not in a table instead of :class:`Unknown`."""

_PATH_NAMES: Final = {
    "secrets": "secret_id",
    "metadata": "key",
    "containers": "container_id",
    "orders": "order_id",
    "project-quotas": "project_id",
    "transport_keys": "transport_key_id",
    "secret-stores": "secret_store_id",
    "secret-store": "secret_store_id",
}
_PATH_SCHEMAS: Final[Mapping[str, Schema]] = {
    "key": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,255}$"},
    "project_id": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/\\u0000]+$"},
}


def mounts(largest_payload: int) -> tuple[Mount, Mount]:
    """Both tables: the versions at the root, the key manager below ``/v1``.

    :param largest_payload: in bytes; schemas of bodies depend on it.
    """
    return (
        Mount(prefix="/", table=VERSIONS, anonymous=True),
        Mount(
            prefix=PREFIX,
            table=KEY_MANAGER,
            bounds=largest_payload,
            path_names=_PATH_NAMES,
            path_schemas=_PATH_SCHEMAS,
            unknown_below=UNKNOWN_BELOW,
        ),
    )
