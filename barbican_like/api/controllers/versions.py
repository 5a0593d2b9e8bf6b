"""The version documents. ``GET /`` is asked by every client that is built: no database, no authentication."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.api.services import Services
from barbican_like.common import config
from barbican_like.http import microversion, references
from barbican_like.http.controller import JSON, OPEN, Controller, Operation, Reply
from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.openapi.values import closed, parameter
from barbican_like.http.request import Request
from barbican_like.http.schema import Schema, named

_DESCRIBED_BY = {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"}
_JSON_HOME = "application/json-home"

_LINKS: Final[Schema] = {
    "type": "array",
    "items": closed(
        {"rel": {"type": "string"}, "type": {"type": "string"}, "href": {"type": "string"}}, "type"
    ),
}
_MINOR: Final[Schema] = {"type": "string", "pattern": r"^1\.\d+$"}
_FIRST: Final = named(
    "FirstVersion",
    closed(
        {
            "id": {"const": "v1"},
            "status": {"const": "stable"},
            "min_version": _MINOR,
            "max_version": _MINOR,
            "links": _LINKS,
            "media-types": {
                "type": "array",
                "items": closed({"base": {"type": "string"}, "type": {"type": "string"}}),
            },
        }
    )
    | {"description": "The version as clients of microversion 1.0 see it."},
)
_LATER: Final = named(
    "Version",
    closed(
        {
            "id": {"const": "v1"},
            "status": {"const": "CURRENT"},
            "min_version": _MINOR,
            "max_version": _MINOR,
            "links": _LINKS,
        }
    )
    | {"description": "The version as clients of microversion 1.1 and later see it."},
)
_VERSION: Final = named("VersionAnswer", closed({"version": {"oneOf": [_FIRST, _LATER]}}))
_VERSIONS: Final = named(
    "Versions",
    closed(
        {
            "versions": {
                "oneOf": [
                    closed({"values": {"type": "array", "items": _FIRST}}),
                    {"type": "array", "items": _LATER},
                ]
            }
        }
    ),
)
_BUILD: Final = named("Build", closed({"build": {"type": "string", "description": "The program's version."}}))
_EMPTY: Final = named("Empty", closed({}))


class VersionsController(Controller[Services]):
    """``/``: the versions there are."""

    default_operation = "Version retrieval"

    @Operation(
        "Version retrieval",
        rule=OPEN,
        any_accept=True,
        id="list_versions",
        parameters=(
            parameter("build", "Present, with any value: the program's version instead.", {"type": "string"}),
        ),
        answers={
            200: json_answer("With `?build`: the program's version.", _BUILD),
            300: json_answer("The versions that there are.", _VERSIONS),
            302: Answer(
                description="With `Accept: application/json-home`: to `/v1/`.",
                content={JSON: _EMPTY},
                location=True,
            ),
        },
    )
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

    @Operation(
        "Version retrieval",
        rule=OPEN,
        id="get_version",
        answers={200: json_answer("The version's document.", _VERSION)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """The version's document."""
        root = references.root(req)
        return {"version": _first_form(root) if req.minor == 0 else _described(root)}


def _first_form(root: str) -> dict[str, Any]:
    return {
        "id": "v1",
        "status": "stable",
        **_range(),
        "links": _links(root),
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.key-manager-v1+json"}
        ],
    }


def _described(root: str) -> dict[str, Any]:
    return {
        "id": "v1",
        "status": "CURRENT",
        **_range(),
        "links": _links(root),
    }


def _range() -> dict[str, str]:
    """In both forms: clients that look for a range do not ask for a microversion first."""
    return {
        "min_version": f"1.{microversion.MIN_MINOR}",
        "max_version": f"1.{microversion.MAX_MINOR}",
    }


def _links(root: str) -> list[dict[str, str]]:
    return [{"rel": "self", "href": f"{root}/v1/"}, _DESCRIBED_BY]
