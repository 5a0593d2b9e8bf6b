"""After an upload whose connection was broken off: another one takes away the parts that it has left."""

from __future__ import annotations

import logging
import threading
from typing import Final

from barbican_like.common import log
from barbican_like.workqueue import paths
from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.models import Element, Site
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work.connections import Connections
from barbican_like.workqueue.work.errand import Errand
from barbican_like.workqueue.work.tools import Tools

_LOG = logging.getLogger(__name__)
_PATIENCE: Final = 2.0  # seconds that the end of the element waits for that


def leaves_parts(element: Element) -> bool:
    """Whether a try of it that breaks off may leave something behind."""
    return element.type in {JobType.COPY, JobType.RENAME} and element.id > 0


def sweep(tools: Tools, sites: tuple[Site, Site], errand: Errand, element: Element) -> None:
    """Remove what a try that was broken off has left, if the site can be reached for that."""
    connections = Connections(tools, *sites)

    def work() -> None:
        try:
            path = paths.join(errand.target, element.below)
            site = connections.target(errand.job)
            undo = site.undo_rename if element.type is JobType.RENAME else site.discard
            undo(path, tag=errand.tag_of(element))
        except Exception as error:  # noqa: BLE001  boundary: the element has ended whatever comes of this
            reason = type(error).__name__
            log.event(_LOG, "transfer.parts_not_cleared", logging.WARNING, job=errand.job.id, reason=reason)
        finally:
            connections.close()

    # What takes longer goes on in that thread, whose calls have bounds of their own, and not in the slot.
    thread = threading.Thread(target=work, name=f"sweep-{errand.job.id}-{element.id}", daemon=True)
    thread.start()
    with Waiting():
        thread.join(_PATIENCE)
