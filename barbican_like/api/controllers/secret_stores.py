"""The secret stores that the configuration offers, and which of them the caller's project prefers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from uuid import UUID

from barbican_like.api import answers, microversions, serialise
from barbican_like.api.controllers.lookups import OfSecret, target_of
from barbican_like.api.services import Services
from barbican_like.common.errors import MethodNotAllowed, NotFound, OperationRefused
from barbican_like.http.controller import OPEN, Controller, Operation
from barbican_like.http.frame import Frame
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.policy import Target
from barbican_like.http.request import Request
from barbican_like.model.models import OfferedStore, Secret
from barbican_like.plugin import resources

_NOT_OFFERED = "Not Found. Multiple backends support is not enabled in service configuration."
_NONE_PREFERRED = "Not Found. No preferred secret store defined for this project."


class _Stores(Controller[Services]):
    """What all of them have in common: without an offer there is nothing."""

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The store that the path names, if it names one.

        :raises NotFound: when there is none, and always where the configuration offers no choice.
        """
        if not self.services.offers_stores:
            raise NotFound(_NOT_OFFERED)
        return [req.view.secret_stores.get(store_id) for store_id in path]


class SecretStoresController(_Stores):
    """``/v1/secret-stores``."""

    default_operation = "List available secret stores"

    @Operation(
        "List available secret stores",
        rule="secretstores:get",
        id="list_secret_stores",
        errors=(404,),
        answers={200: json_answer("The stores that the configuration offers.", answers.SECRET_STORES)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """All stores."""
        return {
            "secret_stores": [serialise.secret_store(req, store) for store in req.view.secret_stores.list()]
        }


class GlobalDefaultStoreController(_Stores):
    """``/v1/secret-stores/global-default``."""

    default_operation = "Retrieve global default secret store"

    @Operation(
        "Retrieve global default secret store",
        rule="secretstores:get_global_default",
        id="get_global_default_secret_store",
        errors=(404,),
        answers={200: json_answer("The store of projects that prefer none.", answers.SECRET_STORE)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """The store of projects that prefer none."""
        return serialise.secret_store(req, req.view.secret_stores.global_default())


class PreferredStoreController(_Stores):
    """``/v1/secret-stores/preferred``."""

    default_operation = "Retrieve project preferred store"

    @Operation(
        "Retrieve project preferred store",
        rule="secretstores:get_preferred",
        id="get_preferred_secret_store",
        errors=(404,),
        answers={200: json_answer("The store that the caller's project prefers.", answers.SECRET_STORE)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """The store that the caller's project prefers.

        :raises NotFound: when it prefers none.
        """
        store = req.view.secret_stores.find_preferred(req.caller.project_id)
        if store is None:
            raise NotFound(_NONE_PREFERRED)
        return serialise.secret_store(req, store)


class SecretStoreController(_Stores):
    """``/v1/secret-stores/{store_id}``."""

    default_operation = "Secret store retrieval"

    @Operation(
        "Secret store retrieval",
        rule="secretstore:get",
        id="get_secret_store",
        answers={200: json_answer("The store.", answers.SECRET_STORE)},
    )
    def on_get(self, req: Request, store: OfferedStore) -> dict[str, Any]:
        """The store."""
        return serialise.secret_store(req, store)


class SecretStorePreferenceController(_Stores):
    """``/v1/secret-stores/{store_id}/preferred``."""

    default_operation = "Setting preferred secret store"

    @Operation(
        "Setting preferred secret store",
        rule="secretstore_preferred:post",
        id="prefer_secret_store",
        answers={204: NOTHING},
    )
    def on_post(self, req: Request, store: OfferedStore) -> None:
        """Prefer the store for what the project stores from now on."""
        req.uow.secret_stores.prefer(req.caller.project_id, store.id)

    @Operation(
        "Removing preferred secret store",
        rule="secretstore_preferred:delete",
        id="prefer_no_secret_store",
        answers={204: NOTHING},
    )
    def on_delete(self, req: Request, store: OfferedStore) -> None:
        """Prefer none; which store the path names makes no difference.

        :raises NotFound: when the project prefers none.
        """
        if not req.uow.secret_stores.prefer_none(req.caller.project_id):
            raise NotFound(_NONE_PREFERRED)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a secret is to be moved."""

    store: OfferedStore
    preferred: bool  # new secrets of its project go there


class SecretMoveController(OfSecret):
    """``/v1/secrets/{secret_id}/secret-store/{store_id}``."""

    default_operation = "Secret migration"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The secret and the store.

        :raises NotFound: when one of them is not there, and before microversion 1.3 always.
        :raises OperationRefused: where the configuration offers no choice, and for an id that is none.
        """
        if req.minor < microversions.STORES:
            raise NotFound
        secret, store_id = super().lookup(req, *path)
        if not self.services.offers_stores:
            raise OperationRefused(_NOT_OFFERED.removeprefix("Not Found. "))
        try:
            UUID(store_id)
        except ValueError:
            raise OperationRefused("Provided secret store id is invalid") from None
        store = req.view.secret_stores.get(store_id)
        preferred = req.view.secret_stores.find_preferred(secret.project_id)
        return secret, Destination(store, preferred=preferred == store if preferred else store.global_default)

    def target(self, found: Sequence[Any]) -> Target:
        """The secret as the policy knows it, and whether it would go where new ones go."""
        secret, destination = found
        return replace(target_of("secret", secret), preferred_store=destination.preferred or None)

    @Operation(
        "Secret migration",
        rule="secret:migrate_secretstore",
        any_accept=True,
        id="move_secret",
        answers={204: NOTHING},
    )
    def on_put(self, req: Request, secret: Secret, destination: Destination) -> None:
        """Move the payload to another store, from microversion 1.3 on; the secret stays the same."""
        resources.move_secret(req.uow, self.services.plugins, secret, destination.store.store)


class UnknownStorePathController(_Stores):
    """Every other path below ``/v1/secret-stores``: 405 and no method, as clients of the original see it."""

    default_operation = "Secret store retrieval"

    def __init__(self, frame: Frame, services: Services) -> None:
        super().__init__(frame, services)
        self.allowed = ()

    @Operation("Secret store retrieval", rule=OPEN, any_accept=True)
    def on_get(self, req: Request, *stores: OfferedStore) -> NoReturn:
        """Refuse; that there is an offer, and such a store, has been seen to.

        :raises MethodNotAllowed: always.
        """
        raise MethodNotAllowed(self.allowed)

    on_post = on_put = on_patch = on_delete = on_get
