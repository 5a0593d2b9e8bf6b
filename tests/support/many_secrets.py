"""Secrets by the million, written by the database itself."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from barbican_like.model.tables import secret_acl_users, secret_acls, secrets
from barbican_like.model.types import DatabaseTime
from tests.support.numbers import numbers

_RANDOM_ID: Final = {
    "postgresql": "CAST(gen_random_uuid() AS text)",
    "sqlite": "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || "
    "substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
    "mysql": "insert(insert(insert(insert(md5(concat(rand(), below.number)), 21, 0, '-'), 17, 0, '-'), "
    "13, 0, '-'), 9, 0, '-')",
}
_ANALYZE: Final = {
    "sqlite": "ANALYZE",
    "postgresql": "VACUUM ANALYZE",
    "mysql": "ANALYZE TABLE secrets, secret_acls, secret_acl_users",
}


def add_many(connection: sa.Connection, project_id: str, count: int, *, expired: bool = False) -> None:
    """Add secrets to a project, a millisecond between one and the next.

    :param project_id: the project's own id, not the external one.
    :param expired: whether they have expired, a second after they were made.
    """
    number = numbers(count)
    seconds = (number - count) * 0.001
    values: dict[str, Any] = {
        "id": sa.literal_column(_RANDOM_ID[connection.dialect.name]),
        "project_id": sa.literal(project_id),
        "creator_id": sa.literal("creator"),
        "name": sa.literal("name-") + sa.cast(number, sa.String(8)),
        "secret_type": sa.literal("opaque"),
        "algorithm": sa.literal("aes"),
        "bit_length": sa.literal(256),
        "mode": sa.literal("cbc"),
        "content_type": sa.literal("text/plain"),
        "expiration": DatabaseTime(seconds) if expired else sa.null(),
        "created_at": DatabaseTime(seconds - 1),
        "updated_at": DatabaseTime(seconds - 1),
    }
    by_age = sa.select(*values.values()).order_by(number)
    connection.execute(secrets.insert().from_select(list(values), by_age))


def name_reader(connection: sa.Connection, project_id: str, reader: str, count: int) -> None:
    """Let the ACLs of as many of a project's secrets name a user."""
    some = sa.select(secrets.c.id, secrets.c.created_at).where(secrets.c.project_id == project_id)
    found = some.limit(count).subquery("some")
    now = DatabaseTime()
    acls = sa.select(found.c.id, sa.true(), now, now)
    connection.execute(secret_acls.insert().from_select(list(secret_acls.c), acls))
    named = sa.select(secret_acls.c.entity_id, sa.literal(reader), sa.literal(0)).where(
        secret_acls.c.entity_id.in_(
            sa.select(secrets.c.id).where(secrets.c.project_id == project_id).scalar_subquery()
        )
    )
    connection.execute(secret_acl_users.insert().from_select(list(secret_acl_users.c), named))


def analyze(engine: sa.Engine) -> None:
    """Let the database count what it has, as it does by itself a while after rows were stored."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(_ANALYZE[connection.dialect.name])
