"""The monitor of the program's own context, which has no bus: one of its workers looks at all processes."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from barbican_like.common import log
from barbican_like.common.background import Background
from barbican_like.contexts.ask import NobodyAnswers, NotAllowed, ask
from barbican_like.contexts.endings import SERVICE_MARK
from barbican_like.contexts.launch import Launch
from barbican_like.contexts.monitor import answers
from barbican_like.contexts.monitor.statistics import Statistics
from barbican_like.contexts.places import Place

_LOG: Final = logging.getLogger(__name__)
PERIOD: Final = 10.0
"""Seconds between two looks."""
_TRY_EVERY: Final = 1.0  # seconds, while another worker has it
_ANSWER_SECONDS: Final = 2.0  # of the supervisor


class OwnMonitor(Background):
    """Remembers what the services take, and answers whoever asks the context's monitor.

    Of all workers one has it, by a lock that the kernel frees when that one dies; another begins anew then.

    :param place: of the program's own context.
    """

    def __init__(self, place: Place, period: float = PERIOD) -> None:
        super().__init__("monitor")
        self._place = place
        self._period = period

    def _run(self) -> None:
        with ExitStack() as held:
            while (look := self._begin(held)) is None:
                if self._stopped.wait(_TRY_EVERY):
                    return
            while True:
                look()
                if self._stopped.wait(self._period):
                    return

    def _begin(self, held: ExitStack) -> Callable[[], None] | None:
        """What looks, once this is the one; None while another is, or nothing is supervised."""
        launch = self._place.launch()
        if launch is None or launch.transaction is None:
            return None
        socket = answers.socket_beside(Path(launch.socket))
        statistics = Statistics(SERVICE_MARK, launch.mark, self._period)
        with ExitStack() as taken:
            try:
                descriptor = os.open(
                    socket.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
                )
                taken.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                taken.callback(answers.serve(socket, launch.context.name, statistics))
            except BlockingIOError:
                return None
            except OSError as error:
                # Such as a path that is too long for a socket: it is said at each try, once a second.
                log.event(_LOG, "monitor.away", logging.WARNING, reason=error.strerror or str(error))
                return None
            held.enter_context(taken.pop_all())
        return lambda: _look(launch, statistics)


def _look(launch: Launch, statistics: Statistics) -> None:
    """Hear from the supervisor how the services stand, then look at their processes."""
    question = {"action": "request", "transaction": launch.transaction, "timeout": _ANSWER_SECONDS}
    try:
        said = ask(Path(launch.socket), question)
    except (NobodyAnswers, NotAllowed, ValueError):
        return  # it is away: there is nobody whose services these would be
    if said["header"]["result"] == "success":
        header = {"transaction": launch.transaction}
        statistics.hear("state", {"header": header, "content": said["content"]})
    statistics.look()
