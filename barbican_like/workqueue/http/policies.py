"""The rules of the room. Whose a job is, its look-up says: another's is not found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barbican_like.http.policy.rules import ADMIN, MEMBER, Legacy, Policies, documented

PREFIX: Final = "/workqueue/api/v1.0"
_REASON: Final = "The legacy defaults are built on the key manager's own roles, as those for secrets are."
_SINCE: Final = "Wallaby"


def policies() -> Policies:
    """Every rule of the room."""
    return Policies(rules=(*_jobs(), *_sites()), kinds=frozenset())


def _rule(name: str, legacy: str, description: str, operations: Sequence[str]) -> Any:
    return documented(
        name,
        check=MEMBER,
        description=description,
        operations=[text.replace(" /", f" {PREFIX}/") for text in operations],
        legacy=Legacy(check=legacy, reason=_REASON, since=_SINCE),
    )


def _reading(name: str, description: str, *operations: str) -> Any:
    return _rule(name, "rule:all_but_audit", description, operations)


def _writing(name: str, description: str, *operations: str) -> Any:
    return _rule(name, "rule:admin_or_creator", description, operations)


def _jobs() -> tuple[Any, ...]:
    verbs = [f"POST /{kind}" for kind in ("jobs", "list", "copy", "remove", "rename", "mkdir")]
    return (
        _reading("transfer_jobs:get", "List one's transfer jobs.", "GET /jobs"),
        _writing("transfer_jobs:post", "Make a transfer job.", *verbs),
        _reading(
            "transfer_job:get",
            "Look at a transfer job, its elements and their outputs.",
            "GET /jobs/{job-id}",
            "GET /jobs/{job-id}/status",
            "GET /jobs/{job-id}/elements",
            "GET /jobs/{job-id}/elements/{element-id}",
            "GET /jobs/{job-id}/elements/{element-id}/status",
            "GET /jobs/{job-id}/output",
            "GET /jobs/{job-id}/elements/{element-id}/output",
            "GET /jobs/{job-id}/elements/{element-id}/output/{attempt}",
        ),
        _writing("transfer_job:cancel", "End a transfer job.", "POST /jobs/{job-id}/cancel"),
        _writing("transfer_job:retry", "Have a transfer job tried again.", "POST /jobs/{job-id}/retry"),
        _writing("transfer_job:delete", "Remove a transfer job.", "DELETE /jobs/{job-id}"),
    )


def _sites() -> tuple[Any, ...]:
    return (
        _reading("transfer_sites:get", "List sites and look at one.", "GET /sites", "GET /sites/{site-id}"),
        _writing(
            "transfer_sites:write",
            "Make, change and remove sites of one's project.",
            "POST /sites",
            "PUT /sites/{site-id}",
            "DELETE /sites/{site-id}",
        ),
        documented(
            "transfer_sites:publish",
            check=ADMIN,
            description="Make a site public, and change one that is.",
            operations=[f"POST {PREFIX}/sites", f"PUT {PREFIX}/sites/{{site-id}}"],
            legacy=Legacy(check="rule:admin", reason=_REASON, since=_SINCE),
        ),
        _writing(
            "transfer_credential:write",
            "Say which secret one's project shows to a site, or that it shows none.",
            "PUT /sites/{site-id}/credential",
            "DELETE /sites/{site-id}/credential",
        ),
        _reading(
            "transfer_credential:get",
            "See which secret one's project shows to a site.",
            "GET /sites/{site-id}/credential",
        ),
        _writing("transfer_sites:check", "Have a site tried.", "GET /sites/{site-id}/check"),
    )
