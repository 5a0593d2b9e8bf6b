"""Copying one file: what is there already, the way there, and a look at the result."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.options import Options, Overwrite, Verify
from barbican_like.workqueue.protocols.links import require_no_circle
from barbican_like.workqueue.protocols.port import Entry, Kind, Storage, Writer
from barbican_like.workqueue.work.pump import pump
from barbican_like.workqueue.work.undertaking import Undertaking


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done, for the element and for its log."""

    size: int | None = None
    checksum: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file on its way."""

    src: Storage
    dst: Storage
    source: bytes
    target: bytes
    tag: str  # of its element
    options: Options


def find(storage: Storage, path: bytes) -> Entry | None:
    """What a path stands for; None for nothing."""
    try:
        return storage.stat(path)
    except TransferFailed as error:
        if error.fault.code is ErrorCode.NOT_FOUND:
            return None
        raise


def copy(file: File, undertaking: Undertaking) -> Done:
    """Copy it, unless the same file is there."""
    entry = file.src.stat(file.source)
    if entry.kind is not Kind.FILE:
        if entry.kind is Kind.DIRECTORY:
            _require_no_circle(file)
            next(file.src.scan(file.source), None)  # says why the expansion could not read it
        raise TransferFailed.permanent(
            ErrorCode.UNSUPPORTED, f"{paths.text_of(file.source)}: is no regular file"
        )
    if undertaking.follows_a_lost_one:
        file.dst.clear_earlier(file.target)
    there = find(file.dst, file.target)
    if there is not None:
        known = _same(file, entry, there, undertaking)
        if known is not None:
            return known
    return _move(file, entry, undertaking)


def _require_no_circle(file: File) -> None:
    """Say why the expansion did not go into a directory that a link leads to.

    :raises TransferFailed: DENIED where it holds one of those on the way to it.
    """
    names = file.source.split(b"/")
    above = (file.src.real(b"/".join(names[:number])) for number in range(len(names)))
    require_no_circle(file.source, file.src.real(file.source), above)


def _same(file: File, entry: Entry, there: Entry, undertaking: Undertaking) -> Done | None:
    """What is there already, if it is the same; None where it may be replaced.

    :raises TransferFailed: EXISTS where it may not.
    """
    shown = paths.text_of(file.target)
    if there.kind is not Kind.FILE:
        raise TransferFailed.permanent(ErrorCode.EXISTS, f"{shown}: something that is no file is in the way")
    overwrite = file.options.overwrite
    if overwrite is Overwrite.ALWAYS:
        return None
    if there.size == entry.size:
        size, checksum = pump(file.src.open_read(file.source), None, undertaking)
        if (size, checksum) == pump(file.dst.open_read(file.target), None, undertaking):
            return Done(size=size, checksum=checksum, note="the same file is there already")
    if overwrite is Overwrite.NEVER:
        raise TransferFailed.permanent(ErrorCode.EXISTS, f"{shown}: there is another one already")
    return None


def _move(file: File, entry: Entry, undertaking: Undertaking) -> Done:
    reader = file.src.open_read(file.source)
    try:
        writer = _writer(file, entry.size or None)
    except BaseException:
        reader.close()
        raise
    try:
        size, checksum = pump(reader, writer, undertaking)
        undertaking.confirm()
        is_ours = _commit(file, writer, (size, checksum), undertaking)
    finally:
        writer.abort()  # without effect where it is committed
    if not is_ours:
        return Done(size=size, checksum=checksum, note="the same file came there meanwhile")
    if not writer.is_confirmed:
        _keep_if_right(file, size, checksum, undertaking)
    return Done(size=size, checksum=checksum, note=f"copied {size} bytes")


def _commit(file: File, writer: Writer, sent: tuple[int, str], undertaking: Undertaking) -> bool:
    """Let it be there; False where the same file was there first.

    Another job may have been faster; or the file is this one, where an SDK has repeated a call that was done.

    :param sent: size and checksum of what was written.
    :raises TransferFailed: EXISTS where another file is there.
    """
    try:
        writer.commit()
    except TransferFailed as error:
        if error.fault.code is not ErrorCode.EXISTS or not _holds(file, sent, undertaking):
            raise
        return False
    return True


def _holds(file: File, sent: tuple[int, str], undertaking: Undertaking) -> bool:
    """Whether the target has this content by now."""
    there = find(file.dst, file.target)
    if there is None or there.kind is not Kind.FILE or there.size != sent[0]:
        return False
    return pump(file.dst.open_read(file.target), None, undertaking) == sent


def _writer(file: File, size: int | None) -> Writer:
    """The target, to be written; its directory is made where that is missing."""
    replace = file.options.overwrite is not Overwrite.NEVER
    try:
        return file.dst.open_write(file.target, tag=file.tag, replace=replace, size=size)
    except TransferFailed as error:
        if error.fault.code is not ErrorCode.NOT_FOUND or not file.dst.needs_directories:
            raise
    file.dst.mkdir(paths.parent_of(file.target))
    return file.dst.open_write(file.target, tag=file.tag, replace=replace, size=size)


def _keep_if_right(file: File, size: int, checksum: str, undertaking: Undertaking) -> None:
    """Look at the result, and remove it where it is another: the next try must not find it in its way.

    :raises TransferFailed: CHECKSUM where it is another.
    """
    try:
        _verify(file, size, checksum, undertaking)
    except TransferFailed as error:
        if error.fault.code is ErrorCode.CHECKSUM:
            with suppress(TransferFailed):
                file.dst.remove_file(file.target)
        raise


def _verify(file: File, size: int, checksum: str, undertaking: Undertaking) -> None:
    """Look at the result.

    :raises TransferFailed: CHECKSUM where it is another.
    """
    verify = file.options.verify
    if verify is Verify.NONE or not file.dst.keeps_files:
        return
    try:
        if verify is Verify.CHECKSUM:
            found, content = pump(file.dst.open_read(file.target), None, undertaking)
        else:
            found, content = file.dst.stat(file.target).size, checksum
    except TransferFailed as error:
        if error.fault.code is ErrorCode.NOT_FOUND:
            raise _differs(file, "is not there") from error
        raise
    if found != size:
        raise _differs(file, f"has {found} bytes, not {size}")
    if content != checksum:
        raise _differs(file, "its content is another")


def _differs(file: File, reason: str) -> TransferFailed:
    return TransferFailed.transient(ErrorCode.CHECKSUM, f"{paths.text_of(file.target)}: {reason}")
