"""The messages that a context publishes: what they look like, and their order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from barbican_like.contexts.definition import Context
from barbican_like.contexts.states import ServiceState
from barbican_like.contexts.supervision import Unit

_S = ServiceState
CONTROL: Final[Mapping[ServiceState, str]] = {
    _S.RUNNING: "started",
    _S.STOPPED: "stopped",
    _S.EXITED: "exited",
    _S.FAILED: "failed",
    _S.BACKOFF: "backoff",
    _S.FATAL: "fatal",
}
"""What is told of a service that has come into a state; orders are told before the others are."""

Send = Callable[[str, dict[str, Any]], object]
"""Takes a topic and a message."""


class Announcer:
    """Makes messages, numbered for each topic from 1 on, so that a subscriber sees what it has lost."""

    def __init__(self, context: Context, send: Send) -> None:
        self._context = context
        self._send = send
        self._numbers: Counter[str] = Counter()

    def command(self, action: str, transaction: str, task_id: str) -> None:
        """An accepted command."""
        self._tell("context", self._own(action, "context", transaction), {"task_id": task_id})

    def order(self, unit: Unit, action: str, life: int) -> None:
        """An order to a service: start or stop."""
        content = {"status": {"device_action": unit.service.device_action}}
        self._of_unit("process", action, unit, content, life)

    def control(self, unit: Unit, action: str, pid: int | None, items: Mapping[str, Any]) -> None:
        """What has become of a service."""
        status = {
            "device_action": unit.service.device_action,
            "result": "failure" if action in {"failed", "fatal"} else "success",
            "state": unit.state.value,
            "pid": pid,
            "exit_code": unit.exit_code,
            "restarts": unit.restarts,
            **items,
        }
        self._of_unit("control", action, unit, {"status": status}, unit.lives)

    def state(self, transaction: str, information: Mapping[str, Any]) -> None:
        """How a transaction stands."""
        self._tell("state", self._own("context_info", "state", transaction), information)

    def _own(self, action: str, name: str, transaction: str) -> dict[str, Any]:
        return {
            "action": action,
            "service_name": name,
            "service_id": self._context.context_id,
            "transaction": transaction,
            "service_transaction": "",
        }

    def _of_unit(self, topic: str, action: str, unit: Unit, content: Mapping[str, Any], life: int) -> None:
        service = unit.service
        header = {
            "action": action,
            "service_name": service.name,
            "service_id": service.id,
            "transaction": unit.transaction,
            "service_transaction": f"{service.id}.{life}",
        }
        self._tell(topic, header, content)

    def _tell(self, topic: str, header: dict[str, Any], content: Mapping[str, Any]) -> None:
        self._numbers[topic] += 1
        numbered = {**header, "time": time.time(), "seq": self._numbers[topic]}
        self._send(topic, {"header": numbered, "content": dict(content)})
