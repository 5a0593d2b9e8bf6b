"""barbican-manage tasks: the work that is owed, and what operators do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
from oslo_config import cfg

from barbican_like import rooms
from barbican_like.cmd import db
from barbican_like.common.errors import ConfigurationError
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_STATUSES: Final = tuple(status.value for status in TaskStatus if status not in {"DONE", "FAILED"})
_SHOWN: Final = (
    "id",
    "name",
    "entity_id",
    "project_id",
    "status",
    "due_at",
    "attempts",
    "losses",
    "failing_for",
    "last_error",
    "cancel_requested",
    "progress",
    "created_at",
)
"""What operators see of a row: not its arguments, which say nothing without the code."""


def register(actions: Any) -> None:
    """Add the actions to a parser of the command line."""
    listing = actions.add_parser("list", help="print open tasks, the oldest first, and how many there are")
    listing.add_argument("--status", choices=[s.lower() for s in _STATUSES], help="only those in this status")
    listing.add_argument("--kind", help="only those of this kind, such as process_type_order")
    listing.add_argument("--limit", type=int, default=50, help="tasks printed at most; default: 50")
    listing.set_defaults(do=_list)
    show = actions.add_parser("show", help="print all about one task")
    show.set_defaults(do=_show)
    retry = actions.add_parser("retry", help="let a dead or waiting task be tried now")
    retry.add_argument("--all", action="store_true", help="every dead task, instead of one")
    retry.set_defaults(do=_retry)
    cancel = actions.add_parser("cancel", help="end a task; what it is about is told so")
    cancel.set_defaults(do=_cancel)
    for parser in (show, retry, cancel):
        parser.add_argument("task", nargs="?" if parser is retry else None, help="id of the task")
    for parser in (listing, show, retry, cancel):
        parser.add_argument("--json", action="store_true", help="one JSON document instead of text")


def _list(conf: cfg.ConfigOpts) -> int:
    asked = conf.category
    if asked.limit < 1:
        raise ConfigurationError("--limit must be 1 or more")
    status = TaskStatus(asked.status.upper()) if asked.status else None
    with Reading(db.usable(conf)) as view:
        counts = view.task_desk.counts()
        shown = view.task_desk.list(asked.limit, status=status, name=asked.kind)
    if asked.json:
        counted = [{"name": name, "status": state, "count": count} for name, state, count in counts]
        _print_json({"counts": counted, "tasks": [_fields(task) for task in shown]})
        return 0
    for task in shown:
        print(f"{task.id}  {task.name}  {task.status:<9}  {task.entity_id}  {task.last_error or ''}".rstrip())
    for name, state, count in counts:
        print(f"{name} {state}: {count}")
    if not counts:
        print("no open tasks")
    return 0


def _show(conf: cfg.ConfigOpts) -> int:
    with Reading(db.usable(conf)) as view:
        task = view.task_desk.find(conf.category.task)
    if task is None:
        raise _unknown(conf.category.task)
    if conf.category.json:
        _print_json(_fields(task))
        return 0
    for name, value in _fields(task).items():
        print(f"{name:<17} {'' if value is None else value}".rstrip())
    return 0


def _retry(conf: cfg.ConfigOpts) -> int:
    asked, database = conf.category, db.usable(conf)
    if asked.all == (asked.task is not None):
        raise ConfigurationError("tasks retry takes the id of a task, or --all")
    retried = _retry_all(database) if asked.all else [asked.task] * _do(database, asked.task, "retry")
    if not retried and not asked.all:
        raise ConfigurationError(f"task {asked.task} is neither dead nor waiting for its time")
    _report(conf, "retried", retried)
    return 0


def _retry_all(database: Database) -> list[str]:
    """Retry every dead task once, some in each transaction."""
    retried: list[str] = []
    dead: Sequence[str] = [""]
    while dead:
        with UnitOfWork(database) as uow:
            dead = uow.task_desk.dead(dead[-1], 500)
            retried += [task_id for task_id in dead if uow.task_desk.retry(task_id)]
            uow.commit()
    return retried


def _cancel(conf: cfg.ConfigOpts) -> int:
    asked, database = conf.category, db.usable(conf)
    with Reading(database) as view:
        task = view.task_desk.find(asked.task)
    if task is None:
        raise _unknown(asked.task)
    # A row of a kind that this version does not know would wait for ever for a worker to end it.
    verb = "cancel" if task.name in rooms.kinds() else "remove"
    if not _do(database, task.id, verb):
        raise ConfigurationError(f"task {asked.task} is worked just now, or has ended")
    _report(conf, "cancelled", [task.id])
    return 0


def _do(database: Database, task_id: str, verb: str) -> bool:
    with UnitOfWork(database) as uow:
        actions: dict[str, Callable[[str], bool]] = {
            "retry": uow.task_desk.retry,
            "cancel": uow.task_desk.cancel,
            "remove": uow.task_desk.remove,
        }
        done = actions[verb](task_id)
        uow.commit()
    return done


def _report(conf: cfg.ConfigOpts, verb: str, ids: Sequence[str]) -> None:
    if conf.category.json:
        _print_json({verb: list(ids)})
        return
    for task_id in ids:
        print(f"{verb} {task_id}")
    if not ids:
        print("no task is dead")


def _fields(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in _SHOWN}


def _print_json(value: object) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _unknown(task_id: str) -> ConfigurationError:
    return ConfigurationError(f"there is no open task {task_id}")
