"""The rules of contexts: administrators only, for who commands a context runs code."""

from __future__ import annotations

from typing import Final

from barbican_like.contexts.http.schemas import PREFIX
from barbican_like.http.policy.rules import ADMIN, Policies, documented

GET: Final = "contexts:get"
_ONE = f"{PREFIX}/contexts/{{transaction}}"


def policies() -> Policies:
    """All of them."""
    rules = (
        documented(
            GET,
            check=ADMIN,
            description="Look at contexts and their task services.",
            operations=[
                f"GET {PREFIX}/contexts",
                f"GET {_ONE}",
                f"GET {_ONE}/services/{{service-id}}",
                f"GET {_ONE}/stats",
                f"GET {_ONE}/transitions",
                f"GET {PREFIX}/metrics",
            ],
        ),
        documented(
            "contexts:command",
            check=ADMIN,
            description="Start, stop, restart and reload task services.",
            operations=[f"POST {_ONE}/actions"],
        ),
    )
    return Policies(rules=rules, kinds=frozenset())
