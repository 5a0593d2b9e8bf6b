"""Messages on the bus: two frames, a topic and JSON with header and content. They announce; none commands."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LARGEST: Final = 256 * 1024
"""Bytes that the JSON of one message may have."""
OWN_TOPICS: Final = frozenset({"context", "process", "control", "state", "monitor"})
"""Topics that the context speaks on; services have their own."""
_SEPARATOR: Final = b" @@@ "


class Unsendable(ValueError):
    """Content that cannot be a message: too large, not JSON, or on a topic of the context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who speaks, as headers have it."""

    service_name: str
    service_id: str
    transaction: str
    life: str  # which start of the service: ID.NUMBER


def message(sender: Sender, action: str, seq: int, content: Mapping[str, Any]) -> dict[str, Any]:
    """A message, with the time in seconds since 1970.

    :param seq: counts what this life of the sender has said on the topic, so that a gap shows what was lost.
    """
    header = {
        "action": action,
        "service_name": sender.service_name,
        "service_id": sender.service_id,
        "transaction": sender.transaction,
        "service_transaction": sender.life,
        "time": time.time(),
        "seq": seq,
    }
    return {"header": header, "content": content}


def frames(topic: str, message: Mapping[str, Any]) -> list[bytes]:
    """The two frames of a message.

    :raises Unsendable: when it is no JSON, or larger than LARGEST.
    """
    try:
        data = json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unsendable(f"a message on {topic} is no JSON: {error}") from error
    if len(data) > LARGEST:
        raise Unsendable(f"a message on {topic} has {len(data)} bytes: at most {LARGEST} are sent")
    return [topic.encode(), data]


def topic_of(parts: Sequence[bytes]) -> str | None:
    """The topic of what came over the bus, without a look at the rest; None for what is no message."""
    topic, separator, _ = parts[0].partition(_SEPARATOR)
    if len(parts) > 2 or (len(parts) == 1 and not separator):  # noqa: PLR2004 - topic and JSON
        return None
    try:
        return topic.decode().strip()
    except UnicodeDecodeError:
        return None


def read(parts: Sequence[bytes]) -> tuple[str, Any] | None:
    """Topic and message of what came over the bus, the single frame ``topic @@@ json`` included.

    :return: None for what is no message.
    """
    topic = topic_of(parts)
    if topic is None:
        return None
    try:
        return topic, json.loads(parts[0].partition(_SEPARATOR)[2] if len(parts) == 1 else parts[1])
    except (ValueError, RecursionError):
        return None
