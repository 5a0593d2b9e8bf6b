"""Identifiers of entities: version 4 UUIDs in canonical lower-case text (RFC 9562 section 5.4)."""

from __future__ import annotations

import re
import uuid

_CANONICAL_V4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_id() -> str:
    """A fresh random identifier."""
    return str(uuid.uuid4())


def is_canonical(text: str) -> bool:
    """Whether ``text`` is a version 4 UUID exactly as this server writes them."""
    return _CANONICAL_V4.fullmatch(text) is not None
