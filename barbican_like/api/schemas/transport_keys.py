"""Transport keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from barbican_like.http.schema import Fields

_LONGEST_TRANSPORT_KEY: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKeyBody:
    """A POST of a transport key, checked."""

    plugin_name: str
    transport_key: str


def transport_key(body: object) -> TransportKeyBody:
    """The schema of POST /v1/transport_keys."""
    fields = Fields(body, "Transport Key")
    return TransportKeyBody(
        plugin_name=fields.required_text("plugin_name"),
        transport_key=fields.required_text("transport_key", longest=_LONGEST_TRANSPORT_KEY),
    )
