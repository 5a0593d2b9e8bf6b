"""A row of the feed as clients get it: a CloudEvents 1.0 envelope (https://cloudevents.io, JSON format)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from barbican_like.activity.models import Change
from barbican_like.common.notices import PRESENT


class Envelopes:
    """Makes them.

    :param deployment_id: of the database, which is their source.
    :param types: of objects, by the names of their kinds.
    """

    def __init__(self, deployment_id: str, types: Mapping[str, str]) -> None:
        self._source = f"/barbican/{deployment_id}"
        self._types = types

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
        return orjson.dumps(self._data(change, change.op, change.seq))

    def initial_data_of(self, state: Change) -> bytes:
        """The data of an object alone, as JSON."""
        return orjson.dumps(self._data(state, PRESENT, None))

    def of_object(self, state: Change) -> orjson.Fragment:
        """An object as it was when the row ``state.seq`` was the last."""
        numbers = {"id": f"{state.seq}-{state.name}-{state.object_id}"}
        return orjson.Fragment(self._enveloped(state, PRESENT, None, numbers))

    def _enveloped(self, change: Change, op: str, seq: int | None, numbers: dict[str, str]) -> bytes:
        object_type = self._types.get(change.name, change.name)
        envelope: dict[str, Any] = {
            "specversion": "1.0",
            **numbers,
            "source": self._source,
            "type": f"barbican.{object_type.lower()}.{op}",
            "subject": f"{object_type}/{change.object_id}",
            "time": f"{change.at.isoformat(timespec='microseconds')}Z",
            "datacontenttype": "application/json",
            "data": self._data(change, op, seq),
        }
        return orjson.dumps(envelope)

    def _data(self, change: Change, op: str, seq: int | None) -> dict[str, Any]:
        return {
            "seq": seq,
            "name": change.name,
            "object": {"type": self._types.get(change.name, change.name), "id": change.object_id},
            "op": op,
            "what": change.what,
            "old_status": change.old_status,
            "new_status": change.new_status,
            "actor": change.actor,
            "project_id": change.project_id,
            "event_id": change.event_id,
            "snapshot": orjson.Fragment(change.snapshot),
        }
