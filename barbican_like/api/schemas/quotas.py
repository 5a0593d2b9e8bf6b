"""Limits of a project."""

from __future__ import annotations

from typing import Final

from barbican_like.http.schema import Fields
from barbican_like.model.quotas import RESOURCES

_LARGEST_QUOTA: Final = 2**31 - 1


def project_quotas(body: object) -> dict[str, int]:
    """The schema of PUT /v1/project-quotas/{id}."""
    fields = Fields(body, "Project Quota")
    fields.forbid_others("project_quotas")
    given = fields.raw("project_quotas")
    if not isinstance(given, dict):
        raise fields.fault("project_quotas", "project_quotas is not of type 'object'")
    quotas = Fields(given, "Project Quota")
    quotas.forbid_others(*RESOURCES)
    limits = {name: quotas.integer(name, least=-_LARGEST_QUOTA, most=_LARGEST_QUOTA) for name in RESOURCES}
    return {name: limit for name, limit in limits.items() if limit is not None}
