"""One at a time: the threads and processes of a deployment that want its token take turns on a machine.

PKCS#11 knows one login for a whole process, and SoftHSM does not find a token that another
process logs in to at that moment (https://github.com/softhsm/SoftHSMv2/issues/757). The kernel frees the lock
when its holder dies. Nothing is open between two turns, and so nothing is inherited by a fork.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from barbican_like.common.errors import ConfigurationError, Overloaded

_MUTEX: Final = threading.Lock()
_POLL_SECONDS: Final = 0.01
_NEVER: Final = threading.Event()


@contextmanager
def turn(path: Path, wait: float) -> Iterator[None]:
    """The time in which this thread alone uses the token.

    :param path: the lock's file, made (0600) with its folder (0700) where it is missing.
    :param wait: seconds to wait for the turn, which takes milliseconds to a second with most tokens.
    :raises Overloaded: when it does not come in time.
    :raises ConfigurationError: when the file cannot be made.
    """
    deadline = time.monotonic() + wait
    if not _MUTEX.acquire(timeout=wait):
        raise Overloaded("the token was not free in time")
    try:
        descriptor = _open(path)
        try:
            _lock(descriptor, deadline)
            yield
        finally:
            os.close(descriptor)
    finally:
        _MUTEX.release()


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"the token's lock file {path}: {error.strerror}") from error


def _lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Overloaded("the token was not free in time") from None
            _NEVER.wait(_POLL_SECONDS)
        else:
            return
