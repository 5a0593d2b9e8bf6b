"""``barbican-manage activity``: the feed as an operator sees it, whose it may be."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from barbican_like.activity.feed import reading, sequencer
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.filters import Filter
from barbican_like.activity.models import Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common.errors import ClientError, ConfigurationError
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading
from barbican_like.room import Command, Parts

_LOOK_EVERY: Final = 0.25  # seconds
_AT_ONCE: Final = 500
_NEVER: Final = threading.Event()

Show = Callable[[Change], str]


def commands(catalogue: Catalogue) -> Sequence[Command]:
    """The room's commands."""
    register = partial(_register, catalogue)
    return (Command(name="activity", help="the feed of all changes", register=register),)


def _register(catalogue: Catalogue, actions: Any) -> None:
    watch = actions.add_parser("watch", help="print each change as it comes, of all projects")
    watch.add_argument(
        "--filter", default="{}", help='as the HTTP API takes it, such as {"name": ["orders"]}'
    )
    watch.add_argument(
        "--since", type=_place, help="the place behind which to begin; default: the present end"
    )
    watch.add_argument("--json", action="store_true", help="whole envelopes, one on each line")
    watch.add_argument("--once", action="store_true", help="end when all that is there is printed")
    watch.set_defaults(work=partial(_watch, catalogue))


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004  as the HTTP API has it
        raise argparse.ArgumentTypeError("a number of at most 18 digits is needed")
    return int(text)


def _watch(catalogue: Catalogue, parts: Parts, arguments: Any) -> int:
    database = parts.database
    wanted = _filter(catalogue, arguments.filter)
    with Reading(database) as view:
        envelopes = Envelopes(view.projects.deployment_id(), catalogue.types)
        show = _json(envelopes) if arguments.json else partial(_line, catalogue.types)
        place = arguments.since if arguments.since is not None else view.of(FeedRepo).head().last
    try:
        _follow(database, place, wanted, show, once=arguments.once)
    except (KeyboardInterrupt, BrokenPipeError):  # who reads has seen enough
        return 0
    return 0


def _follow(database: Database, place: int, wanted: Filter, show: Show, *, once: bool) -> None:
    while True:
        sequencer.number_committed(database)
        with Reading(database) as view:
            found = _read(view, place, wanted)
        for change in found.changes:
            sys.stdout.write(f"{show(change)}\n")
        sys.stdout.flush()
        if found.last_seq == place:
            if once:
                return
            _NEVER.wait(_LOOK_EVERY)
        place = found.last_seq


def _read(view: Reading, place: int, wanted: Filter) -> reading.Page:
    try:
        return reading.read(view.of(FeedRepo), place, _AT_ONCE, wanted.wants)
    except ClientError as error:
        bounds = ", ".join(f"{name} = {value}" for name, value in error.members.items())
        raise ConfigurationError(
            f"--since {place}: it is not kept any more, or has never been: {bounds}"
        ) from None


def _filter(catalogue: Catalogue, text: str) -> Filter:
    # Imported here: nothing else of the command needs the HTTP side.
    from barbican_like.activity.http.queries import Queries

    try:
        return Queries(catalogue).parse_filter(text)
    except ClientError as error:
        raise ConfigurationError(f"--filter: {error.message}") from None


def _json(envelopes: Envelopes) -> Show:
    return lambda change: envelopes.encoded(change).decode()


def _line(types: Mapping[str, str], change: Change) -> str:
    done = change.op if change.what is None else f"{change.op} {change.what}"
    status = change.new_status or "-"
    if change.old_status not in {None, change.new_status}:
        status = f"{change.old_status} -> {status}"
    words = [
        str(change.seq),
        f"{change.at.isoformat(timespec='milliseconds')}Z",
        f"{types.get(change.name, change.name)}/{change.object_id}",
        done,
        status,
        f"project={change.project_id}",
        f"actor={change.actor or '-'}",
    ]
    return "  ".join(words)
