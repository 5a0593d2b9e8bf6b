"""Containers with their references to secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, func, insert, or_, select

from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.filters import Spellings
from barbican_like.model.lists import Key, Listing, Order, Part, Size, index_of
from barbican_like.model.models import (
    Container,
    ContainerConsumer,
    Page,
    Project,
    SecretReference,
)
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import (
    OWNER,
    access_of,
    guard_of,
    guarded,
    like,
    like_values,
    mine,
    owned,
    readers_of,
)
from barbican_like.model.tables import (
    container_acl_users,
    container_acls,
    container_consumers,
    container_secrets,
    containers,
    projects,
)

_CONTAINER = Columns(containers, Container, project_id=projects.c.external_id)
_REFERENCE = Columns(container_secrets, SecretReference)
_CONSUMER = Columns(container_consumers, ContainerConsumer)
_AFTER_CONTAINER = len(_CONTAINER)
_LISTED = Columns(containers, Container, project_id=OWNER)
_BY_AGE = Order(
    Key(containers.c.created_at),
    Key(containers.c.id),
    index=index_of(containers.c.project_id, containers.c.created_at, containers.c.id),
)
_GUARDED, _ACCESS = guarded(containers, container_acls, container_acl_users)
_GET = (
    select(*_CONTAINER, *_REFERENCE, *_ACCESS)
    .select_from(_GUARDED.outerjoin(container_secrets, container_secrets.c.container_id == containers.c.id))
    .where(containers.c.id == bindparam("container_id"))
    .order_by(container_secrets.c.position)
)
_READERS = readers_of(containers, container_acl_users)
_GET_TO_CHANGE = _GET.add_columns(_READERS)
_LIST_BY_IDS = (
    select(*_CONTAINER, *_REFERENCE, container_acls.c.project_access, _READERS)
    .select_from(
        owned(containers)
        .outerjoin(container_acls, container_acls.c.entity_id == containers.c.id)
        .outerjoin(container_secrets, container_secrets.c.container_id == containers.c.id)
    )
    .where(containers.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(containers.c.id, container_secrets.c.position)
)
_CONSUMERS = (
    select(container_consumers.c.container_id, *_CONSUMER)
    .where(container_consumers.c.container_id.in_(bindparam("ids", expanding=True)))
    .order_by(container_consumers.c.name, container_consumers.c.url)
)
_REFERENCES = (
    select(container_secrets.c.container_id, *_REFERENCE)
    .where(container_secrets.c.container_id.in_(bindparam("ids", expanding=True)))
    .order_by(container_secrets.c.container_id, container_secrets.c.position)
)
_LOCK = select(containers.c.id).where(containers.c.id == bindparam("container_id")).with_for_update()
_NEXT_POSITION = select(func.coalesce(func.max(container_secrets.c.position) + 1, 0)).where(
    container_secrets.c.container_id == bindparam("container_id")
)
_OF_NAME = bindparam("of_name", type_=container_secrets.c.name.type)
_REMOVE_REFERENCE = delete(container_secrets).where(
    container_secrets.c.container_id == bindparam("of_container"),
    container_secrets.c.secret_id == bindparam("of_secret"),
    or_(
        container_secrets.c.name == _OF_NAME,
        and_(container_secrets.c.name.is_(None), _OF_NAME.is_(None)),
    ),
)
_INSERT = insert(containers)
_INSERT_REFERENCE = insert(container_secrets)
_DELETE = delete(containers).where(containers.c.id == bindparam("container_id"))


class ContainerRepo(Repository):
    """Containers of all projects by id, of one project by filter."""

    def get(self, container_id: str, reader: str | None = None) -> Container:
        """A container with its references and consumers.

        :param reader: id of the user whose access is to be told.
        :raises NotFound: when there is none.
        """
        rows = self._rows(_GET, container_id, reader)
        consumers = _consumers(self._connection, [container_id])
        return _folded(rows, consumers, access=access_of(*rows[0][-2:]))

    def get_to_change(self, container_id: str, reader: str | None = None) -> Container:
        """The same with its guard, which those who hear of a change are judged by.

        :raises NotFound: when there is none.
        """
        rows = self._rows(_GET_TO_CHANGE, container_id, reader)
        consumers = _consumers(self._connection, [container_id])
        project_access, reader_id, readers = rows[0][-3:]
        access = access_of(project_access, reader_id)
        return _folded(rows, consumers, access=access, guard=guard_of(project_access, readers))

    def list_by_ids(self, container_ids: Sequence[str]) -> Sequence[Container]:
        """Those of the ids that are there, each with its references, its consumers and its guard."""
        rows = self._connection.execute(_LIST_BY_IDS, {"ids": list(container_ids)}).all()
        consumers = _consumers(self._connection, list({row[0] for row in rows})) if rows else {}
        folded = []
        for _, group in groupby(rows, itemgetter(0)):
            of_one = list(group)
            folded.append(_folded(of_one, consumers, guard=guard_of(*of_one[0][-2:])))
        return folded

    def _rows(
        self, statement: Select[Any], container_id: str, reader: str | None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        rows = self._connection.execute(statement, {"container_id": container_id, "reader": reader}).all()
        if not rows:
            raise NotFound("Not Found. Container not found.")
        return rows

    def list(self, project_id: str, page: Page, *, name: Spellings, type: str | None) -> Part[Container]:
        """One page of a project's containers by age.

        :param project_id: the project's external id.
        """
        values: dict[str, Any] = {"external_id": project_id, **like_values("name", name)}
        if type is not None:
            values["type"] = type
        part = _listing(len(name), type is not None).part(self._connection, values, page)
        if not part.items:
            return part
        container_ids = [row.id for row in part.items]
        references = _references(self._connection, container_ids)
        consumers = _consumers(self._connection, container_ids)
        return part.of(
            tuple(
                _LISTED.value(
                    row,
                    references=tuple(references.get(row.id, ())),
                    consumers=tuple(consumers.get(row.id, ())),
                )
                for row in part.items
            )
        )

    def add(self, container: Container, project: Project) -> None:
        """Write a new container with its references.

        :raises StaleProject: when the project has been removed.
        """
        self._insert(_INSERT, _CONTAINER.row(container, project_id=project.id))
        rows = [
            _REFERENCE.row(reference, container_id=container.id, position=position)
            for position, reference in enumerate(container.references)
        ]
        if rows:
            self._connection.execute(_INSERT_REFERENCE, rows)

    def add_reference(self, container: Container, reference: SecretReference) -> tuple[SecretReference, ...]:
        """Put a secret into a container, behind the others; returns those.

        :raises Conflict: when it is in there already under this name.
        """
        self._connection.execute(_LOCK, {"container_id": container.id})
        before = self.get(container.id).references
        if reference in before:
            raise Conflict(
                "Conflict. A secret with that name and ID is already stored in this container. "
                "The same secret can exist in a container as long as the name is unique."
            )
        position = self._connection.execute(_NEXT_POSITION, {"container_id": container.id}).scalar_one()
        row = _REFERENCE.row(reference, container_id=container.id, position=position)
        self._connection.execute(_INSERT_REFERENCE, row)
        return before

    def remove_reference(self, container_id: str, reference: SecretReference) -> bool:
        """Take a secret out of a container; False when it is not in there under this name."""
        values = {"of_container": container_id, "of_secret": reference.secret_id, "of_name": reference.name}
        return self._connection.execute(_REMOVE_REFERENCE, values).rowcount > 0

    def delete(self, container_id: str) -> None:
        """Remove a container; its secrets stay.

        :raises NotFound: when another removed it first.
        """
        if self._connection.execute(_DELETE, {"container_id": container_id}).rowcount != 1:
            raise NotFound("Not Found. Container not found.")


def _consumers(connection: Connection, container_ids: Sequence[str]) -> dict[str, list[ContainerConsumer]]:
    consumers: dict[str, list[ContainerConsumer]] = {}
    for row in connection.execute(_CONSUMERS, {"ids": container_ids}):
        consumers.setdefault(row[0], []).append(_CONSUMER.value(row, 1))
    return consumers


def _references(connection: Connection, container_ids: Sequence[str]) -> dict[str, list[SecretReference]]:
    references: dict[str, list[SecretReference]] = {}
    for row in connection.execute(_REFERENCES, {"ids": container_ids}):
        references.setdefault(row[0], []).append(_REFERENCE.value(row, 1))
    return references


@cache
def _listing(names: int, by_type: bool) -> Listing:
    rows = select(*_LISTED).where(mine(containers))
    if names:
        rows = rows.where(like(containers.c.name, names))
    if by_type:
        rows = rows.where(containers.c.type == bindparam("type"))
    return Listing(rows, _BY_AGE, Size(rows, _BY_AGE))


def _folded(
    rows: Sequence[Row[*tuple[Any, ...]]],
    consumers: Mapping[str, Sequence[ContainerConsumer]],
    **guarded_by: Any,
) -> Container:
    """A container from the rows of its join with its references.

    :param guarded_by: what was read of its ACL.
    """
    # The first of a reference's columns may be null anyway, the second only where there is no reference.
    references = [
        _REFERENCE.value(row, _AFTER_CONTAINER) for row in rows if row[_AFTER_CONTAINER + 1] is not None
    ]
    return _CONTAINER.value(
        rows[0],
        references=tuple(references),
        consumers=tuple(consumers.get(rows[0][0], ())),
        **guarded_by,
    )
