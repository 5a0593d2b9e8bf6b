"""Element 0: what there is at the source, page by page, and which elements follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed, bad_name
from barbican_like.workqueue.models import Element, Job
from barbican_like.workqueue.protocols.links import require_no_circle
from barbican_like.workqueue.protocols.port import Entry, Kind, Storage
from barbican_like.workqueue.states import JobType


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A name that the walk has come by."""

    below: bytes  # its path below the job's
    entry: Entry
    is_empty: bool = False  # a directory that holds nothing
    fault: TransferFailed | None = None  # why a directory could not be read, or a link not followed


def walk(
    storage: Storage,
    root: bytes,
    *,
    follow: bool,
    deep: bool = True,
    after: bytes | None = None,
    below: bytes = b"",
    above: tuple[bytes, ...] = (),
) -> Iterator[Visit]:
    """Everything below a directory, each directory before what it holds, names in the order of their bytes.

    A bucket may have a file and a directory of one name: the file comes first. Where a walk before this one
    ended with that name, the directory may be visited again, but is never passed over.

    :param follow: whether links are followed.
    :param deep: whether directories below it are gone into.
    :param after: the path that a walk before this one ended with; what comes behind it is visited.
    :param above: where links are followed: the directories on the way to this one, by paths without links.
    """
    if follow and deep and not above:
        above = (storage.real(paths.join(root, below)),)
    for entry, known in _left(storage.scan(paths.join(root, below)), after):
        path = paths.join(below, entry.name)
        if not paths.is_name(entry.name):
            if known is None:
                yield Visit(below=path, entry=entry, fault=bad_name(path))
            continue
        real = paths.join(above[-1], entry.name) if above else path
        if entry.kind is Kind.LINK and follow:
            try:
                entry, real = _followed(storage, paths.join(root, path), above)  # noqa: PLW2901  what it leads to
            except TransferFailed as error:
                _require_permanent(error)
                if known is None:
                    yield Visit(below=path, entry=entry, fault=error)
                continue
        if entry.kind is Kind.DIRECTORY and deep:
            way = (*above, real) if follow else ()
            yield from _descend(storage, root, path, entry, above=way, known=known)
        elif known is None:
            yield Visit(below=path, entry=entry)


def _left(found: Iterator[Entry], after: bytes | None) -> Iterator[tuple[Entry, bytes | None]]:
    """What a walk has not come by yet, and where it ended before, each with where that was below it.

    That is empty for the entry that it ended with, and None for what it had not come to.
    """
    head, _, rest = (after or b"").partition(b"/")
    last = None
    for entry in sorted(found, key=_place):
        is_twin, last = entry.name == last, entry.name
        if entry.name >= head:
            is_known = after is not None and entry.name == head and (rest != b"" or not is_twin)
            yield entry, rest if is_known else None


def _place(entry: Entry) -> tuple[bytes, bool]:
    """Where an entry comes among those of its directory."""
    return entry.name, entry.kind is Kind.DIRECTORY


def _followed(storage: Storage, path: bytes, above: tuple[bytes, ...]) -> tuple[Entry, bytes]:
    """What a link leads to, and its path without links.

    :raises TransferFailed: where it cannot be followed, or leads to a directory that it is in.
    """
    entry = storage.stat(path)
    if entry.kind is not Kind.DIRECTORY or not above:
        return entry, path
    real = storage.real(path)
    require_no_circle(path, real, above)
    return entry, real


def _descend(
    storage: Storage,
    root: bytes,
    path: bytes,
    entry: Entry,
    *,
    above: tuple[bytes, ...],
    known: bytes | None,
) -> Iterator[Visit]:
    """A directory with all below it.

    :param above: it, and those on the way to it, by paths without links; empty: links are not followed.
    :param known: where the walk ended below it before; empty: with itself; None: it was not visited yet.
    """
    try:
        children = walk(storage, root, follow=bool(above), after=known or None, below=path, above=above)
        first = next(children, None)
    except TransferFailed as error:
        _require_permanent(error)
        if known is None:
            yield Visit(below=path, entry=entry, fault=error)
        return
    if known is None:
        yield Visit(below=path, entry=entry, is_empty=first is None)
    if first is not None:
        yield first
        yield from children


def _require_permanent(error: TransferFailed) -> None:
    """Raise what may heal: the walk is taken up again where it broke off."""
    if error.fault.kind is not ErrorClass.PERMANENT:
        raise error


def start(storage: Storage, path: bytes, job: Job) -> Entry:
    """What a job's source is.

    :raises TransferFailed: NOT_FOUND, or UNSUPPORTED where it is nothing that can be copied.
    """
    entry = storage.stat(path)
    if job.type is JobType.COPY and entry.kind not in {Kind.FILE, Kind.DIRECTORY}:
        raise TransferFailed.permanent(
            ErrorCode.UNSUPPORTED, f"{paths.text_of(path)}: is neither a file nor a directory"
        )
    return entry


def child(job: Job, visit: Visit, number: int) -> Element | None:
    """The element that a name becomes; None for one that has nothing to be done about."""
    kind = visit.entry.kind
    if job.type is JobType.REMOVE:
        stage = int(kind is Kind.DIRECTORY)
        return _element(job, number, JobType.REMOVE, visit, stage=stage)
    if visit.fault is not None or kind is Kind.FILE:
        return _element(job, number, JobType.COPY, visit)
    if kind is Kind.DIRECTORY and visit.is_empty:
        return _element(job, number, JobType.MKDIR, visit)
    return None


def _element(job: Job, number: int, kind: JobType, visit: Visit, *, stage: int = 0) -> Element:
    return Element(
        job_id=job.id,
        id=number,
        type=kind,
        below=visit.below,
        stage=stage,
        size=visit.entry.size if visit.entry.kind is Kind.FILE else None,
        max_tries=job.max_tries,
    )
