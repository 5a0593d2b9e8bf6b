"""Secrets with their sealed payloads. An expired secret is not there for anyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Row,
    Select,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from barbican_like.common import clock
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.filters import SECRET_SORT_COLUMNS, Comparison, SecretFilter, SortKey
from barbican_like.model.lists import Key, Listing, Order, Part, Size, index_of
from barbican_like.model.models import (
    Consumer,
    Page,
    Project,
    ProjectKey,
    SealedPayload,
    Secret,
)
from barbican_like.model.repositories.base import Repository
from barbican_like.model.sql import (
    OWNER,
    access_of,
    dated,
    guard_of,
    guarded,
    like,
    like_values,
    mine,
    owned,
    readers_of,
    unexpired,
)
from barbican_like.model.tables import (
    container_secrets,
    project_keys,
    projects,
    secret_acl_users,
    secret_acls,
    secret_consumers,
    secret_payloads,
    secrets,
)

_SECRET = Columns(secrets, Secret, project_id=projects.c.external_id)
_CONSUMER = Columns(secret_consumers, Consumer)
_PAYLOAD = Columns(secret_payloads, SealedPayload)
_KEY = Columns(project_keys, ProjectKey, project_id=projects.c.external_id)
_AFTER_SECRET = len(_SECRET)
_AFTER_PAYLOAD = len(_SECRET) + len(_PAYLOAD)
_LISTED = Columns(secrets, Secret, project_id=OWNER)
_AGE = index_of(secrets.c.project_id, secrets.c.created_at, secrets.c.id)
_BY_AGE = Order(Key(secrets.c.created_at), Key(secrets.c.id), index=_AGE)
_OWNED = owned(secrets)
_GUARDED, _ACCESS = guarded(secrets, secret_acls, secret_acl_users)
_BY_ID = (secrets.c.id == bindparam("secret_id"), unexpired())
_GET = (
    select(*_SECRET, *_CONSUMER, *_ACCESS)
    .select_from(_GUARDED.outerjoin(secret_consumers, secret_consumers.c.secret_id == secrets.c.id))
    .where(*_BY_ID)
    .order_by(secret_consumers.c.created_at)
)
_READERS = readers_of(secrets, secret_acl_users)
_GET_TO_CHANGE = _GET.add_columns(_READERS)
_LIST_BY_IDS = (
    select(*_SECRET, secret_acls.c.project_access, _READERS)
    .select_from(_OWNED.outerjoin(secret_acls, secret_acls.c.entity_id == secrets.c.id))
    .where(secrets.c.id.in_(bindparam("ids", expanding=True)))
)
_GET_WITH_PAYLOAD = (
    select(*_SECRET, *_PAYLOAD, *_KEY, *_ACCESS)
    .select_from(
        _GUARDED.outerjoin(secret_payloads, secret_payloads.c.secret_id == secrets.c.id).outerjoin(
            project_keys, project_keys.c.id == secret_payloads.c.project_key_id
        )
    )
    .where(*_BY_ID)
)
_LIST_LIVING = (
    select(secrets.c.id)
    .select_from(_OWNED)
    .where(
        secrets.c.id.in_(bindparam("ids", expanding=True)),
        projects.c.external_id == bindparam("external_id"),
        unexpired(),
    )
    .with_for_update(read=True, key_share=True, of=secrets)
)
_LIST_CONSUMERS = (
    select(secret_consumers.c.secret_id, *_CONSUMER)
    .where(secret_consumers.c.secret_id.in_(bindparam("ids", expanding=True)))
    .order_by(secret_consumers.c.created_at, secret_consumers.c.digest)
)
_INSERT = insert(secrets)
_INSERT_PAYLOAD = insert(secret_payloads)
_HOLD_PAYLOAD = (
    select(secret_payloads.c.secret_id)
    .where(secret_payloads.c.secret_id == bindparam("secret_id"))
    .with_for_update()
)
_SET_PAYLOAD = (
    update(secret_payloads)
    .where(secret_payloads.c.secret_id == bindparam("of_secret"))
    .values({name: bindparam(f"to_{name}") for name in ("store", "version", "sealed", "project_key_id")})
)
_SET_CONTENT_TYPE = (
    update(secrets)
    .where(secrets.c.id == bindparam("secret_id"), secrets.c.content_type.is_(None))
    .values(content_type=bindparam("to_content_type"), updated_at=bindparam("at"))
)
_DELETE = delete(secrets).where(secrets.c.id == bindparam("secret_id"))
_DELETE_REFERENCES = (
    delete(container_secrets)
    .where(container_secrets.c.secret_id == bindparam("secret_id"))
    .returning(container_secrets.c.container_id)
)


class SecretRepo(Repository):
    """Secrets of all projects by id, of one project by filter."""

    def get(self, secret_id: str, reader: str | None = None) -> Secret:
        """A secret with its consumers.

        :param reader: id of the user whose access is to be told.
        :raises NotFound: when there is none, or it has expired.
        """
        rows = self._rows(_GET, secret_id, reader)
        return _SECRET.value(rows[0], consumers=_consumers_in(rows), access=access_of(*rows[0][-2:]))

    def get_to_change(self, secret_id: str, reader: str | None = None) -> Secret:
        """The same with its guard, which those who hear of a change are judged by.

        :raises NotFound: when there is none, or it has expired.
        """
        rows = self._rows(_GET_TO_CHANGE, secret_id, reader)
        project_access, reader_id, readers = rows[0][-3:]
        return _SECRET.value(
            rows[0],
            consumers=_consumers_in(rows),
            access=access_of(project_access, reader_id),
            guard=guard_of(project_access, readers),
        )

    def _rows(
        self, statement: Select[Any], secret_id: str, reader: str | None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        key = {"secret_id": secret_id, "reader": reader, "now": clock.now()}
        rows = self._connection.execute(statement, key).all()
        if not rows:
            raise NotFound("Not Found. Secret not found.")
        return rows

    def get_with_payload(
        self, secret_id: str, reader: str | None = None
    ) -> tuple[Secret, SealedPayload | None]:
        """A secret, without its consumers, and its sealed payload (None before the second step).

        :param reader: id of the user whose access is to be told.
        :raises NotFound: when there is none, or it has expired.
        """
        key = {"secret_id": secret_id, "reader": reader, "now": clock.now()}
        row = self._connection.execute(_GET_WITH_PAYLOAD, key).one_or_none()
        if row is None:
            raise NotFound("Not Found. Secret not found.")
        secret = _SECRET.value(row, access=access_of(*row[-2:]))
        if row[_AFTER_SECRET] is None:
            return secret, None
        project_key = None if row[_AFTER_PAYLOAD] is None else _KEY.value(row, _AFTER_PAYLOAD)
        return secret, _PAYLOAD.value(row, _AFTER_SECRET, key=project_key)

    def add(self, secret: Secret, project: Project) -> None:
        """Write a new secret.

        :raises StaleProject: when the project has been removed.
        """
        self._insert(_INSERT, _SECRET.row(secret, project_id=project.id))

    def add_payload(self, secret_id: str, payload: SealedPayload) -> None:
        """Write the payload of a secret whose row says already that it has one.

        :raises StaleProject: when the project's key has been removed.
        """
        key_id = None if payload.key is None else payload.key.id
        self._insert(_INSERT_PAYLOAD, _PAYLOAD.row(payload, secret_id=secret_id, project_key_id=key_id))

    def hold_payload(self, secret_id: str) -> SealedPayload | None:
        """A secret's sealed payload, which nobody else changes or removes until the commit; None without one.

        :raises NotFound: when the secret is not there any more.
        """
        self._connection.execute(_HOLD_PAYLOAD, {"secret_id": secret_id})
        return self.get_with_payload(secret_id)[1]

    def hold(self, secret_id: str) -> Secret:
        """A secret as it is now, which nobody else changes or registers for until the commit.

        :raises NotFound: when the secret is not there any more.
        """
        self._hold(secrets, secret_id)
        return self.get_to_change(secret_id)

    def set_payload(self, secret_id: str, payload: SealedPayload) -> None:
        """Put another seal in the place of one that is held.

        :raises StaleProject: when the project's key has been removed.
        """
        values = {
            "to_store": payload.store,
            "to_version": payload.version,
            "to_sealed": payload.sealed,
            "to_project_key_id": None if payload.key is None else payload.key.id,
        }
        self._write_row(_SET_PAYLOAD, values | {"of_secret": secret_id})

    def set_content_type(self, secret_id: str, content_type: str) -> datetime:
        """Note that a secret gets its payload now; the time of that.

        :raises Conflict: when it has one already, whoever was first.
        """
        now = clock.now()
        changed = self._connection.execute(
            _SET_CONTENT_TYPE, {"secret_id": secret_id, "to_content_type": content_type, "at": now}
        ).rowcount
        if changed != 1:
            raise Conflict("Secret already has data, cannot modify it.")
        return now

    def delete(self, secret_id: str) -> list[str]:
        """Remove a secret with its payload and consumers, and take it out of every container.

        :return: the ids of the containers that it was in.
        :raises NotFound: when another removed it first.
        """
        if self._connection.execute(_DELETE, {"secret_id": secret_id}).rowcount != 1:
            raise NotFound("Not Found. Secret not found.")
        # After it, so that whoever puts the secret into a container meanwhile has done so, or finds it gone.
        emptied = self._connection.execute(_DELETE_REFERENCES, {"secret_id": secret_id}).scalars()
        return sorted(set(emptied))

    def list_by_ids(self, secret_ids: Sequence[str]) -> Sequence[Secret]:
        """Those of the ids that are there, expired ones too, each with its consumers and its guard."""
        rows = self._connection.execute(_LIST_BY_IDS, {"ids": list(secret_ids)}).all()
        consumers = self._consumers([row[0] for row in rows]) if rows else {}
        return [
            _SECRET.value(row, consumers=consumers.get(row[0], ()), guard=guard_of(*row[-2:])) for row in rows
        ]

    def list_missing(self, project_id: str, secret_ids: Sequence[str]) -> set[str]:
        """Those of the ids that are no living secret of the project; the others live until the commit.

        :param project_id: the project's external id.
        """
        values = {"external_id": project_id, "ids": list(secret_ids), "now": clock.now()}
        return set(secret_ids) - set(self._connection.execute(_LIST_LIVING, values).scalars())

    def list(
        self,
        project_id: str,
        criteria: SecretFilter,
        page: Page,
        reader: str | None = None,
        *,
        with_consumers: bool = True,
    ) -> Part[Secret]:
        """One page of a project's secrets.

        :param project_id: the project's external id.
        :param with_consumers: whether to read their consumers too, which takes a second statement.
        :param reader: id of the user whose ACL entries ``acl_only`` asks for, in whatever project.
        """
        shape, values = _shape(criteria)
        whose = {"reader": reader} if shape.acl_only else {"external_id": project_id}
        part = _listing(shape).part(self._connection, values | whose, page)
        if not with_consumers or not part.items:
            return part.of(tuple(_SECRET.value(row) for row in part.items))
        consumers = self._consumers([row[0] for row in part.items])
        return part.of(tuple(_SECRET.value(row, consumers=consumers.get(row[0], ())) for row in part.items))

    def _consumers(self, secret_ids: Sequence[str]) -> Mapping[str, tuple[Consumer, ...]]:
        consumers: dict[str, list[Consumer]] = {}
        for row in self._connection.execute(_LIST_CONSUMERS, {"ids": secret_ids}):
            consumers.setdefault(row[0], []).append(_CONSUMER.value(row, 1))
        return {secret_id: tuple(own) for secret_id, own in consumers.items()}


def _consumers_in(rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[Consumer, ...]:
    return tuple(_CONSUMER.value(row, _AFTER_SECRET) for row in rows if row[_AFTER_SECRET] is not None)


class _Shape(NamedTuple):
    """A list filter without its values: what decides the SQL text."""

    patterns: tuple[tuple[str, int], ...]  # a column, and how many
    equals: tuple[str, ...]
    dates: tuple[tuple[str, Comparison], ...]
    acl_only: bool
    sort: tuple[SortKey, ...]


@lru_cache(maxsize=256)
def _shape(criteria: SecretFilter) -> tuple[_Shape, dict[str, Any]]:
    """A filter's shape and its values; both are remembered, so neither may be changed."""
    patterns = {"name": criteria.name, "algorithm": criteria.algorithm, "mode": criteria.mode}
    equals = {"bit_length": criteria.bit_length, "secret_type": criteria.secret_type}
    dates = [
        (column, condition)
        for column, conditions in (
            ("created_at", criteria.created),
            ("updated_at", criteria.updated),
            ("expiration", criteria.expiration),
        )
        for condition in conditions
    ]
    values: dict[str, Any] = {}
    for name, texts in patterns.items():
        values |= like_values(name, texts)
    values |= {name: value for name, value in equals.items() if value is not None}
    values |= {f"{column}_{condition.comparison}": condition.moment for column, condition in dates}
    shape = _Shape(
        patterns=tuple((name, len(texts)) for name, texts in patterns.items() if texts),
        equals=tuple(name for name, value in equals.items() if value is not None),
        dates=tuple((column, condition.comparison) for column, condition in dates),
        acl_only=criteria.acl_only,
        sort=criteria.sort,
    )
    return shape, values


