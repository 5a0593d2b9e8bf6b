"""The rows of contexts: written from outboxes, read by REST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from barbican_like.common import ids
from barbican_like.contexts.models import ContextRow, Entry, FailedService, Standing, Transition
from barbican_like.contexts.states import ServiceState
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
_OUTBOXES = select(outboxes.c.id).order_by(outboxes.c.id)
_OLDEST = (
    select(service_transitions.c.number, service_transitions.c.since)
    .where(service_transitions.c.outbox_id == bindparam("of_outbox"))
    .order_by(service_transitions.c.number)
    .limit(bindparam("most"))
)
_REMOVE_OLDEST = delete(service_transitions).where(
    service_transitions.c.outbox_id == bindparam("of_outbox"),
    service_transitions.c.number <= bindparam("last"),
)
_FAILED = (
    select(
        contexts.c.transaction_id,
        task_services.c.service_id,
        task_services.c.name,
        task_services.c.state,
        task_services.c.restarts,
        task_services.c.since,
    )
    .join(contexts, contexts.c.id == task_services.c.context)
    .where(task_services.c.state.in_([ServiceState.BACKOFF.value, ServiceState.FATAL.value]))
    .order_by(task_services.c.since.desc())
    .limit(bindparam("most"))
)


_STANDINGS = (
    select(
        contexts.c.transaction_id.label("transaction"),
        contexts.c.context_id,
        contexts.c.name.label("context"),
        *(column for column in task_services.c if column.name not in {"id", "context"}),
    )
    .join(contexts, contexts.c.id == task_services.c.context)
    .order_by(contexts.c.updated_at, task_services.c.service_id)
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

    def standings(self) -> Sequence[Standing]:
        """How each service stands; where several outboxes have one of the same ids, the last changed."""
        rows = self._connection.execute(_STANDINGS)
        found = {(row.transaction, row.service_id): Standing(**row._mapping) for row in rows}
        return list(found.values())

    def transitions(self, context: str, after: int, most: int) -> Sequence[Transition]:
        """Transitions of a context's row, by number.

        :param after: only larger numbers.
        """
        values = {"of_context": context, "after": after, "most": most}
        return [_TRANSITION.value(row) for row in self._connection.execute(_TRANSITIONS, values)]

    def outboxes(self) -> Sequence[str]:
        """The ids of all outboxes of which there are or were rows."""
        return self._connection.execute(_OUTBOXES).scalars().all()

    def remove_older(self, outbox_id: str, before: datetime, most: int) -> int:
        """Remove up to so many of an outbox's first transitions, all older than a time; returns how many."""
        last, gone = 0, 0
        for number, since in self._connection.execute(_OLDEST, {"of_outbox": outbox_id, "most": most}):
            if since >= before:
                break
            last, gone = number, gone + 1
        if gone:
            self._connection.execute(_REMOVE_OLDEST, {"of_outbox": outbox_id, "last": last})
        return gone

    def failed_services(self, most: int) -> Sequence[FailedService]:
        """Services of all contexts that have ended too often, the newest first."""
        rows = self._connection.execute(_FAILED, {"most": most})
        return [
            FailedService(
                transaction=row.transaction_id,
                service_id=row.service_id,
                name=row.name,
                state=row.state,
                restarts=row.restarts,
                since=row.since,
            )
            for row in rows
        ]

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
