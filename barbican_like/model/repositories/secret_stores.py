"""The secret stores that the configuration offers, and which of them projects prefer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Literal, Protocol

from sqlalchemy import bindparam, delete, exists, insert, select, update

from barbican_like.common import clock, ids
from barbican_like.common.errors import ConfigurationError, NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.models import OfferedStore
from barbican_like.model.repositories.base import Repository
from barbican_like.model.repositories.projects import ProjectRepo
from barbican_like.model.tables import project_secret_store, projects, secret_payloads, secret_stores

_STORE = Columns(secret_stores, OfferedStore)
_LIST = select(*_STORE).order_by(secret_stores.c.created_at, secret_stores.c.store)
_GET = select(*_STORE).where(secret_stores.c.id == bindparam("store_id"))
_DEFAULT = select(*_STORE).where(secret_stores.c.global_default)
_MINE = projects.c.external_id == bindparam("external_id")
_PREFERRED = (
    select(*_STORE)
    .join(project_secret_store, project_secret_store.c.secret_store_id == secret_stores.c.id)
    .join(projects, projects.c.id == project_secret_store.c.project_id)
    .where(_MINE)
)
_OF_SECRETS = (
    select(secret_payloads.c.secret_id, secret_stores.c.id)
    .join(secret_stores, secret_stores.c.store == secret_payloads.c.store)
    .where(secret_payloads.c.secret_id.in_(bindparam("ids", expanding=True)))
)
_INSERT = insert(secret_stores)
_DETAILS = ("name", "store_plugin", "crypto_plugin", "global_default")
_details = attrgetter(*_DETAILS)
_CHANGE = (
    update(secret_stores)
    .where(secret_stores.c.store == bindparam("of_store"))
    .values({name: bindparam(f"to_{name}") for name in _DETAILS} | {"updated_at": bindparam("at")})
)
_IS_PREFERRED = exists().where(project_secret_store.c.secret_store_id == secret_stores.c.id)
_REMOVE = delete(secret_stores).where(secret_stores.c.id == bindparam("store_id"), ~_IS_PREFERRED)
_PREFER = insert(project_secret_store)
_PREFER_ANOTHER = (
    update(project_secret_store)
    .where(project_secret_store.c.project_id == bindparam("of_project"))
    .values(secret_store_id=bindparam("to_store"), updated_at=bindparam("to_time"))
)
_PREFER_NONE = delete(project_secret_store).where(
    project_secret_store.c.project_id.in_(select(projects.c.id).where(_MINE).scalar_subquery())
)


Change = Literal["added", "changed", "removed"]


class Offer(Protocol):
    """What is offered, as the configuration says it; see :class:`OfferedStore` for the words."""

    @property
    def store(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def store_plugin(self) -> str: ...  # noqa: D102
    @property
    def crypto_plugin(self) -> str | None: ...  # noqa: D102
    @property
    def global_default(self) -> bool: ...  # noqa: D102


class SecretStoreRepo(Repository):
    """Secret stores; they belong to no project."""

    def list(self) -> Sequence[OfferedStore]:
        """All of them, by age."""
        return [_STORE.value(row) for row in self._connection.execute(_LIST)]

    def get(self, store_id: str) -> OfferedStore:
        """One of them.

        :raises NotFound: when there is none.
        """
        row = self._connection.execute(_GET, {"store_id": store_id}).one_or_none()
        if row is None:
            raise NotFound("Not Found. Secret store not found.")
        return _STORE.value(row)

    def global_default(self) -> OfferedStore:
        """That of projects that prefer none."""
        return _STORE.value(self._connection.execute(_DEFAULT).one())

    def find_preferred(self, external_id: str) -> OfferedStore | None:
        """That which a project prefers, None where it prefers none."""
        row = self._connection.execute(_PREFERRED, {"external_id": external_id}).one_or_none()
        return None if row is None else _STORE.value(row)

    def of_secrets(self, secret_ids: Sequence[str]) -> Mapping[str, str]:
        """The stores' ids by those of the secrets; without a payload a secret is in none."""
        rows = self._connection.execute(_OF_SECRETS, {"ids": list(secret_ids)})
        return {secret_id: store_id for secret_id, store_id in rows}  # noqa: C416  rows are no pairs to mypy

    def prefer(self, external_id: str, store_id: str) -> None:
        """Let a project prefer a store, whatever it has preferred before.

        :raises NotFound: when the store has been removed meanwhile.
        """
        project_id = ProjectRepo(self._connection).hold(external_id)
        self._hold(secret_stores, store_id)
        now = clock.now()
        another = {"of_project": project_id, "to_store": store_id, "to_time": now}
        if self._connection.execute(_PREFER_ANOTHER, another).rowcount == 0:
            entry = {"project_id": project_id, "secret_store_id": store_id, "created_at": now}
            self._connection.execute(_PREFER, entry | {"updated_at": now})

    def prefer_none(self, external_id: str) -> bool:
        """Let a project prefer none; False when it does not prefer any."""
        return self._connection.execute(_PREFER_NONE, {"external_id": external_id}).rowcount > 0

    def offer(self, offers: Sequence[Offer]) -> Sequence[tuple[Change, str]]:
        """Make the table say what the configuration says; of processes that try at once, each may.

        :return: what has changed, each with the store's name.
        :raises ConfigurationError: when a store would go that projects prefer.
        """
        changes: list[tuple[Change, str]] = []
        stores = {store.store: store for store in self.list()}
        for offer in offers:
            before = stores.pop(offer.store, None)
            if before is None:
                self._add(offer)
                changes.append(("added", offer.store))
            elif _details(before) != _details(offer):
                self._change(offer)
                changes.append(("changed", offer.store))
        for store in stores.values():
            self._withdraw(store)
            changes.append(("removed", store.store))
        return changes

    def _add(self, offer: Offer) -> None:
        now = clock.now()
        entry = {"id": ids.new_id(), "store": offer.store, "created_at": now, "updated_at": now}
        # Unless another process was faster.
        self._insert_once(_INSERT, entry | dict(zip(_DETAILS, _details(offer), strict=True)))

    def _change(self, offer: Offer) -> None:
        values = {f"to_{name}": value for name, value in zip(_DETAILS, _details(offer), strict=True)}
        self._connection.execute(_CHANGE, values | {"of_store": offer.store, "at": clock.now()})

    def _withdraw(self, store: OfferedStore) -> None:
        removed = self._connection.execute(_REMOVE, {"store_id": store.id}).rowcount
        if not removed and any(other.id == store.id for other in self.list()):
            raise ConfigurationError(
                f"[secretstore] stores_lookup_suffix: {store.name} ({store.store}) cannot go, since projects "
                "prefer it"
            )
