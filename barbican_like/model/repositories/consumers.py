"""Services' claims that they use a secret or a container."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Generic, TypeVar

from sqlalchemy import Table, bindparam, delete, insert, select

from barbican_like.common import clock
from barbican_like.common.errors import NotFound, StaleProject
from barbican_like.model.columns import Columns
from barbican_like.model.lists import Key, Listing, Order, Part, Size, index_of
from barbican_like.model.models import Consumer, ContainerConsumer, Page
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import container_consumers, containers, secret_consumers, secrets

C = TypeVar("C", bound=Consumer | ContainerConsumer)


class ConsumerKind(Generic[C]):
    """What differs between consumers of secrets and of containers, with its statements.

    :param entities: the table of what they consume.
    :param table: theirs.
    :param owner: the column of what they consume.
    :param names: the columns that they are known by, together.
    :param order: the columns that lists are sorted by.
    :param model: what a row becomes.
    """

    def __init__(
        self,
        *,
        entities: Table,
        table: Table,
        owner: str,
        names: tuple[str, ...],
        order: tuple[str, ...],
        model: type[C],
    ) -> None:
        mine = table.c[owner] == bindparam("entity_id")
        one = (mine, table.c.digest == bindparam("digest"))
        self.entities, self.owner, self.names = entities, owner, names
        self.columns = Columns(table, model)
        self.find = select(*self.columns).where(*one)
        columns = [table.c[name] for name in order]
        by = Order(*map(Key, columns), index=index_of(table.c[owner], *columns))
        rows = select(*self.columns, *(table.c[name] for name in order if name not in self.columns.names))
        self.list = Listing(rows.where(mine), by, Size(rows.where(mine), by))
        self.insert = insert(table)
        self.delete = delete(table).where(*one)


class ConsumerRepo(Repository, Generic[C]):
    """The consumers of secrets, or of containers; ``names`` are those that the kind knows them by."""

    _kind: ConsumerKind[C]

    def find(self, entity_id: str, *names: str) -> C | None:
        """One consumer."""
        row = self._connection.execute(self._kind.find, _key(entity_id, names)).one_or_none()
        return None if row is None else self._kind.columns.value(row)

    def list(self, entity_id: str, page: Page) -> Part[C]:
        """One page of an entity's consumers."""
        part = self._kind.list.part(self._connection, {"entity_id": entity_id}, page)
        return part.of(tuple(self._kind.columns.value(row) for row in part.items))

    def register(self, entity_id: str, *names: str, creator_project_id: str) -> bool:
        """Add a consumer; False where it is registered already, and nothing changes.

        :param creator_project_id: external id of the project that registers it.
        :raises NotFound: when what it consumes is gone.
        """
        self._hold(self._kind.entities, entity_id)
        now = clock.now()
        values = {
            self._kind.owner: entity_id,
            "digest": _digest(names),
            "creator_project_id": creator_project_id,
            "created_at": now,
            "updated_at": now,
            **dict(zip(self._kind.names, names, strict=True)),
        }
        try:
            return self._insert_once(self._kind.insert, values)
        except StaleProject:
            raise NotFound from None

    def remove(self, entity_id: str, *names: str) -> bool:
        """Remove a consumer; False when there was none.

        :raises NotFound: when what it consumes is gone.
        """
        self._hold(self._kind.entities, entity_id)
        return self._connection.execute(self._kind.delete, _key(entity_id, names)).rowcount == 1


class SecretConsumerRepo(ConsumerRepo[Consumer]):
    """The consumers of secrets."""

    _kind = ConsumerKind(
        entities=secrets,
        table=secret_consumers,
        owner="secret_id",
        names=("service", "resource_type", "resource_id"),
        order=("created_at", "digest"),
        model=Consumer,
    )


class ContainerConsumerRepo(ConsumerRepo[ContainerConsumer]):
    """The consumers of containers."""

    _kind = ConsumerKind(
        entities=containers,
        table=container_consumers,
        owner="container_id",
        names=("name", "url"),
        order=("name", "url"),
        model=ContainerConsumer,
    )


def _key(entity_id: str, names: Sequence[str]) -> dict[str, str]:
    return {"entity_id": entity_id, "digest": _digest(names)}


def _digest(names: Sequence[str]) -> str:
    """SHA-256 over the names, each with its length before it so that no two sets of names collide."""
    digest = hashlib.sha256()
    for name in names:
        encoded = name.encode()
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.hexdigest()
