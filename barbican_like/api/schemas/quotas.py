"""Limits of a project."""

from __future__ import annotations

from typing import Final

from barbican_like.http.schema import Integer, Member, Object
from barbican_like.model.quotas import RESOURCES

_LARGEST_QUOTA: Final = 2**31 - 1

LIMIT: Final = Integer(
    least=-_LARGEST_QUOTA,
    most=_LARGEST_QUOTA,
    about="How many a project may have; 0 forbids it, a negative number is no limit.",
)


def _limits(*, project_quotas: dict[str, int]) -> dict[str, int]:
    return project_quotas


_QUOTAS: Final = Object(
    title="Project Quota",
    members=tuple(Member(name, LIMIT) for name in RESOURCES),
    make=lambda **limits: limits,
    closed=True,
)

PROJECT_QUOTAS: Final = Object(
    title="Project Quota",
    name="NewProjectQuotas",
    members=(
        Member("project_quotas", _QUOTAS, required=True, missing="project_quotas is not of type 'object'"),
    ),
    make=_limits,
    closed=True,
)
"""PUT /v1/project-quotas/{id}."""
