"""What ``/contexts/v1`` serves."""

from __future__ import annotations

import math
from typing import Any, Final

from barbican_like.common.errors import BadQuery, NotFound
from barbican_like.contexts.http import schemas
from barbican_like.contexts.http.schemas import LONGEST_WAIT, MOST, PREFIX, Order
from barbican_like.contexts.models import ContextRow, Transition
from barbican_like.contexts.monitor.metrics import CONTENT_TYPE
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.service import Providers
from barbican_like.http import references
from barbican_like.http.controller import Controller, Operation, Raw, Reply
from barbican_like.http.mount import Mount
from barbican_like.http.request import Request
from barbican_like.http.router import ID

_LARGEST: Final = 2**63 - 1


class ContextsController(Controller[Providers]):
    """``/contexts/v1/contexts``."""

    @Operation(
        "Context(s) retrieval",
        rule="contexts:get",
        id="list_contexts",
        paged=True,
        answers={200: schemas.CONTEXTS},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the transactions of all contexts, from the database."""
        return references.paged(req, "contexts", req.view.of(ContextRepo).list(req.page), _context)


class _OfTransaction(Controller[Providers]):
    """What is below ``/contexts/v1/contexts/{transaction}``."""

    default_operation = "Context retrieval"

    def known(self, req: Request, transaction: str) -> bool:
        """Whether the database has it."""
        return req.view.of(ContextRepo).find(transaction) is not None


class ContextController(_OfTransaction):
    """``/contexts/v1/contexts/{transaction}``."""

    @Operation("Context retrieval", rule="contexts:get", id="get_context", answers={200: schemas.INFORMATION})
    def on_get(self, req: Request, transaction: str) -> dict[str, Any]:
        """What the supervisor says of it now."""
        return self.services.reach(transaction, is_known=self.known(req, transaction)).information


class ServiceController(_OfTransaction):
    """``/contexts/v1/contexts/{transaction}/services/{service_id}``."""

    @Operation(
        "Task service retrieval", rule="contexts:get", id="get_task_service", answers={200: schemas.SERVICE}
    )
    def on_get(self, req: Request, transaction: str, service_id: str) -> dict[str, Any]:
        """One service as it is now, its triggers, and the end of its log."""
        reached = self.services.reach(transaction, is_known=self.known(req, transaction))
        return {
            **reached.task(service_id),
            "triggers": self.services.triggers(reached, service_id),
            "log": self.services.log_lines(reached, transaction, service_id),
        }


class ActionsController(_OfTransaction):
    """``/contexts/v1/contexts/{transaction}/actions``."""

    default_operation = "Context command"

    @Operation(
        "Context command",
        rule="contexts:command",
        id="command_context",
        body=schemas.ORDER,
        parameters=(schemas.WAIT,),
        examples={"restart one": {"action": "restart", "task_id": "ts_100"}, "stop all": {"action": "stop"}},
        answers={202: schemas.ACCEPTED, 200: schemas.DONE},
        errors=(409,),
    )
    def on_post(self, req: Request, transaction: str, order: Order) -> Reply:
        """Give a command; with ``wait`` answer when it is done."""
        wait = None
        if "wait" in req.query:
            wait = _number(req, "wait", 0.0)
            if not 0 < wait <= LONGEST_WAIT:
                raise BadQuery
        reached = self.services.reach(transaction, is_known=self.known(req, transaction))
        said = self.services.order(reached, transaction, order.action, order.task_id, wait)
        return Reply({"accepted": True}, 202) if wait is None else Reply(said, 200)


class StatisticsController(_OfTransaction):
    """``/contexts/v1/contexts/{transaction}/stats``."""

    @Operation(
        "Statistics retrieval",
        rule="contexts:get",
        id="get_context_statistics",
        parameters=(schemas.SINCE_TIME,),
        answers={200: schemas.STATISTICS},
    )
    def on_get(self, req: Request, transaction: str) -> dict[str, Any]:
        """What the monitor remembers of the last hour."""
        since = _number(req, "since", 0.0)
        reached = self.services.reach(transaction, is_known=self.known(req, transaction))
        return self.services.history(reached, transaction, since)


class TransitionsController(_OfTransaction):
    """``/contexts/v1/contexts/{transaction}/transitions``."""

    @Operation(
        "Transition(s) retrieval",
        rule="contexts:get",
        id="list_service_transitions",
        parameters=(schemas.SINCE_NUMBER, schemas.LIMIT),
        answers={200: schemas.TRANSITIONS},
    )
    def on_get(self, req: Request, transaction: str) -> dict[str, Any]:
        """Transitions of all its services, from the database."""
        since, limit = _whole(req, "since", 0, 0, _LARGEST), _whole(req, "limit", MOST, 1, MOST)
        repository = req.view.of(ContextRepo)
        row = repository.find(transaction)
        if row is None:
            raise NotFound("Not Found. There is no such transaction.")
        found = repository.transitions(row.id, since, limit)
        return {"transitions": [_transition(transition) for transition in found]}


class MetricsController(Controller[Providers]):
    """``/contexts/v1/metrics``."""

    @Operation(
        "Metrics retrieval",
        rule="contexts:get",
        id="get_context_metrics",
        any_accept=True,
        answers={200: schemas.METRICS},
    )
    def on_get(self, req: Request) -> Raw:
        """Metrics of all contexts, for Prometheus."""
        return Raw(self.services.metrics().encode(), CONTENT_TYPE)


def _context(row: ContextRow) -> dict[str, Any]:
    return {
        "transaction": row.transaction_id,
        "context_id": row.context_id,
        "name": row.name,
        "created": row.created_at.isoformat(),
        "updated": row.updated_at.isoformat(),
    }


def _transition(transition: Transition) -> dict[str, Any]:
    return {
        "seq": transition.number,
        "service_id": transition.service_id,
        "old": transition.old_state,
        "state": transition.state,
        "desired": transition.desired,
        "pid": transition.pid,
        "exit_code": transition.exit_code,
        "restarts": transition.restarts,
        "at": transition.since.isoformat(),
        "reason": transition.reason,
        "log": transition.log.splitlines(),
    }


def _number(req: Request, name: str, default: float) -> float:
    """A parameter that is a number.

    :raises BadQuery: when it is none.
    """
    text = req.query.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        raise BadQuery from None
    if not math.isfinite(number):
        raise BadQuery
    return number


def _whole(req: Request, name: str, default: int, least: int, most: int) -> int:
    """A parameter that is a whole number in bounds.

    :raises BadQuery: when it is none.
    """
    text = req.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST))):
        raise BadQuery
    number = int(text)
    if not least <= number <= most:
        raise BadQuery
    return number


MOUNT: Final = Mount(
    prefix=PREFIX,
    table={
        ("contexts",): ContextsController,
        ("contexts", ID): ContextController,
        ("contexts", ID, "services", ID): ServiceController,
        ("contexts", ID, "actions"): ActionsController,
        ("contexts", ID, "stats"): StatisticsController,
        ("contexts", ID, "transitions"): TransitionsController,
        ("metrics",): MetricsController,
    },
    path_names={"contexts": "transaction", "services": "service_id"},
    path_schemas=schemas.PATH_SCHEMAS,
)
