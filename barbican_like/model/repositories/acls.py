"""Who may read a secret or a container besides those whom its project lets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import Table, bindparam, delete, insert, select, update

from barbican_like.common import clock
from barbican_like.model import tables
from barbican_like.model.models import Acl, Guard
from barbican_like.model.repositories.base import Repository


class AclKind:
    """What differs between the ACLs of secrets and of containers, with its statements.

    :param entities: the table of what they guard.
    :param acls: theirs.
    :param users: the table of the users in them.
    """

    def __init__(self, entities: Table, acls: Table, users: Table) -> None:
        mine = acls.c.entity_id == bindparam("of_entity")
        self.entities = entities
        self.find = (
            select(acls.c.project_access, acls.c.created_at, acls.c.updated_at, users.c.user_id)
            .select_from(acls.outerjoin(users, users.c.entity_id == acls.c.entity_id))
            .where(mine)
            .order_by(users.c.position)
        )
        self.insert = insert(acls)
        self.change = (
            update(acls).where(mine).values(project_access=bindparam("to_access"), updated_at=bindparam("at"))
        )
        self.delete = delete(acls).where(mine)
        self.insert_users = insert(users)
        self.delete_users = delete(users).where(users.c.entity_id == bindparam("of_entity"))


class AclRepo(Repository):
    """The ACLs of one kind of entity."""

    _kind: ClassVar[AclKind]

    def find(self, entity_id: str) -> Acl | None:
        """An entity's ACL, None where it has none."""
        rows = self._connection.execute(self._kind.find, {"of_entity": entity_id}).all()
        if not rows:
            return None
        project_access, created_at, updated_at, _ = rows[0]
        return Acl(
            project_access=project_access,
            users=tuple(row.user_id for row in rows if row.user_id is not None),
            created_at=created_at,
            updated_at=updated_at,
        )

    def put(self, entity_id: str, *, project_access: bool, users: Sequence[str]) -> Guard:
        """Make this the entity's ACL, whatever there was; a user named twice counts once.

        :raises NotFound: when the entity is gone.
        """
        self._hold(self._kind.entities, entity_id)
        return self._write(entity_id, project_access, users)

    def change(self, entity_id: str, *, project_access: bool | None, users: Sequence[str] | None) -> Guard:
        """Change what is not None of the entity's ACL, or of what holds while it has none.

        :raises NotFound: when the entity is gone.
        """
        self._hold(self._kind.entities, entity_id)
        acl = self.find(entity_id)
        open_before, users_before = (True, ()) if acl is None else (acl.project_access, acl.users)
        return self._write(
            entity_id,
            open_before if project_access is None else project_access,
            users_before if users is None else users,
        )

    def _write(self, entity_id: str, project_access: bool, users: Sequence[str]) -> Guard:
        now, key = clock.now(), {"of_entity": entity_id}
        values = {"to_access": project_access, "at": now}
        if self._connection.execute(self._kind.change, key | values).rowcount == 0:
            row = {"entity_id": entity_id, "project_access": project_access}
            self._connection.execute(self._kind.insert, row | {"created_at": now, "updated_at": now})
        self._connection.execute(self._kind.delete_users, key)
        rows = [
            {"entity_id": entity_id, "user_id": user, "position": position}
            for position, user in enumerate(dict.fromkeys(users))
        ]
        if rows:
            self._connection.execute(self._kind.insert_users, rows)
        return Guard(project_access, tuple(sorted(set(users))))

    def remove(self, entity_id: str) -> bool:
        """Remove the entity's ACL; False when it has none."""
        return self._connection.execute(self._kind.delete, {"of_entity": entity_id}).rowcount == 1


class SecretAclRepo(AclRepo):
    """The ACLs of secrets."""

    _kind = AclKind(tables.secrets, tables.secret_acls, tables.secret_acl_users)


class ContainerAclRepo(AclRepo):
    """The ACLs of containers."""

    _kind = AclKind(tables.containers, tables.container_acls, tables.container_acl_users)
