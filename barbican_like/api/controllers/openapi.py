"""The OpenAPI document of this API."""

from __future__ import annotations

from typing import Final

from barbican_like.api.services import Services
from barbican_like.http.controller import JSON, OPEN, Controller, Raw, operation
from barbican_like.http.frame import Frame
from barbican_like.http.openapi.described import Described, json_answer
from barbican_like.http.request import Request
from barbican_like.http.schema import named

_DOCUMENT: Final = named(
    "Document",
    {
        "type": "object",
        "properties": {"openapi": {"const": "3.1.0"}},
        "required": ["openapi", "info", "paths", "components"],
    },
)


class OpenApiController(Controller[Services]):
    """``/v1/openapi.json``. The document is made once, when the process starts."""

    default_operation = "OpenAPI retrieval"

    def __init__(self, frame: Frame, services: Services) -> None:
        super().__init__(frame, services)
        self._answer: Final = Raw(frame.document(), JSON)

    @operation(
        "OpenAPI retrieval",
        rule=OPEN,
        described=Described(id="get_openapi", answers={200: json_answer("This document.", _DOCUMENT)}),
    )
    def on_get(self, req: Request) -> Raw:
        """The document, for any caller who is known."""
        return self._answer
