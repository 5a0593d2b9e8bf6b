"""The bodies of requests about events: an event, a comment, a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from barbican_like.activity.events.asking import WORDS, Asked
from barbican_like.activity.http.thing_bodies import id_schema, link_schemas, new_schemas, update_schema
from barbican_like.activity.registry.things import THINGS, Action, ThingKind, ThingType
from barbican_like.http.openapi.values import closed
from barbican_like.http.schema import (
    NOT_BLANK,
    Anything,
    Boolean,
    Custom,
    Located,
    Member,
    Nullable,
    Object,
    OneOf,
    Schema,
    Shown,
    Text,
    Where,
    named,
)

LONGEST_MESSAGE: Final = 1_000
_ONLY_TOLD: Final = frozenset({"SECRET", "CONTAINER", "ORDER", "JOB", "SITE", "SERVICE", "EVENT"})
_IN_ENGLISH: Final = "The document's words are taken too, in upper or lower case: REQ, MOD, DEL."


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedEvent:
    """A body's event."""

    asked: Asked
    user: str | None  # whom the body names; None: nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is said about a request."""

    approve: bool
    message: str | None


def _word(value: object, where: Where) -> str:
    word = value.upper() if isinstance(value, str) else ""
    if word not in WORDS:
        raise where.fault(f"action is not one of {[str(one) for one in WORDS]}")
    return word


def _type(value: object, where: Where) -> ThingType:
    word = value.upper() if isinstance(value, str) else ""
    if word in _ONLY_TOLD:
        raise where.fault(f"the feed tells of a {word}, but no event changes one")
    if word not in set(ThingType):
        raise where.fault(f"type is not one of {[one.value for one in ThingType]}")
    return ThingType(word)


def _object(*, type: ThingType, id: str | None = None) -> tuple[ThingType, str | None]:
    return type, id


def _event(
    *,
    action: str,
    object: tuple[ThingType, str | None],  # noqa: A002  as above
    user: str | None = None,
    data: Any = None,
    notify: bool = False,
) -> AskedEvent:
    asked = Asked(word=action, type=object[0], id=object[1], data=data, notify=notify)
    return AskedEvent(asked=asked, user=user)


_ANY: Final[Schema] = {}
_PARSED: Final = Object(
    title="Event",
    members=(
        Member("action", Custom(_word, _ANY), required=True),
        Member("user", Nullable(Text(shortest=1))),
        Member(
            "object",
            Object(
                title="Object",
                members=(
                    Member("type", Custom(_type, _ANY), required=True),
                    Member("id", Nullable(Text(shortest=1))),
                ),
                make=_object,
                closed=True,
            ),
            required=True,
        ),
        Member("data", Nullable(Anything())),
        Member("notify", Boolean()),
    ),
    make=_event,
    closed=True,
)


def _case(actions: tuple[str, ...], about: Schema, data: Schema | None) -> Schema:
    """One kind of event in the document."""
    words = [word for action in actions for word in (action, action.lower())]
    members: dict[str, Schema] = {
        "action": {"type": "string", "enum": words, "description": _IN_ENGLISH},
        "object": about,
        "user": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": 255,
            "pattern": NOT_BLANK,
            "description": "The caller himself, if anybody.",
        },
        "notify": {"type": "boolean", "default": False, "description": "Whether people are told by mail."},
    }
    if data is None:
        return closed(members, "user", "notify")
    return closed(members | {"data": data}, "user", "notify")


def _cases(kind: ThingKind) -> list[Schema]:
    new = closed({"type": {"const": kind.type.value}, "id": {"type": "null"}}, "id")
    old = closed({"type": {"const": kind.type.value}, "id": id_schema(kind)})
    cases = [_case((Action.CREATE, "REQ"), new, data) for data in new_schemas(kind)]
    cases.append(_case((Action.UPDATE, "MOD"), old, update_schema(kind)))
    cases.append(_case((Action.DELETE, "DEL"), old, None))
    cases += [_case((Action.ADD, Action.REMOVE, "DEL"), old, data) for data in link_schemas(kind)]
    return cases


_SCHEMA: Final = named("NewEvent", {"anyOf": [case for kind in THINGS.values() for case in _cases(kind)]})


def _only(*, event: AskedEvent) -> AskedEvent:
    return event


NEW_EVENT: Final = Located(
    Object(
        title="Event request",
        name="EventRequest",
        members=(Member("event", Shown(_PARSED, _SCHEMA, whole=True), required=True),),
        make=_only,
        closed=True,
    )
)


def _message(*, message: str) -> str:
    return message


_MESSAGE_TEXT: Final = Text(shortest=1, longest=LONGEST_MESSAGE)
MESSAGE: Final = Located(
    Object(
        title="Message",
        name="NewEventMessage",
        members=(Member("message", _MESSAGE_TEXT, required=True),),
        make=_message,
        closed=True,
    )
)


def _decision(*, action: str, message: str | None = None) -> Decision:
    return Decision(approve=action == "approve", message=message)


DECISION: Final = Located(
    Object(
        title="Decision",
        name="RequestDecision",
        members=(
            Member("action", OneOf(("approve", "deny")), required=True),
            Member("message", Nullable(_MESSAGE_TEXT)),
        ),
        make=_decision,
        closed=True,
    )
)

DOCUMENT_EXAMPLE: Final = {
    "event": {
        "action": "ADD",
        "user": "urn:publicid:IDN+onelab:upmc:apitest+user+zhouquantest",
        "object": {"type": "USER", "id": "urn:publicid:IDN+onelab:upmc:apitest+user+zhouquantest"},
        "data": {"type": "key", "value": "xxxxxxx"},
    }
}
"""As the first document has it."""
