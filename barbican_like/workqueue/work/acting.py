"""What an element does at its site, by its type."""

from __future__ import annotations

from dataclasses import dataclass

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorCode, TransferFailed, bad_name, not_found
from barbican_like.workqueue.models import Element
from barbican_like.workqueue.options import Overwrite
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work.copying import Done, File, copy, find
from barbican_like.workqueue.work.errand import Errand
from barbican_like.workqueue.work.undertaking import Undertaking


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An element with what it is done with."""

    errand: Errand
    element: Element
    src: Storage
    dst: Storage | None  # None: the job has no destination of its own

    @property
    def source(self) -> bytes:
        """Where it is at the source."""
        return paths.join(self.errand.source, self.element.below)

    @property
    def target(self) -> bytes:
        """Where it will be."""
        return paths.join(self.errand.target, self.element.below)

    @property
    def at_target(self) -> Storage:
        """The storage that has the target."""
        return self.src if self.dst is None else self.dst


def act(task: Act, undertaking: Undertaking) -> Done:
    """Do it.

    :raises TransferFailed: when it cannot be done.
    """
    if task.element.below and not all(map(paths.is_name, task.element.below.split(b"/"))):
        raise bad_name(task.element.below)
    kind = task.element.type
    if kind is JobType.COPY:
        return copy(_file(task), undertaking)
    if kind is JobType.MKDIR:
        task.at_target.mkdir(task.target)
        return Done(note="the directory is there")
    if kind is JobType.RENAME:
        return _rename(task, undertaking)
    return _remove(task)


def _file(task: Act) -> File:
    return File(
        src=task.src,
        dst=task.at_target,
        source=task.source,
        target=task.target,
        tag=task.errand.tag_of(task.element),
        options=task.errand.options,
    )


def _rename(task: Act, undertaking: Undertaking) -> Done:
    """Rename; where an earlier try was lost after it had, that is seen by the target."""
    tag = task.errand.tag_of(task.element)
    if find(task.src, task.source) is None:
        if undertaking.may_be_done:
            task.src.undo_rename(task.target, tag=tag)
            if find(task.src, task.target) is not None:
                return Done(note="it was renamed already")
        raise not_found(paths.text_of(task.source))
    if task.src.needs_directories:
        task.src.mkdir(paths.parent_of(task.target))
    replace = task.errand.options.overwrite is not Overwrite.NEVER
    task.src.rename(task.source, task.target, tag=tag, replace=replace)
    return Done(note="renamed")


def _remove(task: Act) -> Done:
    """Remove; what is gone already is removed."""
    remove = task.src.remove_dir if task.element.stage else task.src.remove_file
    try:
        remove(task.source)
    except TransferFailed as error:
        if error.fault.code is not ErrorCode.NOT_FOUND:
            raise
        return Done(note="it was gone already")
    return Done(note="removed")
