"""A process as the service of a supervisor, which sees that it is ready and whose end it sees."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from barbican_like.contexts import channel

_STOP_SECONDS: Final = 10.0  # for a supervisor that has not said


class Supervised:
    """Speaks with the supervisor that has started this process; does nothing where none has.

    :param on_end: called once, on a thread, when the supervisor is gone: the process is to end.
    """

    def __init__(self, on_end: Callable[[], object]) -> None:
        self._channel = channel.inherited()
        self._on_end = on_end
        if self._channel is not None:
            threading.Thread(target=self._follow, name="supervised", daemon=True).start()

    @property
    def is_so(self) -> bool:
        """Whether a supervisor has started this process."""
        return self._channel is not None

    def ready(self) -> None:
        """Say that this process does what it is for."""
        if self._channel is not None:
            self._channel.send("ready")

    def _follow(self) -> None:
        seconds = _STOP_SECONDS
        while self._channel is not None and (received := self._channel.receive()) is not None:
            message, _ = received
            if message["word"] == "hello":
                seconds = float(message["service"]["stop_seconds"])
        self._on_end()
        # The process may end at any moment of this; whatever of its group is left then ends too.
        time.sleep(seconds)
        if os.getpgrp() == os.getpid():
            with suppress(ProcessLookupError):
                os.killpg(0, signal.SIGKILL)


def end_by_signal() -> None:
    """What a supervisor would do: SIGTERM to this process."""
    os.kill(os.getpid(), signal.SIGTERM)
