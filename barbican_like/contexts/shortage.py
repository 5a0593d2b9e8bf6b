"""What the supervisor does when no more files can be opened: it says so, and goes on."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import Final

RETRY_SECONDS: Final = 1.0
"""After which what could not be opened is tried again."""
_SILENT_SECONDS: Final = 60.0
_ERRORS: Final = frozenset({errno.EMFILE, errno.ENFILE})


def is_short(error: OSError) -> bool:
    """Whether an error says that this process, or the system, can open no more files."""
    return error.errno in _ERRORS


class Shortage:
    """Bears such errors, and tells of each matter once a minute at most.

    :param say: takes the words of a line of the log.
    """

    def __init__(self, say: Callable[..., None]) -> None:
        self._say = say
        self._silent_until: dict[str, float] = {}

    def bear(self, error: OSError, meanwhile: str) -> None:
        """Go on after an error.

        :param meanwhile: what is not done until there are files again.
        :raises OSError: the error itself when it is another one.
        """
        if not is_short(error):
            raise error
        now = time.monotonic()
        if now >= self._silent_until.get(meanwhile, now):
            self._silent_until[meanwhile] = now + _SILENT_SECONDS
            self._say(f"{os.strerror(error.errno or 0)}:", meanwhile)
