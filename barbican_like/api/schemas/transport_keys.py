"""Transport keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from barbican_like.http.schema import Member, Object, Text

_LONGEST_TRANSPORT_KEY: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKeyBody:
    """A POST of a transport key, checked."""

    plugin_name: str
    transport_key: str


TRANSPORT_KEY: Final = Object(
    title="Transport Key",
    name="NewTransportKey",
    members=(
        Member("plugin_name", Text("The store that the key is for.", shortest=1), required=True),
        Member(
            "transport_key",
            Text("The public key.", shortest=1, longest=_LONGEST_TRANSPORT_KEY),
            required=True,
        ),
    ),
    make=TransportKeyBody,
)
"""POST /v1/transport_keys."""
