"""The HTTP side of the notes: schemas, routes, policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barbican_like.common.errors import NotFound
from barbican_like.common.notices import Notice
from barbican_like.http import references
from barbican_like.http.controller import Controller, Reply, operation
from barbican_like.http.mount import Mount
from barbican_like.http.openapi.described import Described, json_answer
from barbican_like.http.openapi.values import closed, href
from barbican_like.http.policy import Target
from barbican_like.http.policy.rules import MEMBER, READER, Policies, documented
from barbican_like.http.request import Request
from barbican_like.http.router import ID
from barbican_like.http.schema import Member, Object, Text, named
from barbican_like.room import Parts, require_below
from tests.support.sample_room.repository import Note, NoteRepo
from tests.support.sample_room.room import NOTES, PREFIX, SHOUT


def _text(*, text: str) -> str:
    return text


NEW_NOTE = Object(
    title="Note",
    name="NewNote",
    members=(Member("text", Text("A line.", shortest=1), required=True),),
    make=_text,
)
_NOTE = named("Note", closed({"text": {"type": "string"}}))
_REFERENCE = named("NoteReference", closed({"note_ref": href("notes")}))
_NOTES = named("Notes", closed({"greeting": {"type": "string"}, "notes": {"type": "array"}}))


class NotesController(Controller[Parts]):
    """``/sample/v1/notes``."""

    @operation(
        "Note(s) retrieval",
        rule="notes:get",
        described=Described(id="list_notes", answers={200: json_answer("All of them.", _NOTES)}),
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """All of the project's notes, with the operator's greeting."""
        notes = req.view.of(NoteRepo).list(req.caller.project_id)
        return {"greeting": self.services.conf.sample.greeting, "notes": [note.text for note in notes]}

    @operation(
        "Note creation",
        rule="notes:post",
        body=NEW_NOTE,
        described=Described(
            id="create_note",
            examples={"some": {"text": "milk, eggs"}},
            answers={201: json_answer("Written.", _REFERENCE, location=True)},
        ),
    )
    def on_post(self, req: Request, text: str) -> Reply:
        """Write a note down, tell of it, and owe the work on it."""
        project_id = req.caller.project_id
        req.uow.projects.find_or_create(project_id)
        notes = req.uow.of(NoteRepo)
        limit = NOTES.limit(self.services.conf)
        require_below(req.uow, project_id, limit, lambda: len(notes.list(project_id)))
        note = notes.add(project_id, text)
        req.uow.tell(Notice(object="note", id=note.id, op="created", snapshot={"project_id": project_id}))
        self.services.client.owe(req.uow, SHOUT, note.id, project_id=project_id)
        location = references.to(req, "notes", note.id)
        return Reply({"note_ref": location}, 201, location)


class NoteController(Controller[Parts]):
    """``/sample/v1/notes/{note_id}``."""

    def lookup(self, req: Request, *ids: str) -> Sequence[Any]:
        """The note, if it is one of the caller's project."""
        mine = {note.id: note for note in req.view.of(NoteRepo).list(req.caller.project_id)}
        if ids[0] not in mine:
            raise NotFound("Not Found. Note not found.")
        return (mine[ids[0]], req.caller.project_id)

    def target(self, found: Sequence[Any]) -> Target:
        """The note as the policy knows it."""
        return Target(kind="note", project_id=found[1], creator_id=None)

    @operation(
        "Note retrieval",
        rule="note:get",
        described=Described(id="get_note", answers={200: json_answer("Its text.", _NOTE)}),
    )
    def on_get(self, req: Request, note: Note, _project_id: str) -> dict[str, str]:
        """Its text."""
        return {"text": note.text}


def policies() -> Policies:
    """The rules of the notes."""
    rules = (
        documented(
            "notes:get",
            check=f"{READER} or {MEMBER}",
            description="List the notes of the caller's project.",
            operations=[f"GET {PREFIX}/notes"],
        ),
        documented(
            "notes:post",
            check=MEMBER,
            description="Write a note down.",
            operations=[f"POST {PREFIX}/notes"],
        ),
        documented(
            "note:get",
            check="project_id:%(target.note.project_id)s",
            description="Read a note.",
            operations=[f"GET {PREFIX}/notes/{{note-id}}"],
        ),
    )
    return Policies(rules=rules, kinds=frozenset({"note"}))


MOUNT = Mount(
    prefix=PREFIX,
    table={("notes",): NotesController, ("notes", ID): NoteController},
    path_names={"notes": "note_id"},
)
