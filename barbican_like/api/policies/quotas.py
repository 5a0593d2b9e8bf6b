"""Rules for quotas."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/quotas`` and ``/v1/project-quotas``."""
    return [
        base.documented(
            "quotas:get",
            new=rules.READER,
            legacy=base.LEGACY_ALL_USERS,
            description="See the quotas in force for the caller's project.",
            operations=["GET /v1/quotas"],
        ),
        _service_rule(
            "project_quotas:get",
            "See the quotas set for one project or for every project that has some.",
            ["GET /v1/project-quotas", "GET /v1/project-quotas/{project-id}"],
        ),
        _service_rule(
            "project_quotas:put", "Set a project's quotas.", ["PUT /v1/project-quotas/{project-id}"]
        ),
        _service_rule(
            "project_quotas:delete",
            "Remove a project's quotas, so that the configured defaults apply.",
            ["DELETE /v1/project-quotas/{project-id}"],
        ),
    ]


def _service_rule(name: str, description: str, operations: list[str]) -> policy.DocumentedRuleDefault:
    return base.documented(
        name,
        new=rules.ADMIN,
        legacy=base.LEGACY_SERVICE_ADMIN,
        description=description,
        operations=operations,
    )
