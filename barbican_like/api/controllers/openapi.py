"""The OpenAPI document of this API."""

from __future__ import annotations

from typing import Final

import orjson
import webob

from barbican_like.api.controllers.base import JSON, Controller, Raw, operation
from barbican_like.api.openapi import document
from barbican_like.api.request import Request
from barbican_like.api.services import Services


class OpenApiController(Controller):
    """``/v1/openapi.json``. The document is made once, when the process starts."""

    default_operation = "OpenAPI retrieval"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        # Imported here: the document describes the very table in which this controller stands.
        from barbican_like.api.routes import TABLES  # noqa: PLC0415

        made = document.build(TABLES, services.limits, services.host_href.rstrip("/"))
        self._answer: Final = Raw(orjson.dumps(made), JSON)

    @operation("OpenAPI retrieval", rule=None)
    def on_get(self, req: Request, resp: webob.Response) -> Raw:
        """The document, for any caller who is known."""
        del req, resp
        return self._answer
