"""barbican-manage tasks: the work that is owed, and what operators do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson
from oslo_config import cfg

from barbican_like import rooms
from barbican_like.cmd import db
from barbican_like.common.errors import ClientError, ConfigurationError
from barbican_like.model.models import Page
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import Reading
from barbican_like.queue import desk

_STATUSES: Final = tuple(status.value for status in TaskStatus if status not in {"DONE", "FAILED"})


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
        listed = view.task_desk.list(Page(offset=0, limit=asked.limit), status=status, kind=asked.kind).items
    if asked.json:
        counted = [{"name": each.kind, "status": each.status, "count": each.number} for each in counts]
        _print_json({"counts": counted, "tasks": [desk.shown(task) for task in listed]})
        return 0
    for task in listed:
        print(f"{task.id}  {task.name}  {task.status:<9}  {task.entity_id}  {task.last_error or ''}".rstrip())
    for each in counts:
        print(f"{each.kind} {each.status}: {each.number}")
    if not counts:
        print("no open tasks")
    return 0


def _show(conf: cfg.ConfigOpts) -> int:
    with _refusals():
        task = _desk(conf).get(conf.category.task)
    if conf.category.json:
        _print_json(desk.shown(task))
        return 0
    for name, value in desk.shown(task).items():
        print(f"{name:<17} {'' if value is None else value}".rstrip())
    return 0


def _retry(conf: cfg.ConfigOpts) -> int:
    asked = conf.category
    if asked.all == (asked.task is not None):
        raise ConfigurationError("tasks retry takes the id of a task, or --all")
    if asked.all:
        _report(conf, "retried", _desk(conf).retry_all())
        return 0
    with _refusals():
        _desk(conf).retry(asked.task)
    _report(conf, "retried", [asked.task])
    return 0


def _cancel(conf: cfg.ConfigOpts) -> int:
    asked = conf.category
    with _refusals():
        _desk(conf).cancel(asked.task)
    _report(conf, "cancelled", [asked.task])
    return 0


def _desk(conf: cfg.ConfigOpts) -> desk.Desk:
    return desk.Desk(db.usable(conf), rooms.kinds())


@contextmanager
def _refusals() -> Iterator[None]:
    """What a verb refuses is one line for the operator."""
    try:
        yield
    except ClientError as error:
        raise ConfigurationError(error.message) from error


def _report(conf: cfg.ConfigOpts, verb: str, ids: Sequence[str]) -> None:
    if conf.category.json:
        _print_json({verb: list(ids)})
        return
    for task_id in ids:
        print(f"{verb} {task_id}")
    if not ids:
        print("no task is dead")


def _print_json(value: object) -> None:
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
