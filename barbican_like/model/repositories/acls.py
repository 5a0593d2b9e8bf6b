"""Who may read a secret or a container besides those whom its project lets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import Table, bindparam, delete, insert, select, update

from barbican_like.common import clock
from barbican_like.model import tables
from barbican_like.model.models import Acl
from barbican_like.model.repositories.base import Repository


class AclRepo(Repository):
    """The ACLs of one kind of entity."""

    _entities: ClassVar[Table]  # of that kind
    _acls: ClassVar[Table]  # of their ACLs
    _users: ClassVar[Table]  # of the users in them

    def find(self, entity_id: str) -> Acl | None:
        """An entity's ACL, None where it has none."""
        acls, users = self._acls, self._users
        rows = self._connection.execute(
            select(acls.c.project_access, acls.c.created_at, acls.c.updated_at, users.c.user_id)
            .select_from(acls.outerjoin(users, users.c.entity_id == acls.c.entity_id))
            .where(acls.c.entity_id == entity_id)
            .order_by(users.c.position)
        ).all()
        if not rows:
            return None
        project_access, created_at, updated_at, _ = rows[0]
        return Acl(
            project_access=project_access,
            users=tuple(row.user_id for row in rows if row.user_id is not None),
            created_at=created_at,
            updated_at=updated_at,
        )

    def put(self, entity_id: str, *, project_access: bool, users: Sequence[str]) -> None:
        """Make this the entity's ACL, whatever there was; a user named twice counts once.

        :raises NotFound: when the entity is gone.
        """
        self._hold(self._entities, entity_id)
        self._write(entity_id, project_access, users)

    def change(self, entity_id: str, *, project_access: bool | None, users: Sequence[str] | None) -> None:
        """Change what is not None of the entity's ACL, or of what holds while it has none.

        :raises NotFound: when the entity is gone.
        """
        self._hold(self._entities, entity_id)
        acl = self.find(entity_id)
        open_before, users_before = (True, ()) if acl is None else (acl.project_access, acl.users)
        self._write(
            entity_id,
            open_before if project_access is None else project_access,
            users_before if users is None else users,
        )

    def _write(self, entity_id: str, project_access: bool, users: Sequence[str]) -> None:
        now = clock.now()
        values = {"project_access": project_access, "updated_at": now}
        changed = self._connection.execute(
            update(self._acls).where(self._acls.c.entity_id == bindparam("of_entity")).values(values),
            {"of_entity": entity_id},
        )
        if changed.rowcount == 0:
            self._connection.execute(insert(self._acls), values | {"entity_id": entity_id, "created_at": now})
        self._connection.execute(delete(self._users).where(self._users.c.entity_id == entity_id))
        rows = [
            {"entity_id": entity_id, "user_id": user, "position": position}
            for position, user in enumerate(dict.fromkeys(users))
        ]
        if rows:
            self._connection.execute(insert(self._users), rows)

    def remove(self, entity_id: str) -> None:
        """Remove the entity's ACL where it has one."""
        self._connection.execute(delete(self._acls).where(self._acls.c.entity_id == entity_id))


class SecretAclRepo(AclRepo):
    """The ACLs of secrets."""

    _entities, _acls, _users = tables.secrets, tables.secret_acls, tables.secret_acl_users


class ContainerAclRepo(AclRepo):
    """The ACLs of containers."""

    _entities, _acls, _users = tables.containers, tables.container_acls, tables.container_acl_users
