"""Carries a plan out: everything is checked first, then written; what fails on the way leaves nothing."""

from __future__ import annotations

import fcntl
import keyword
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.files.context import read_context
from barbican_like.contexts.files.document import Document
from barbican_like.contexts.files.plan import Plan, ServicePlan
from barbican_like.contexts.generator.context_file import context_with, new_context, require_one_class
from barbican_like.contexts.generator.templates import code_files

_TAKEN: Final = frozenset({"__init__", "TaskService", "LoopedTask", "SingleTask", "run_once"})
"""Names that the generated files have for something else."""


def make(plan: Plan) -> list[str]:
    """Make what the plan says and is not there yet.

    :return: a line for each file: ``made PATH``, ``kept PATH`` or ``added to PATH``.
    :raises ConfigurationError: for a plan that cannot be carried out; then nothing has been written.
    """
    require_one_class(plan)
    for service in plan.services:
        _require_names(service)
    code = {path: text for service in plan.services for path, text in code_files(service).items()}
    try:
        with ExitStack() as undo:
            _make_folder(plan.context_file.parent, undo)
            with _locked(plan.context_file.parent):
                text, word = _context_text(plan)
                lines = [_write_new(plan.service_path / path, text_, undo) for path, text_ in code.items()]
                lines.append(_write_context(plan.context_file, text, word))
            undo.pop_all()
    except OSError as error:
        raise ConfigurationError(f"{error.filename or plan.service_path}: {error.strerror}") from error
    return lines


def _require_names(service: ServicePlan) -> None:
    for option, name in (("task_service", service.task_service), ("task_class", service.task_class)):
        if keyword.iskeyword(name) or name in _TAKEN:
            raise ConfigurationError(f"{option} {name!r}: Python or the generated code has this word already")
    if service.task_class == f"Service{service.task_service}":
        raise ConfigurationError(f"task_class {service.task_class!r}: the service's own class has this name")


def _context_text(plan: Plan) -> tuple[str | None, str]:
    """What the context file is to hold (None: it stays), with the word for it; checked as its reader does."""
    coming = frozenset(service.task_service for service in plan.services)
    path = plan.context_file
    if path.exists():
        read_context(path, coming=coming)
        text, word = context_with(plan, Document(path, "context.xsd")), "added to"
    else:
        text, word = new_context(plan), "made"
    if text is None:
        return None, "kept"
    read_context(path, text=text, coming=coming)
    return text, word


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One generator at a time works in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent, undo)
    folder.mkdir(mode=0o755)
    # Only when it is empty: somebody else may have put something there meanwhile.
    undo.callback(_remove_empty, folder)


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def _write_new(path: Path, text: str, undo: ExitStack) -> str:
    _make_folder(path.parent, undo)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return f"kept {path}"
    undo.callback(path.unlink)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return f"made {path}"


def _write_context(path: Path, text: str | None, word: str) -> str:
    if text is not None:
        new = path.with_name(f".{path.name}.new")
        try:
            new.write_text(text, "utf-8")
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
    return f"{word} {path}"
