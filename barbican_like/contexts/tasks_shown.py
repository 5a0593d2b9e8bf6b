"""How services are shown to those who ask."""

from __future__ import annotations

from typing import Any

from barbican_like.contexts.announcements import CONTROL
from barbican_like.contexts.definition import Context
from barbican_like.contexts.supervision import Unit


def task(unit: Unit, pid: int | None, since: float | None) -> dict[str, Any]:
    """A service as acknowledgements and REST have it."""
    return {
        "service_id": unit.service.id,
        "serviceName": unit.service.name,
        "instance": unit.service.instance,
        "state": unit.state.value,
        "desired": unit.wish.value,
        "action": CONTROL.get(unit.state, ""),
        "pid": pid,
        "exit_code": unit.exit_code,
        "restarts": unit.restarts,
        "since": since,
    }


def context_information(context: Context, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    """A transaction as the action `request` has it."""
    return {
        "contextId": context.context_id,
        "contextName": context.name,
        "contextLogName": context.log_name,
        "configuration": {
            "FrontEndEndpoint": context.front_endpoint,
            "BackendEndpoint": context.back_endpoint,
            "FrontBind": context.front_bind,
            "BackendBind": context.back_bind,
        },
        "tasks": tasks,
    }
