"""The client side of the task fabric: one method for each kind of task."""

from __future__ import annotations

from barbican_like.queue.transport import Waker, WakeUp


class TaskClient:
    """Tells workers that a task row was committed. The methods are named as those of ``Tasks``.

    Call them after the commit only; a call never raises and never waits.
    """

    def __init__(self, waker: Waker) -> None:
        self._waker = waker

    def process_type_order(self, order_id: str, project_id: str, request_id: str) -> None:
        """An order waits to be worked."""
        self._wake("process_type_order", order_id=order_id, project_id=project_id, request_id=request_id)

    def process_project_deletion(self, project_id: str, row_id: str) -> None:
        """A project was deleted; ``row_id`` is our own id of it."""
        self._wake("process_project_deletion", row_id=row_id, project_id=project_id)

    def _wake(self, method: str, **arguments: str) -> None:
        self._waker.wake(WakeUp(method, arguments))
