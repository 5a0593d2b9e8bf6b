"""Calls over SFTP: waited for within bounds, and what their errors are to users."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from typing import Final, TypeVar

import asyncssh

from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.faults import ErrorCode, TransferFailed, not_found

T = TypeVar("T")

_AT_ONCE: Final = 0.002  # seconds; what comes within them is not worth that another slot is let go first
_PATIENCE: Final = 60.0  # seconds for one call
_FAULTS: Final[Mapping[type[Exception], tuple[ErrorCode, str]]] = {
    asyncssh.SFTPNoSuchFile: (ErrorCode.NOT_FOUND, "there is no such file or directory"),
    asyncssh.SFTPNoSuchPath: (ErrorCode.NOT_FOUND, "there is no such file or directory"),
    asyncssh.SFTPPermissionDenied: (ErrorCode.DENIED, "the site does not allow this"),
    asyncssh.SFTPWriteProtect: (ErrorCode.DENIED, "the site does not allow this"),
    asyncssh.SFTPFileAlreadyExists: (ErrorCode.EXISTS, "there is one already"),
    asyncssh.SFTPDirNotEmpty: (ErrorCode.NOT_EMPTY, "the directory is not empty"),
    asyncssh.SFTPNotADirectory: (ErrorCode.EXISTS, "something that is no directory is in the way"),
    asyncssh.SFTPFileIsADirectory: (ErrorCode.EXISTS, "a directory is in the way"),
    asyncssh.SFTPInvalidFilename: (ErrorCode.BAD_NAME, "the site does not take such a name"),
    asyncssh.SFTPOpUnsupported: (ErrorCode.UNSUPPORTED, "the site does not offer this"),
}
_FULL: Final = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)


def result_of(begun: Future[T], shown: str, *, on_silence: Callable[[], None] = lambda: None) -> T:
    """What a call has come to.

    :param on_silence: called where there is no answer in time.
    :raises TransferFailed: saying why it failed.
    """
    try:
        with suppress(Late):
            return begun.result(_AT_ONCE)
        with Waiting():
            return begun.result(_PATIENCE)
    except Late as error:
        begun.cancel()
        on_silence()
        raise TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: the site does not answer") from error
    # What was cancelled in the loop comes out of the future as an error of another class.
    except (asyncssh.Error, OSError, asyncio.CancelledError, CancelledError) as error:
        raise _failed(error, shown) from error


def _failed(error: BaseException, shown: str) -> TransferFailed:
    """What an error of the library is to users; none of its texts is shown."""
    for kind, (code, reason) in _FAULTS.items():
        if isinstance(error, kind):
            return (
                not_found(shown)
                if code is ErrorCode.NOT_FOUND
                else TransferFailed.permanent(code, f"{shown}: {reason}")
            )
    if isinstance(error, _FULL):
        return TransferFailed.transient(ErrorCode.NO_SPACE, f"{shown}: no space is left")
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return TransferFailed.permanent(ErrorCode.HOST_KEY, "The site shows another host key than it should")
    if isinstance(error, asyncssh.PermissionDenied):
        return TransferFailed.auth("The site does not accept the credential")
    if isinstance(error, asyncssh.SFTPFailure):
        return TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: the site says that it failed")
    return TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: the connection was lost")
