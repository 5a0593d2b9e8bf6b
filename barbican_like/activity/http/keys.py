"""Idempotency keys: a request that comes twice is answered twice and done once."""

from __future__ import annotations

import re
from typing import Final

from barbican_like.activity.events.service import Key
from barbican_like.common.errors import InvalidInput
from barbican_like.http.request import Request
from barbican_like.http.schema import Schema

_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")

PARAMETER: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Kept for 24 hours: the same request makes no further events, another one is a 409.",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}


def key_of(req: Request) -> Key | None:
    """The key of a request, if it has one.

    :raises InvalidInput: when it can be none.
    """
    name = req.environ.get("HTTP_IDEMPOTENCY_KEY")
    if name is None:
        return None
    if not _NAME.fullmatch(name):
        raise InvalidInput("Idempotency-Key has not 1 to 255 visible ASCII characters")
    body = req.body_json if req.method != "DELETE" else None
    return Key.of(name, req.method, req.environ["PATH_INFO"].strip("/"), body)
