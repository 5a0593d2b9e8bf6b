"""From what somebody asks for to events that can be accepted, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from barbican_like.activity.event import NewEvent
from barbican_like.activity.registry import data as checked
from barbican_like.activity.registry import privilege, urns
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.standing import standing_of
from barbican_like.activity.registry.things import THINGS, Action, Thing, ThingKind, ThingType
from barbican_like.activity.registry.urns import BadUrn
from barbican_like.common import ids
from barbican_like.common.errors import Forbidden, NotFound, SchemaMismatch

REQUEST: Final = "REQ"
"""A CREATE that somebody has to decide, even where the caller might do it."""

_WORDS: Final = {"REQ": Action.CREATE, "MOD": Action.UPDATE}
_REMOVAL: Final = "DEL"

WORDS: Final = (*Action, *_WORDS, _REMOVAL)
"""The words for actions: ours, and the first document's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a body asks for."""

    word: str  # one of WORDS
    type: ThingType
    id: str | None = None
    data: Any = None
    notify: bool = False

    @property
    def action(self) -> Action:
        """What it means: DEL is about a value where the data have a type, else about the object."""
        if self.word == _REMOVAL:
            has_type = isinstance(self.data, Mapping) and "type" in self.data
            return Action.REMOVE if has_type else Action.DELETE
        return _WORDS.get(self.word) or Action(self.word)


def asked_for(registry: Registry, caller: Caller, asked: Asked) -> NewEvent:
    """The event that is asked for, with its data as they are stored.

    :raises SchemaMismatch: its path begins at the event.
    :raises NotFound: when there is no such object.
    :raises Forbidden: when only admins set one of the properties.
    """
    if asked.action is not Action.CREATE:
        thing = found(registry, asked.type, _id(asked))
        return change_of(registry, caller, asked.action, thing, _data(asked, thing), notify=asked.notify)
    if asked.id is not None:
        raise _fault("id", "object.id is drawn by the server").inside("object")
    try:
        new = creation_of(registry, caller, THINGS[asked.type], asked.data, notify=asked.notify)
    except SchemaMismatch as error:
        raise error.inside("data") from None
    return replace(new, is_request=asked.word == REQUEST)


def creation_of(
    registry: Registry, caller: Caller, kind: ThingKind, data: object, *, notify: bool = False
) -> NewEvent:
    """The event that makes a thing.

    :raises SchemaMismatch: its path begins at the data.
    :raises Forbidden: as above.
    """
    new = checked.creation(kind, data, caller.user)
    _require_settable(caller, kind.type, new.values)
    parent = new.values.get(kind.parent)
    return NewEvent(
        action=Action.CREATE,
        object_type=kind.type,
        object_id=new.id,
        above=_above_new(registry, kind, parent),
        data=new.data,
        notify=notify,
    )


def change_of(
    registry: Registry,
    caller: Caller,
    action: Action,
    thing: Thing,
    data: Mapping[str, Any] | None,
    *,
    notify: bool = False,
) -> NewEvent:
    """The event that changes a thing in a way that was checked.

    :raises Forbidden: as above.
    """
    if action is Action.UPDATE:
        _require_settable(caller, thing.type, data or {})
    return NewEvent(
        action=action,
        object_type=thing.type,
        object_id=thing.id,
        above=tuple(one.id for one in standing_of(registry, thing).above),
        data=data,
        notify=notify,
    )


def edits_of(registry: Registry, caller: Caller, thing: Thing, body: object) -> Sequence[NewEvent]:
    """The events that bring a thing to what a PUT wants: one for the properties, one for what each list gets
    and one for what it loses; none where nothing differs.

    :raises SchemaMismatch: its path begins at the body.
    :raises Forbidden: as above.
    """
    edit = checked.edit(THINGS[thing.type], body, thing)
    hidden = _hidden(registry, caller, thing, edit.values)
    values = {
        name: value
        for name, value in edit.values.items()
        if name in hidden or value != thing.values.get(name)
    }
    wanted: list[tuple[Action, Mapping[str, Any]]] = [(Action.UPDATE, values)] if values else []
    for name, after in edit.lists.items():
        link = THINGS[thing.type].find(name)
        before = thing.lists[name]
        added = Action.ADD, [one for one in after if one not in before]
        removed = Action.REMOVE, [one for one in before if one not in after]
        is_full = link is not None and not link.holds(len(before) + len(added[1]))
        # First what is added, so that who replaces himself still may; but a full list has no room for it.
        for action, some in (removed, added) if is_full else (added, removed):
            if some and link is not None and link.link is not None:
                wanted.append((action, {"type": link.link.value, "values": some}))
    return [change_of(registry, caller, action, thing, data) for action, data in wanted]


def _hidden(registry: Registry, caller: Caller, thing: Thing, values: Collection[str]) -> frozenset[str]:
    """Of some properties those that a caller is not shown: whether he has guessed one makes no difference."""
    private = frozenset(
        one.name for one in THINGS[thing.type].properties if one.private and one.name in values
    )
    if not private or privilege.may_see_private(caller, thing.id, standing_of(registry, thing)):
        return frozenset()
    return private


def found(registry: Registry, thing_type: ThingType, thing_id: str) -> Thing:
    """A thing by its type and its id.

    :raises NotFound: when there is none.
    """
    thing = registry.find(thing_id)
    if thing is None or thing.type is not thing_type:
        raise NotFound(f"Not Found. There is no {thing_type} {thing_id[: urns.LONGEST]}")
    return thing


def _id(asked: Asked) -> str:
    """The object's id, as it can be one of that type.

    :raises SchemaMismatch: naming it.
    """
    urn_kind = THINGS[asked.type].urn
    if asked.id is None:
        raise _fault("id", f"object.id is needed for {asked.word}").inside("object")
    if urn_kind is None:
        if not ids.is_canonical(asked.id):
            raise _fault("id", "object.id is no lease's: a UUID of version 4").inside("object")
        return asked.id
    try:
        urn = urns.parse(asked.id)
    except BadUrn as error:
        raise _fault("id", f"object.id {error}").inside("object") from None
    if urn.kind is not urn_kind:
        raise _fault("id", f"object.id is not the name of a {urn_kind.value}").inside("object")
    return asked.id


def _data(asked: Asked, thing: Thing) -> Mapping[str, Any] | None:
    """What is stored of the data.

    :raises SchemaMismatch: its path begins at the event.
    """
    kind = THINGS[thing.type]
    try:
        if asked.action is Action.UPDATE:
            return checked.update(kind, asked.data)
        if asked.action is Action.DELETE:
            if asked.data not in (None, {}):
                raise checked.fault(kind, "", "a DELETE has no data")
            return None
        return checked.link_change(kind, asked.data).data
    except SchemaMismatch as error:
        raise error.inside("data") from None


def _require_settable(caller: Caller, thing_type: ThingType, data: Mapping[str, Any]) -> None:
    name = privilege.for_admins(thing_type, data)
    if name is not None and not caller.is_admin:
        raise Forbidden(f"Only admins set '{name}'")


def _above_new(registry: Registry, kind: ThingKind, parent: str | None) -> tuple[str, ...]:
    """What is above a thing that is to be made."""
    if parent is None:
        return ()
    holder = registry.find(parent)
    if kind.type is ThingType.LEASE:
        return () if holder is None else tuple(one.id for one in standing_of(registry, holder).above)
    return tuple(one.id for one in registry.lineages([parent]).get(parent, ()))


def _fault(name: str, reason: str) -> SchemaMismatch:
    return SchemaMismatch("Event", reason, name).inside(name)