@lru_cache(maxsize=256)
def _listing(shape: _Shape) -> Listing:
    """The statements, built once for each shape of filter; lists that differ in their order have one size."""
    sort = shape.sort or (SortKey("created"),)
    keys = [Key(secrets.c[SECRET_SORT_COLUMNS[key.column]], key.descending) for key in sort]
    if not any(key.column is secrets.c.id for key in keys):
        # In the direction of the last, so that the newest come first by the same index.
        keys.append(Key(secrets.c.id, keys[-1].descending))
    by_age = [key.column for key in keys] == [secrets.c.created_at, secrets.c.id] and not shape.acl_only
    order = Order(*keys, index=_AGE if by_age else None)
    return Listing(_rows(shape), order, _size(shape._replace(sort=())))


@lru_cache(maxsize=256)
def _size(shape: _Shape) -> Size:
    return Size(_rows(shape), None if shape.acl_only else _BY_AGE)


def _rows(shape: _Shape) -> Select[Any]:
    c = secrets.c
    if shape.acl_only:
        # By a join with the entries, so that they are looked up and not each of the secrets.
        named = _OWNED.join(secret_acl_users, secret_acl_users.c.entity_id == c.id)
        rows = select(*_SECRET).select_from(named).where(secret_acl_users.c.user_id == bindparam("reader"))
    else:
        rows = select(*_LISTED).where(mine(secrets))
    return rows.where(
        unexpired(),
        *(like(c[name], number) for name, number in shape.patterns),
        *(c[name] == bindparam(name) for name in shape.equals),
        *(dated(c[name], comparison) for name, comparison in shape.dates),
    )
