"""The notes' table and what is read from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from barbican_like.common import ids
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import projects

_NOTES = sa.table("sample_notes", sa.column("id"), sa.column("project_id"), sa.column("text"))
_OF_PROJECT = _NOTES.join(projects, projects.c.id == _NOTES.c.project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of text that a project keeps."""

    id: str
    text: str


class NoteRepo(Repository):
    """Notes of projects, by the projects' external ids."""

    def add(self, project_id: str, text: str) -> Note:
        """Write a note of a project that is there."""
        note = Note(id=ids.new_id(), text=text)
        owner = sa.select(projects.c.id).where(projects.c.external_id == project_id).scalar_subquery()
        self._insert(_NOTES.insert().values(id=note.id, project_id=owner, text=text), {})
        return note

    def list(self, project_id: str) -> Sequence[Note]:
        """All of a project."""
        mine = sa.select(_NOTES.c.id, _NOTES.c.text).select_from(_OF_PROJECT)
        rows = self._connection.execute(mine.where(projects.c.external_id == project_id))
        return [Note(id=row.id, text=row.text) for row in rows]

    def count(self) -> int:
        """How many there are, of all projects."""
        return int(self._connection.execute(sa.select(sa.func.count()).select_from(_NOTES)).scalar_one())

    def shout(self, note_id: str) -> None:
        """Put a note into capitals."""
        louder = _NOTES.update().values(text=sa.func.upper(_NOTES.c.text))
        self._connection.execute(louder.where(_NOTES.c.id == note_id))

    def purge(self, project_row_id: str, limit: int) -> int:
        """Remove some of a project's notes; returns how many."""
        some = sa.select(_NOTES.c.id).where(_NOTES.c.project_id == project_row_id).limit(limit)
        found = self._connection.execute(some).scalars().all()
        return self._connection.execute(_NOTES.delete().where(_NOTES.c.id.in_(found))).rowcount
