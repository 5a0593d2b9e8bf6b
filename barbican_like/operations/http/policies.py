"""The rules of operations: administrators, and for figures also who does nothing but read them."""

from __future__ import annotations

from typing import Final

from barbican_like.http.policy.rules import ADMIN, Policies, documented
from barbican_like.operations.http.schemas import PREFIX

METRICS: Final = "operations:metrics"
_TASK: Final = f"{PREFIX}/tasks/{{task_id}}"


def policies() -> Policies:
    """All of them."""
    rules = (
        documented(
            "operations:get",
            check=ADMIN,
            description="Look at tasks, processes, rates and what has failed, of all projects.",
            operations=[
                f"GET {PREFIX}/overview",
                f"GET {PREFIX}/rates",
                f"GET {PREFIX}/tasks",
                f"GET {_TASK}",
            ],
        ),
        documented(
            "operations:command",
            check=ADMIN,
            description="Retry and cancel tasks of all projects.",
            operations=[f"POST {PREFIX}/tasks/actions", f"POST {_TASK}/actions"],
        ),
        documented(
            METRICS,
            check=f"{ADMIN} or role:monitor",
            description="Read figures for Prometheus, where it has to say who it is.",
            operations=["GET /metrics"],
        ),
    )
    return Policies(rules=rules, kinds=frozenset())
