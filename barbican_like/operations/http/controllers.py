"""What ``/operations/v1`` serves."""

from __future__ import annotations

import re
from time import time
from typing import Any, Final

from barbican_like.common import clock, config, ids
from barbican_like.common.errors import NotFound, UnusableParameter
from barbican_like.common.meters.layout import STEP
from barbican_like.http import references
from barbican_like.http.controller import ASKS_ITSELF, Controller, Operation, Raw
from barbican_like.http.mount import Mount
from barbican_like.http.request import Request
from barbican_like.http.router import ID
from barbican_like.model.states import TaskStatus
from barbican_like.operations.http import answers, schemas
from barbican_like.operations.http.policies import METRICS
from barbican_like.operations.http.schemas import METRICS_PREFIX, PREFIX, Verb
from barbican_like.operations.metrics import OPENMETRICS, Told, exposition
from barbican_like.operations.rates import rates
from barbican_like.operations.service import Operations

_DIGITS: Final = 20
_KIND: Final = re.compile(schemas.KIND["schema"]["pattern"])


class OverviewController(Controller[Operations]):
    """``/operations/v1/overview``."""

    @Operation(
        "Overview retrieval", rule="operations:get", id="get_overview", answers={200: schemas.OVERVIEW}
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """How everything is, at most ten seconds ago."""
        return answers.overview(self.services.standing(req.view), clock.now())


class RatesController(Controller[Operations]):
    """``/operations/v1/rates``."""

    @Operation(
        "Rates retrieval",
        rule="operations:get",
        id="get_rates",
        parameters=(schemas.SINCE, schemas.STEP),
        answers={200: schemas.RATES},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """Requests and tasks of the last hour, in steps."""
        since = _whole(req, "since", 0, 0, schemas.LATEST)
        step = _whole(req, "step", STEP, STEP, schemas.LONGEST_STEP)
        if step % STEP:
            raise UnusableParameter("step", f"it is a multiple of {STEP}")
        return answers.rates(rates(self.services.last_hour(), now=time(), since=since, step=step))


class MetricsController(Controller[Operations]):
    """``/metrics``."""

    default_operation = "Metrics retrieval"

    @Operation(
        "Metrics retrieval",
        rule=ASKS_ITSELF,
        rules=(METRICS,),
        id="get_metrics",
        any_accept=True,
        answers={200: schemas.METRICS_TEXT},
    )
    def on_get(self, req: Request) -> Raw:
        """All figures for Prometheus; for whoever comes by a pipeline that asks nobody."""
        if not req.caller.is_anonymous:
            self.frame.policy.require(METRICS, req.caller, None, "Metrics retrieval")
        told = Told(
            version=config.program_version(),
            now=clock.now(),
            standing=self.services.standing(req.view),
            counted=self.services.counted(),
        )
        text, media_type = exposition(told, is_openmetrics=OPENMETRICS in (req.accept_text or ""))
        return Raw(text, media_type)


class TasksController(Controller[Operations]):
    """``/operations/v1/tasks``."""

    @Operation(
        "Task(s) retrieval",
        rule="operations:get",
        id="list_tasks",
        paged=True,
        parameters=(schemas.STATUS, schemas.KIND),
        answers={200: schemas.TASKS},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the open tasks of all projects."""
        part = req.view.task_desk.list(req.page, status=_status(req), kind=_kind(req))
        shown = references.paged(req, "tasks", part, answers.task)
        return shown | {"counts": answers.task_counts(self.services.task_counts(req.view), clock.now())}


class TasksActionsController(Controller[Operations]):
    """``/operations/v1/tasks/actions``."""

    default_operation = "Tasks command"

    @Operation(
        "Tasks command",
        rule="operations:command",
        id="command_tasks",
        body=schemas.ACTION_ON_ALL,
        examples={"retry all dead tasks": {"action": "retry", "all": True}},
        answers={200: schemas.DONE},
    )
    def on_post(self, _req: Request, _verb: Verb) -> dict[str, Any]:
        """Have every dead task tried again."""
        return {"tasks": self.services.desk.retry_all()}


class _OfTask(Controller[Operations]):
    """What is below ``/operations/v1/tasks/{task_id}``."""

    default_operation = "Task retrieval"

    def lookup(self, _req: Request, *ids_: str) -> tuple[str, ...]:
        """The task's id.

        :raises NotFound: for what is none.
        """
        if not ids.is_canonical(ids_[0]):
            raise NotFound("Not Found. There is no such task.")
        return ids_


class TaskController(_OfTask):
    """``/operations/v1/tasks/{task_id}``."""

    @Operation("Task retrieval", rule="operations:get", id="get_task", answers={200: schemas.TASK})
    def on_get(self, req: Request, task_id: str) -> dict[str, Any]:
        """One open task."""
        task = req.view.task_desk.find(task_id)
        if task is None:
            raise NotFound("Not Found. There is no such task.")
        return answers.task(task)


class TaskActionsController(_OfTask):
    """``/operations/v1/tasks/{task_id}/actions``."""

    default_operation = "Task command"

    @Operation(
        "Task command",
        rule="operations:command",
        id="command_task",
        body=schemas.ACTION,
        examples={"retry": {"action": "retry"}, "cancel": {"action": "cancel"}},
        answers={200: schemas.DONE},
        errors=(409,),
    )
    def on_post(self, _req: Request, task_id: str, verb: Verb) -> dict[str, Any]:
        """Have it tried now, or ended."""
        desk = self.services.desk
        {"retry": desk.retry, "cancel": desk.cancel}[verb.action](task_id)
        return {"tasks": [task_id]}


def _whole(req: Request, name: str, default: int, least: int, most: int) -> int:
    """A parameter that is a whole number in bounds.

    :raises UnusableParameter: when it is none.
    """
    text = req.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and least <= int(text) <= most):
        raise UnusableParameter(name, f"it is a whole number from {least} to {most}")
    return int(text)


def _status(req: Request) -> TaskStatus | None:
    """The filter by status.

    :raises UnusableParameter: for what is none that an open task has.
    """
    word = req.query.get("status")
    if word is None:
        return None
    if word not in schemas.OPEN_STATUSES:
        raise UnusableParameter("status", f"it is one of {', '.join(schemas.OPEN_STATUSES)}")
    return TaskStatus(word)


def _kind(req: Request) -> str | None:
    """The filter by kind.

    :raises UnusableParameter: for what cannot be a kind's name.
    """
    name = req.query.get("kind")
    if name is not None and not _KIND.fullmatch(name):
        raise UnusableParameter("kind", "it is a name of small letters, digits and _")
    return name


OPERATIONS_MOUNT: Final = Mount(
    prefix=PREFIX,
    table={
        ("overview",): OverviewController,
        ("rates",): RatesController,
        ("tasks",): TasksController,
        ("tasks", "actions"): TasksActionsController,
        ("tasks", ID): TaskController,
        ("tasks", ID, "actions"): TaskActionsController,
    },
    path_names={"tasks": "task_id"},
)
METRICS_MOUNT: Final = Mount(prefix=METRICS_PREFIX, table={(): MetricsController})
