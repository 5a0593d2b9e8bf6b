"""Callers as they are kept, for what is judged for them later."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from barbican_like.http.context import RequestContext


def kept(caller: RequestContext) -> str:
    """A caller as JSON."""
    known: dict[str, Any] = asdict(caller) | {"roles": sorted(caller.roles)}
    return orjson.dumps(known).decode()


def restored(text: str) -> RequestContext:
    """A caller as :func:`kept` wrote him."""
    known: dict[str, Any] = orjson.loads(text)
    return RequestContext(**known | {"roles": frozenset(known["roles"])})
