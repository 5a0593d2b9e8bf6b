"""Every route of the key manager, and the way from a path to its controller."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NoReturn

from barbican_like.api.controllers.acls import ContainerAclController, SecretAclController
from barbican_like.api.controllers.base import Controller, operation
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
from barbican_like.api.services import Services
from barbican_like.common.errors import NotFound

ID: Final = "{id}"

KEY_MANAGER: Final[Mapping[tuple[str, ...], type[Controller]]] = {
    (): VersionController,
    ("openapi.json",): OpenApiController,
    ("secrets",): SecretsController,
    ("secrets", ID): SecretController,
    ("secrets", ID, "payload"): SecretPayloadController,
    ("secrets", ID, "metadata"): SecretMetadataController,
    ("secrets", ID, "metadata", ID): SecretMetadatumController,
    ("secrets", ID, "acl"): SecretAclController,
    ("secrets", ID, "consumers"): SecretConsumersController,
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

VERSIONS: Final[Mapping[tuple[str, ...], type[Controller]]] = {(): VersionsController}
"""At ``/``."""

TABLES: Final[Mapping[str, Mapping[tuple[str, ...], type[Controller]]]] = {
    "/": VERSIONS,
    "/v1/": KEY_MANAGER,
}
"""Every table, by what its paths begin with."""


class _Key(Enum):
    """Keys of the router's tree that no segment of a path can be equal to."""

    ANY = "any"
    HERE = "here"


class Unknown(Controller):
    """Every path that is not in a table: 404 for any method."""

    def lookup(self, *_: object) -> NoReturn:
        """Find nothing.

        :raises NotFound: always.
        """
        raise NotFound("Not Found. There is no such resource.")

    @operation("Request", rule=None, any_accept=True)
    def on_get(self, *_: object) -> None:
        """Never reached: the lookup comes first."""

    on_post = on_put = on_patch = on_delete = on_get


class NoAuthorities(Unknown):
    """Every path of certificate authorities, which clients still have commands for: 404 for any method."""

    def lookup(self, *_: object) -> NoReturn:
        """Say what it is that there is not.

        :raises NotFound: always.
        """
        raise NotFound("Not Found. Certificate authorities are not part of this API.")


UNKNOWN_BELOW: Final[Mapping[str, type[Controller]]] = {
    "secret-stores": UnknownStorePathController,
    "cas": NoAuthorities,
}
"""By its first word: who answers a path that is not in a table instead of :class:`Unknown`."""


class Router:
    """Finds controllers.

    :param table: a route table of this module.
    :param services: given to each controller.
    """

    def __init__(self, table: Mapping[tuple[str, ...], type[Controller]], services: Services) -> None:
        self._unknown = Unknown(services)
        self._unknown_below = {word: controller(services) for word, controller in UNKNOWN_BELOW.items()}
        # A node maps a word to the node below it, ANY to the node below an id, HERE to its controller.
        self._tree: dict[str | _Key, Any] = {}
        for pattern, controller in table.items():
            node = self._tree
            for segment in pattern:
                node = node.setdefault(_Key.ANY if segment == ID else segment, {})
            node[_Key.HERE] = controller(services)

    def find(self, path: str) -> tuple[Controller, list[str]]:
        """The controller of a path and the ids in it; a trailing slash makes no difference."""
        node, ids = self._tree, []
        trimmed = path.strip("/")
        for segment in trimmed.split("/") if trimmed else ():
            if segment in node:
                node = node[segment]
            elif segment and _Key.ANY in node:
                node = node[_Key.ANY]
                ids.append(segment)
            else:
                return self._not_found(trimmed, ids)
        found = node.get(_Key.HERE)
        return (found, ids) if found is not None else self._not_found(trimmed, ids)

    def _not_found(self, path: str, ids: list[str]) -> tuple[Controller, list[str]]:
        special = self._unknown_below.get(path.partition("/")[0])
        return (self._unknown, []) if special is None else (special, ids)
