"""A program that the supervisor keeps: says in the log how many notes there are when it starts."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from barbican_like.bootstrap import Runtime
from barbican_like.cmd import common, service
from barbican_like.common import log
from barbican_like.model.unit_of_work import Reading
from tests.support.sample_room.repository import NoteRepo

_LOG = logging.getLogger(__name__)


class Reader:
    """Counts once."""

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database

    def start(self) -> None:
        """Count."""
        with Reading(self._database) as view:
            log.event(_LOG, "notes.counted", count=view.of(NoteRepo).count())

    def stop(self) -> None:
        """Nothing is under way."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal."""
    return common.run("notes-reader", arguments, lambda conf: service.until_signal(conf, "reader", Reader))


if __name__ == "__main__":
    sys.exit(main())
