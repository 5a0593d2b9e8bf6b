"""The room's answers as JSON Schemas."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.http.bounds import Bounds
from barbican_like.http.openapi.values import COUNT, closed
from barbican_like.http.schema import Integer, Located, Member, Object, Schema, Value, named

_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_ADDRESS: Final[Schema] = {"type": ["string", "null"], "format": "uri"}
ADDRESSES: Final = named("LiveAddresses", closed({"result": closed({"live": _ADDRESS, "changes": _ADDRESS})}))
_DATA: Final = closed(
    {
        "seq": {"type": ["integer", "null"], "description": "Its place in the feed; null in `initial`."},
        "name": {"type": "string", "description": "The kind of object, such as secrets."},
        "object": closed(
            {"type": {"type": "string", "description": "Such as SECRET."}, "id": {"type": "string"}}
        ),
        "op": {"enum": ["created", "updated", "deleted", "initial"]},
        "what": _TEXT_OR_NULL | {"description": "The part that has changed; null: the whole."},
        "old_status": _TEXT_OR_NULL,
        "new_status": _TEXT_OR_NULL,
        "actor": _TEXT_OR_NULL | {"description": "Who did it; null: the program itself."},
        "project_id": _TEXT_OR_NULL,
        "event_id": _TEXT_OR_NULL,
        "snapshot": {
            "type": "object",
            "description": "What a GET of the object shows, with ids in place of references; of a "
            "deleted one as it last was. Where that is over 8 KiB: its id.",
        },
    }
)
_CHANGE: Final = named(
    "Change",
    closed(
        {
            "specversion": {"const": "1.0"},
            "id": {"type": "string"},
            "sequence": {"type": "string", "pattern": r"^\d{20}$"},
            "source": {"type": "string", "format": "uri-reference"},
            "type": {"type": "string", "description": "As barbican.secret.created."},
            "subject": {"type": "string", "description": "The object's type and its id."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": _DATA,
        },
        "sequence",
    )
    | {"description": "A CloudEvents 1.0 envelope."},
)
CHANGES: Final = named(
    "Changes",
    closed(
        {
            "result": {"type": "array", "items": _CHANGE},
            "initial": {
                "type": "array",
                "items": _CHANGE,
                "description": "With `include_initial`: the objects that are there.",
            },
            "last_seq": COUNT
            | {
                "description": "The next `since`. It moves past changes that are not wanted or not the "
                "caller's to see; the end is reached where it stays."
            },
        },
        "initial",
    ),
)


def new_token(bounds: Bounds) -> Value[int]:
    """The body that asks for a token."""
    longest = bounds.longest_token

    def make(ttl: int = longest) -> int:
        return ttl

    return Located(
        Object(
            title="User token",
            name="NewUserToken",
            members=(Member("ttl", Integer(least=1, most=longest, about="Seconds; by default the most.")),),
            make=make,
            closed=True,
        )
    )


TOKEN: Final = named(
    "UserToken",
    closed({"token": {"type": "string"}, "expires_at": {"type": "string", "format": "date-time"}}),
)
