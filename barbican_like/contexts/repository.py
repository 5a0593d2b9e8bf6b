"""The rows of contexts: written from outboxes, read by REST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from barbican_like.common import ids
from barbican_like.contexts.models import ContextRow, Entry, Transition
from barbican_like.contexts.tables import contexts, outboxes, service_transitions, task_services
from barbican_like.model.columns import Columns
from barbican_like.model.lists import Key, Listing, Order, Part, Size
from barbican_like.model.models import Page
from barbican_like.model.repositories.base import Repository

_CONTEXT: Columns[ContextRow] = Columns(contexts, ContextRow)
_TRANSITION: Columns[Transition] = Columns(service_transitions, Transition)
_CARRIED = select(outboxes.c.carried).where(outboxes.c.id == bindparam("outbox_id"))
_NEW_OUTBOX = insert(outboxes)
_CARRY_ON = (
    update(outboxes)
    .where(outboxes.c.id == bindparam("outbox"), outboxes.c.carried == bindparam("from_number"))
    .values(carried=bindparam("to_number"))
)
_ALL = select(*_CONTEXT)
_LIST = Listing(_ALL, Order(Key(contexts.c.updated_at, descending=True), Key(contexts.c.id)), Size(_ALL))
_OF_TRANSACTION = select(*_CONTEXT).where(contexts.c.transaction_id == bindparam("transaction"))
_OF_OUTBOX = _OF_TRANSACTION.where(contexts.c.outbox_id == bindparam("outbox"))
_NEWEST_FIRST = _OF_TRANSACTION.order_by(contexts.c.updated_at.desc())
_NEW_CONTEXT = insert(contexts)
_TOUCH = update(contexts).where(contexts.c.id == bindparam("of_id")).values(updated_at=bindparam("now"))
_NEW_SERVICE = insert(task_services)
_SERVICES = select(task_services.c.service_id).where(task_services.c.context == bindparam("of_context"))
_STANDS = (
    update(task_services)
    .where(
        task_services.c.context == bindparam("of_context"),
        task_services.c.service_id == bindparam("of_service"),
    )
    .values({name: bindparam(name) for name in ("state", "desired", "pid", "exit_code", "restarts", "since")})
)
_NEW_TRANSITION = insert(service_transitions)
_TRANSITIONS = (
    select(*_TRANSITION)
    .where(
        service_transitions.c.context == bindparam("of_context"),
        service_transitions.c.number > bindparam("after"),
    )
    .order_by(service_transitions.c.number)
    .limit(bindparam("most"))
)


class ContextRepo(Repository):
    """Contexts, their services, and the transitions of those."""

    def carried(self, outbox_id: str) -> int:
        """The number of the last transition of an outbox that is in the rows; 0 for none."""
        found = self._connection.execute(_CARRIED, {"outbox_id": outbox_id}).scalar_one_or_none()
        return 0 if found is None else int(found)

    def carry(
        self, outbox_id: str, carried: int, context_id: str, name: str, entries: Sequence[Entry]
    ) -> bool:
        """Write the next transitions of an outbox, in their order.

        :param carried: what :meth:`carried` has said.
        :return: False when others have been written since: then nothing was.
        """
        if carried == 0:
            self._insert_once(_NEW_OUTBOX, {"id": outbox_id, "carried": 0})
        to = {"outbox": outbox_id, "from_number": carried, "to_number": entries[-1].transition.number}
        if self._connection.execute(_CARRY_ON, to).rowcount != 1:
            return False
        by_transaction: dict[str, list[Entry]] = {}
        for entry in entries:
            by_transaction.setdefault(entry.transaction, []).append(entry)
        for transaction, its in by_transaction.items():
            row = self._context(outbox_id, transaction, context_id, name, its)
            self._stand(row, its)
            values = [{"outbox_id": outbox_id, "context": row, **asdict(entry.transition)} for entry in its]
            self._connection.execute(_NEW_TRANSITION, values)
        return True

    def list(self, page: Page) -> Part[ContextRow]:
        """One page, the last changed first."""
        part = _LIST.part(self._connection, {}, page)
        return part.of([_CONTEXT.value(row) for row in part.items])

    def find(self, transaction: str) -> ContextRow | None:
        """The context that has a transaction; of several outboxes, the one that changed last."""
        row = self._connection.execute(_NEWEST_FIRST, {"transaction": transaction}).first()
        return None if row is None else _CONTEXT.value(row)

    def transitions(self, context: str, after: int, most: int) -> Sequence[Transition]:
        """Transitions of a context's row, by number.

        :param after: only larger numbers.
        """
        values = {"of_context": context, "after": after, "most": most}
        return [_TRANSITION.value(row) for row in self._connection.execute(_TRANSITIONS, values)]

    def _context(
        self, outbox_id: str, transaction: str, context_id: str, name: str, entries: Sequence[Entry]
    ) -> str:
        """The id of a transaction's row, made where there is none."""
        first, last = entries[0].transition.since, entries[-1].transition.since
        found = self._connection.execute(
            _OF_OUTBOX, {"transaction": transaction, "outbox": outbox_id}
        ).first()
        if found is not None:
            row = _CONTEXT.value(found)
            self._connection.execute(_TOUCH, {"of_id": row.id, "now": last})
            return row.id
        new = ContextRow(
            id=ids.new_id(),
            outbox_id=outbox_id,
            transaction_id=transaction,
            context_id=context_id,
            name=name,
            created_at=first,
            updated_at=last,
        )
        self._connection.execute(_NEW_CONTEXT, _CONTEXT.row(new))
        return new.id

    def _stand(self, context: str, entries: Sequence[Entry]) -> None:
        """Write how each service stands after its last transition."""
        known = set(self._connection.execute(_SERVICES, {"of_context": context}).scalars())
        for entry in {entry.transition.service_id: entry for entry in entries}.values():
            transition = entry.transition
            standing: dict[str, Any] = {
                name: getattr(transition, name)
                for name in ("state", "desired", "pid", "exit_code", "restarts", "since")
            }
            if transition.service_id in known:
                key = {"of_context": context, "of_service": transition.service_id}
                self._connection.execute(_STANDS, key | standing)
            else:
                new = {"id": ids.new_id(), "context": context, "service_id": transition.service_id}
                names = {"name": entry.name, "instance": entry.instance}
                self._connection.execute(_NEW_SERVICE, new | names | standing)
