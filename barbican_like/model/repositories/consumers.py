"""Services' claims that they use a secret or a container."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from barbican_like.common import clock
from barbican_like.common.errors import NotFound
from barbican_like.model.models import Consumer, ContainerConsumer, Page
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import container_consumers, secret_consumers

_MINE = secret_consumers.c.secret_id == bindparam("secret_id")
_ONE = (_MINE, secret_consumers.c.digest == bindparam("digest"))
_COLUMNS = tuple(c for c in secret_consumers.c if c.name not in {"secret_id", "digest"})
_FIND = select(*_COLUMNS).where(*_ONE)
_COUNT = select(func.count()).select_from(secret_consumers).where(_MINE)
_LIST = (
    select(*_COLUMNS)
    .where(_MINE)
    .order_by(secret_consumers.c.created_at, secret_consumers.c.digest)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_INSERT = insert(secret_consumers)
_DELETE = delete(secret_consumers).where(*_ONE)


class SecretConsumerRepo(Repository):
    """The consumers of secrets, each known by the three names it was registered with."""

    def find(self, secret_id: str, service: str, resource_type: str, resource_id: str) -> Consumer | None:
        """One consumer."""
        key = {"secret_id": secret_id, "digest": _digest(service, resource_type, resource_id)}
        row = self._connection.execute(_FIND, key).one_or_none()
        return None if row is None else Consumer(**row._mapping)

    def list(self, secret_id: str, page: Page) -> tuple[Sequence[Consumer], int]:
        """One page of a secret's consumers by age, and how many there are in all."""
        key: dict[str, Any] = {"secret_id": secret_id}
        total = self._connection.execute(_COUNT, key).scalar_one()
        rows = self._connection.execute(_LIST, key | {"limit": page.limit, "offset": page.offset})
        return tuple(Consumer(**row) for row in rows.mappings()), total

    def register(
        self, secret_id: str, service: str, resource_type: str, resource_id: str, creator_project_id: str
    ) -> None:
        """Add a consumer; nothing changes where it is registered already.

        :raises NotFound: when what it consumes is gone.
        """
        now = clock.now()
        values = {
            "secret_id": secret_id,
            "digest": _digest(service, resource_type, resource_id),
            "service": service,
            "resource_type": resource_type,
            "resource_id": resource_id,
            "creator_project_id": creator_project_id,
            "created_at": now,
            "updated_at": now,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(_INSERT, values)
        except IntegrityError:
            if self.find(secret_id, service, resource_type, resource_id) is None:
                raise NotFound from None

    def remove(self, secret_id: str, service: str, resource_type: str, resource_id: str) -> bool:
        """Remove a consumer; False when there was none."""
        key = {"secret_id": secret_id, "digest": _digest(service, resource_type, resource_id)}
        return self._connection.execute(_DELETE, key).rowcount == 1


_OF_CONTAINER = container_consumers.c.container_id == bindparam("container_id")
_ONE_OF_CONTAINER = (_OF_CONTAINER, container_consumers.c.digest == bindparam("digest"))
_CONTAINER_COLUMNS = (
    container_consumers.c.name,
    container_consumers.c.url,
    container_consumers.c.created_at,
    container_consumers.c.updated_at,
    container_consumers.c.creator_project_id,
)
_FIND_OF_CONTAINER = select(*_CONTAINER_COLUMNS).where(*_ONE_OF_CONTAINER)
_COUNT_OF_CONTAINER = select(func.count()).select_from(container_consumers).where(_OF_CONTAINER)
_LIST_OF_CONTAINER = (
    select(*_CONTAINER_COLUMNS)
    .where(_OF_CONTAINER)
    .order_by(container_consumers.c.name, container_consumers.c.url)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_INSERT_OF_CONTAINER = insert(container_consumers)
_DELETE_OF_CONTAINER = delete(container_consumers).where(*_ONE_OF_CONTAINER)


class ContainerConsumerRepo(Repository):
    """The consumers of containers, each known by its name and URL."""

    def find(self, container_id: str, name: str, url: str) -> ContainerConsumer | None:
        """One consumer."""
        key = {"container_id": container_id, "digest": _digest(name, url)}
        row = self._connection.execute(_FIND_OF_CONTAINER, key).one_or_none()
        return None if row is None else ContainerConsumer(*row)

    def list(self, container_id: str, page: Page) -> tuple[Sequence[ContainerConsumer], int]:
        """One page of a container's consumers by name, and how many there are in all."""
        key: dict[str, Any] = {"container_id": container_id}
        total = self._connection.execute(_COUNT_OF_CONTAINER, key).scalar_one()
        key |= {"limit": page.limit, "offset": page.offset}
        rows = self._connection.execute(_LIST_OF_CONTAINER, key)
        return tuple(ContainerConsumer(*row) for row in rows), total

    def register(self, container_id: str, name: str, url: str, creator_project_id: str) -> None:
        """Add a consumer; nothing changes where it is registered already.

        :raises NotFound: when what it consumes is gone.
        """
        now = clock.now()
        values = {
            "container_id": container_id,
            "digest": _digest(name, url),
            "name": name,
            "url": url,
            "creator_project_id": creator_project_id,
            "created_at": now,
            "updated_at": now,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(_INSERT_OF_CONTAINER, values)
        except IntegrityError:
            if self.find(container_id, name, url) is None:
                raise NotFound from None

    def remove(self, container_id: str, name: str, url: str) -> bool:
        """Remove a consumer; False when there was none."""
        key = {"container_id": container_id, "digest": _digest(name, url)}
        return self._connection.execute(_DELETE_OF_CONTAINER, key).rowcount == 1


def _digest(*names: str) -> str:
    """SHA-256 over the names, each with its length before it so that no two sets of names collide."""
    digest = hashlib.sha256()
    for name in names:
        encoded = name.encode()
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.hexdigest()
