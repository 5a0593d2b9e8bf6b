"""Beginnings that need something which may be away, such as the database: tried again until it is there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from barbican_like.common import log
from barbican_like.common.errors import ConfigurationError, Overloaded

_LOG = logging.getLogger(__name__)
_SHORTEST_PAUSE: Final = 0.25  # seconds, doubled after each try
_LONGEST_PAUSE: Final = 2.0

T = TypeVar("T")


def until_done(
    work: Callable[[], T], ended: threading.Event, on_wait: Callable[[], object] = lambda: None
) -> T | None:
    """Do ``work``, again and again for as long as what it needs is away.

    :param work: raises Overloaded then; all else that it raises goes on up.
    :param on_wait: called when it is found that there must be waited.
    :return: what it gives; None when ``ended`` was set first.
    """
    pause, told = _SHORTEST_PAUSE, ""
    while not ended.is_set():
        try:
            return work()
        except Overloaded as error:
            reason = " ".join(error.message.split())
        if reason != told:
            log.event(_LOG, "start.waits", logging.WARNING, reason=reason)
            on_wait()
        told = reason
        ended.wait(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return None


def now_or_later(work: Callable[[], None]) -> None:
    """Do ``work`` now; where what it needs is away, let a thread try until it is done.

    :raises ConfigurationError: at once when it does; a thread tells the log, and tries again, since then the
        process serves already.
    """
    try:
        work()
    except Overloaded as error:
        log.event(_LOG, "start.waits", logging.WARNING, reason=" ".join(error.message.split()))
        arguments = (_patient(work), threading.Event())
        threading.Thread(target=until_done, args=arguments, name="begin", daemon=True).start()


def _patient(work: Callable[[], None]) -> Callable[[], None]:
    def patient() -> None:
        try:
            work()
        except ConfigurationError as error:
            raise Overloaded(error.message) from error

    return patient
