"""A row of the feed as clients get it: a CloudEvents 1.0 envelope (https://cloudevents.io, JSON format)."""

from __future__ import annotations

from typing import Any, Final

import orjson

from barbican_like.activity.models import OBJECT_TYPES, Change

INITIAL: Final = "initial"
"""The op of an object that was there before the changes that follow."""


class Envelopes:
    """Makes them.

    :param deployment_id: of the database, which is their source.
    """

    def __init__(self, deployment_id: str) -> None:
        self._source = f"/barbican/{deployment_id}"

    def of_change(self, change: Change) -> orjson.Fragment:
        """A change, ready to be put into an answer."""
        return orjson.Fragment(self.encoded(change))

    def encoded(self, change: Change) -> bytes:
        """A change as JSON."""
        # A CloudEvents integer has 32 bits, so the number is a text here and itself in the data.
        numbers = {"id": str(change.seq), "sequence": f"{change.seq:020}"}
        return self._enveloped(change, change.op, change.seq, numbers)

    def data_of(self, change: Change) -> bytes:
        """The data of a change alone, as JSON."""
        return orjson.dumps(_data(change, change.op, change.seq))

    def initial_data_of(self, state: Change) -> bytes:
        """The data of an object alone, as JSON."""
        return orjson.dumps(_data(state, INITIAL, None))

    def of_object(self, state: Change) -> orjson.Fragment:
        """An object as it was when the row ``state.seq`` was the last."""
        numbers = {"id": f"{state.seq}-{state.object_id}"}
        return orjson.Fragment(self._enveloped(state, INITIAL, None, numbers))

    def _enveloped(self, change: Change, op: str, seq: int | None, numbers: dict[str, str]) -> bytes:
        object_type = OBJECT_TYPES[change.name]
        envelope: dict[str, Any] = {
            "specversion": "1.0",
            **numbers,
            "source": self._source,
            "type": f"barbican.{object_type.lower()}.{op}",
            "subject": f"{object_type}/{change.object_id}",
            "time": f"{change.at.isoformat(timespec='microseconds')}Z",
            "datacontenttype": "application/json",
            "data": _data(change, op, seq),
        }
        return orjson.dumps(envelope)


def _data(change: Change, op: str, seq: int | None) -> dict[str, Any]:
    return {
        "seq": seq,
        "name": change.name,
        "object": {"type": OBJECT_TYPES[change.name], "id": change.object_id},
        "op": op,
        "what": change.what,
        "old_status": change.old_status,
        "new_status": change.new_status,
        "actor": change.actor,
        "project_id": change.project_id,
        "event_id": change.event_id,
        "snapshot": orjson.Fragment(change.snapshot),
    }
