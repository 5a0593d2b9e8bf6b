"""Passphrases of orders that are not done yet: sealed, and no secrets so far."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select

from barbican_like.common.errors import NotFound
from barbican_like.model.columns import Columns
from barbican_like.model.models import ProjectKey, SealedPayload
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import order_passphrases, project_keys, projects, secret_payloads

_PAYLOAD = Columns(order_passphrases, SealedPayload)
_KEY = Columns(project_keys, ProjectKey, project_id=projects.c.external_id)
_AFTER_PAYLOAD = len(_PAYLOAD)
_OF_ORDER = order_passphrases.c.order_id == bindparam("of_order")
_GET = (
    select(*_PAYLOAD, *_KEY)
    .select_from(
        order_passphrases.outerjoin(
            project_keys, project_keys.c.id == order_passphrases.c.project_key_id
        ).outerjoin(projects, projects.c.id == project_keys.c.project_id)
    )
    .where(_OF_ORDER)
)
_INSERT = insert(order_passphrases)
_MOVED = [column.name for column in secret_payloads.c]
_MOVE = insert(secret_payloads).from_select(
    _MOVED, select(*(order_passphrases.c[name] for name in _MOVED)).where(_OF_ORDER)
)
_REMOVE = delete(order_passphrases).where(_OF_ORDER)


class OrderPassphraseRepo(Repository):
    """The passphrases of pending orders; one that is deleted takes its own along."""

    def add(self, order_id: str, secret_id: str, payload: SealedPayload) -> None:
        """Write the passphrase of a new order.

        :param secret_id: the id of the secret that it will be.
        :raises StaleProject: when the project's key has been removed.
        """
        key_id = None if payload.key is None else payload.key.id
        row = _PAYLOAD.row(payload, order_id=order_id, secret_id=secret_id, project_key_id=key_id)
        self._insert(_INSERT, row)

    def get(self, order_id: str) -> SealedPayload:
        """The passphrase of a pending order.

        :raises NotFound: when it has none.
        """
        row = self._connection.execute(_GET, {"of_order": order_id}).one_or_none()
        if row is None:
            raise NotFound
        key = None if row[_AFTER_PAYLOAD] is None else _KEY.value(row, _AFTER_PAYLOAD)
        return _PAYLOAD.value(row, key=key)

    def release(self, order_id: str) -> None:
        """Make the passphrase the payload of its secret, whose row is there."""
        self._connection.execute(_MOVE, {"of_order": order_id})
        self.remove(order_id)

    def remove(self, order_id: str) -> None:
        """Remove the passphrase of an order, where it has one."""
        self._connection.execute(_REMOVE, {"of_order": order_id})
