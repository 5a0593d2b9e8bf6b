"""What the room of notes adds to the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from oslo_config import cfg

from barbican_like.common.notices import Notice
from barbican_like.model.migrate import Migrations
from barbican_like.model.models import Project
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.kinds import TaskKind
from barbican_like.room import Command, Parts, Program, Quota, Room, Tasks
from tests.support.sample_room.repository import NoteRepo

if TYPE_CHECKING:
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims

PREFIX: Final = "/sample/v1"
SHOUT: Final = TaskKind(name="shout", entity="note_id", lane="notes")
NOTES: Final = Quota(resource="notes", label="Notes")


def _tasks(parts: Parts, claims: Claims) -> Tasks:
    from tests.support.sample_room.tasks import Shout

    return {SHOUT: Shout(parts.database, claims)}


def _mounts(_conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from tests.support.sample_room.http import MOUNT

    return (MOUNT,)


def _policies() -> Policies:
    from tests.support.sample_room.http import policies

    return policies()


def _purge(uow: UnitOfWork, project: Project, limit: int) -> int:
    return uow.of(NoteRepo).purge(project.id, limit)


def _commands() -> Sequence[Command]:
    def register(actions: Any) -> None:
        actions.add_parser("count", help="print how many there are").set_defaults(work=_count)

    return (Command(name="notes", help="the notes of all projects", register=register),)


def _count(parts: Parts, _arguments: Any) -> int:
    with Reading(parts.database) as view:
        print(view.of(NoteRepo).count())
    return 0


def _write_down(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    for notice in notices:
        uow.of(NoteRepo).add(notice.snapshot["project_id"], f"{notice.object} {notice.op}")


SAMPLE: Final = Room(
    name="sample",
    options={"sample": [cfg.StrOpt("greeting", default="hello", help="What lists of notes begin with.")]},
    migrations=Migrations(branch="sample", folder=Path(__file__).parent / "migrations", head="sample_0002"),
    kinds=(SHOUT,),
    tasks=_tasks,
    mounts=_mounts,
    services=lambda parts: parts,
    policies=_policies,
    purge=_purge,
    quotas=(NOTES,),
    programs=(
        Program(
            name="notes_reader",
            module="tests.support.sample_room.reader",
            count=lambda _conf: 2,
            numbered=True,
        ),
    ),
    commands=_commands,
    on_notices=_write_down,
)
