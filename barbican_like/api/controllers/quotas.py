"""Quotas: what is in force for the caller, and what administrators set for projects."""

from __future__ import annotations

from typing import Any

from barbican_like.api import answers
from barbican_like.api.schemas.quotas import PROJECT_QUOTAS
from barbican_like.api.services import Services
from barbican_like.common.errors import NotFound
from barbican_like.http import references
from barbican_like.http.controller import Controller, Operation
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.request import Request

_NOT_FOUND = "Project quotas not found."
_LONGEST_ID = 255


def require_quota(req: Request, services: Services, resource: str) -> None:
    """Do nothing when the caller's project may have one more of a resource.

    The transaction is begun only where there is a limit.

    :raises QuotaReached: when it may not.
    """
    project_id = req.caller.project_id
    limit = req.view.quotas.limit(project_id, resource, services.quotas[resource])
    if limit >= 0:
        req.uow.quotas.require_below(project_id, resource, limit)


class QuotasController(Controller[Services]):
    """``/v1/quotas``."""

    default_operation = "Quotas"

    @Operation(
        "Quotas",
        rule="quotas:get",
        id="get_quotas",
        answers={200: json_answer("What holds for the caller's project.", answers.QUOTAS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """The caller's project's limits; -1 means none."""
        own = req.view.quotas.find(req.caller.project_id) or {}
        return {"quotas": {**self.services.quotas, **own}}


class ProjectQuotasController(Controller[Services]):
    """``/v1/project-quotas``."""

    default_operation = "Project Quotas"

    @Operation(
        "Project Quotas",
        rule="project_quotas:get",
        id="list_project_quotas",
        paged=True,
        answers={200: json_answer("One page of the projects that have quotas.", answers.PROJECT_QUOTAS_LIST)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the projects that have limits of their own."""
        part = req.view.quotas.list(req.page)
        return references.paged(req, "project-quotas", part, self._shown_item, member="project_quotas")

    def _shown_item(self, item: tuple[str, dict[str, int]]) -> dict[str, Any]:
        project_id, limits = item
        return {"project_id": project_id, "project_quotas": self._shown(limits)}

    def _shown(self, limits: dict[str, int]) -> dict[str, int | None]:
        return {name: limits.get(name) for name in self.services.quotas}


class ProjectQuotaController(Controller[Services]):
    """``/v1/project-quotas/{project_id}``."""

    default_operation = "Project Quotas"

    def lookup(self, req: Request, *path: str) -> tuple[str]:
        """The project's id: any text, for a project need not have stored anything yet."""
        try:
            project_id = path[0].encode("latin-1").decode()  # PEP 3333
        except UnicodeError:
            raise NotFound(_NOT_FOUND) from None
        if len(project_id) > _LONGEST_ID or "\x00" in project_id:
            raise NotFound(_NOT_FOUND)
        return (project_id,)

    @Operation(
        "Project Quotas",
        rule="project_quotas:get",
        id="get_project_quotas",
        answers={200: json_answer("What is set for it.", answers.PROJECT_QUOTAS)},
    )
    def on_get(self, req: Request, project_id: str) -> dict[str, Any]:
        """The limits set for a project; null where the default applies."""
        limits = req.view.quotas.find(project_id)
        if limits is None:
            raise NotFound(_NOT_FOUND)
        return {"project_quotas": {name: limits.get(name) for name in self.services.quotas}}

    @Operation(
        "Project Quotas",
        rule="project_quotas:put",
        body=PROJECT_QUOTAS,
        id="set_project_quotas",
        examples={"some": {"project_quotas": {"secrets": 100, "orders": -1}}},
        answers={204: NOTHING},
    )
    def on_put(self, req: Request, project_id: str, body: dict[str, int]) -> None:
        """Set limits; those that are not given stay as they are."""
        req.uow.quotas.put(project_id, body)

    @Operation(
        "Project Quotas", rule="project_quotas:delete", id="delete_project_quotas", answers={204: NOTHING}
    )
    def on_delete(self, req: Request, project_id: str) -> None:
        """Remove the limits set, so that the defaults apply."""
        if not req.uow.quotas.remove(project_id):
            raise NotFound(_NOT_FOUND)
