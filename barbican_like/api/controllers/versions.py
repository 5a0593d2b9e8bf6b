"""The version documents. ``GET /`` is asked by every client that is built: no database, no authentication."""

from __future__ import annotations

from typing import Any

from barbican_like.api.services import Services
from barbican_like.common import config
from barbican_like.http import microversion, references
from barbican_like.http.controller import OPEN, Controller, Reply, operation
from barbican_like.http.request import Request

_DESCRIBED_BY = {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"}
_JSON_HOME = "application/json-home"


class VersionsController(Controller[Services]):
    """``/``: the versions there are."""

    default_operation = "Version retrieval"

    @operation("Version retrieval", rule=OPEN, any_accept=True)
    def on_get(self, req: Request) -> Reply | dict[str, Any]:
        """300 with the versions; json-home is elsewhere; ``?build`` tells the program's version."""
        if "build" in req.query:
            return {"build": config.program_version()}
        root = references.root(req)
        if req.accept_text == _JSON_HOME:
            return Reply({}, 302, f"{root}/v1/")
        shown = {"values": [_first_form(root)]} if req.minor == 0 else [_described(root)]
        return Reply({"versions": shown}, 300)


class VersionController(Controller[Services]):
    """``/v1/``: this version."""

    default_operation = "Version retrieval"

    @operation("Version retrieval", rule=OPEN)
    def on_get(self, req: Request) -> dict[str, Any]:
        """The version's document."""
        root = references.root(req)
        return {"version": _first_form(root) if req.minor == 0 else _described(root)}


def _first_form(root: str) -> dict[str, Any]:
    return {
        "id": "v1",
        "status": "stable",
        "links": _links(root),
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.key-manager-v1+json"}
        ],
    }


def _described(root: str) -> dict[str, Any]:
    return {
        "id": "v1",
        "status": "CURRENT",
        "min_version": f"1.{microversion.MIN_MINOR}",
        "max_version": f"1.{microversion.MAX_MINOR}",
        "links": _links(root),
    }


def _links(root: str) -> list[dict[str, str]]:
    return [{"rel": "self", "href": f"{root}/v1/"}, _DESCRIBED_BY]
