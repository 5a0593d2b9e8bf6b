"""Counts what a request does to the database, by listening to both engines."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event

from barbican_like.model.database import Database

_WRITES = ("INSERT", "UPDATE", "DELETE")
_TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


@dataclass
class Statements:
    """The statements of one thread, transactions' own left out."""

    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    commits: int = 0  # of transactions that wrote


@contextlib.contextmanager
def counted(database: Database) -> Iterator[Statements]:
    """Count what this thread does until the end of the block, and not what a worker does meanwhile."""
    found, thread = Statements(), threading.get_ident()
    _reader, writer = database.engines()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        word = statement.lstrip().split(None, 1)[0].upper()
        if threading.get_ident() == thread and word not in _TRANSACTION:
            (found.writes if word in _WRITES else found.reads).append(statement)

    def note_commit(_connection: Any) -> None:
        found.commits += threading.get_ident() == thread

    with contextlib.ExitStack() as listening:
        for engine in database.engines():
            _listen(listening, engine, "before_cursor_execute", note)
        _listen(listening, writer, "commit", note_commit)
        yield found


def _listen(stack: contextlib.ExitStack, target: Any, name: str, listener: Any) -> None:
    event.listen(target, name, listener)
    stack.callback(event.remove, target, name, listener)
