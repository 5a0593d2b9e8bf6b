"""What events say of things, checked against the table: JSON becomes clean values, or an error.

Every error is a :class:`SchemaMismatch` whose ``path`` begins at the data, such as ``keys.2``; who holds the
data puts the rest before it by ``inside``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from barbican_like.activity.registry import schedule, urns
from barbican_like.activity.registry.things import (
    COMMON,
    THINGS,
    LinkType,
    Property,
    Thing,
    ThingKind,
    ThingType,
)
from barbican_like.activity.registry.urns import BadUrn
from barbican_like.activity.registry.values import Unusable
from barbican_like.common import ids
from barbican_like.common.errors import SchemaMismatch

_LISTS_LATER: Final = "is a list: ADD and REMOVE change it"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThing:
    """A thing to be made."""

    type: ThingType
    id: str  # its URN; a lease's uuid
    values: Mapping[str, Any]  # its properties that are no lists; only those that it has
    lists: Mapping[str, tuple[str, ...]]  # every list of its kind

    @property
    def data(self) -> dict[str, Any]:
        """The data of its CREATE event, as JSON has them."""
        return {**self.values, **{name: list(found) for name, found in self.lists.items() if found}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a PUT wants of a thing."""

    values: Mapping[str, Any]  # by property; None takes it away
    lists: Mapping[str, tuple[str, ...]]  # by property, whole: only those that were given


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What an ADD or a REMOVE is about."""

    of: Property  # the list
    values: tuple[str, ...]

    @property
    def data(self) -> dict[str, Any]:
        """As the event stores it."""
        assert self.of.link is not None  # noqa: S101  made by link_change alone
        return {"type": self.of.link.value, "values": list(self.values)}


def creation(kind: ThingKind, data: object, caller: Thing | None = None) -> NewThing:
    """The data of a CREATE or the body of a POST, with all defaults.

    :param caller: the registry user who makes it: a project's authority and PI, where nothing else is said.
    :raises SchemaMismatch: naming the field.
    """
    given = {name: value for name, value in _object(kind, data).items() if value is not None}
    if kind.type is ThingType.PROJECT and caller is not None:
        given = {"authority": caller.values["authority"], "pi_users": [caller.id]} | given
    cleaned = {name: _clean(kind, _property(kind, name), value) for name, value in given.items()}
    _default_shortname(kind, cleaned)
    for one in kind.properties:
        if cleaned.get(one.name) in (None, ()) and (one.required or not one.nullable):
            raise fault(kind, one.name, f"'{one.name}' is a required property")
    if kind.type is ThingType.LEASE:
        _check_times(kind, cleaned)
    return stored(kind.type, _id_of(kind, cleaned), cleaned)


def stored(thing_type: ThingType, thing_id: str, data: Mapping[str, Any]) -> NewThing:
    """A thing to be made, of data that were checked when its event was accepted."""
    kind = THINGS[thing_type]
    lists = {one.name: tuple(data.get(one.name, ())) for one in kind.lists}
    values = {name: value for name, value in data.items() if name not in lists}
    return NewThing(type=thing_type, id=thing_id, values=values, lists=lists)


def edit(kind: ThingKind, data: object, thing: Thing) -> Edit:
    """The body of a PUT: any of the properties, with lists as they are to be.

    :param thing: as it is now; what is fixed may be said again.
    :raises SchemaMismatch: naming the field.
    """
    values: dict[str, Any] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name, value in _object(kind, data).items():
        found = _property(kind, name)
        if found.is_list and not found.fixed:
            lists[name] = () if value is None else _clean(kind, found, value)
            continue
        cleaned = _changed(kind, found, value)
        if not found.fixed:
            values[name] = cleaned
        elif cleaned != (thing.lists[name] if found.is_list else thing.values.get(name)):
            raise fault(kind, name, f"{name} is fixed when it is made")
    return Edit(values=values, lists=lists)


def update(kind: ThingKind, data: object) -> dict[str, Any]:
    """The data of an UPDATE: properties that are no lists; None takes one away.

    :raises SchemaMismatch: naming the field.
    """
    values = {}
    for name, value in _object(kind, data).items():
        found = _property(kind, name)
        if found.fixed:
            raise fault(kind, name, f"{name} is fixed when it is made")
        if found.is_list:
            raise fault(kind, name, f"{name} {_LISTS_LATER}")
        values[name] = _changed(kind, found, value)
    if not values:
        raise fault(kind, "", "the data hold no property")
    return values


def link_change(kind: ThingKind, data: object) -> LinkChange:
    """The data of an ADD or a REMOVE: ``{type, values}`` or ``{type, value}``; the type in any case.

    :raises SchemaMismatch: naming the field.
    """
    given = _dictionary(kind, data)
    for name in given:
        if name not in {"type", "value", "values"}:
            raise fault(kind, name, "only ['type', 'value', 'values'] are allowed here")
    found = _list_named(kind, given.get("type"))
    if ("value" in given) == ("values" in given):
        raise fault(kind, "values", "either 'values' or 'value' is needed")
    if "value" in given:
        return LinkChange(found, _clean(kind, found, [given["value"]], ("value",)))
    values = _clean(kind, found, given["values"], ("values",))
    if not values:
        raise fault(kind, "values", "values has no element")
    return LinkChange(found, values)


def fault(kind: ThingKind, name: str, reason: str) -> SchemaMismatch:
    """An error about a member of the data."""
    error = SchemaMismatch(kind.type.capitalize(), reason, name)
    return error.inside(name) if name else error


def _dictionary(kind: ThingKind, data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise fault(kind, "", "the data are not of type 'object'")
    return data


def _object(kind: ThingKind, data: object) -> dict[str, Any]:
    """Data of which every member is a property that may be written."""
    given = _dictionary(kind, data)
    for name in sorted(given):
        if kind.find(name) is None:
            is_derived = name in COMMON or name in kind.derived
            reason = "is derived, and nobody writes it" if is_derived else f"is no property of a {kind.type}"
            raise fault(kind, name[:255], f"{name[:64]} {reason}")
    return given


def _property(kind: ThingKind, name: str) -> Property:
    found = kind.find(name)
    assert found is not None  # noqa: S101  _object has looked
    return found


def _clean(kind: ThingKind, found: Property, value: object, path: tuple[str, ...] = ()) -> Any:
    """A property's value as it is stored.

    :param path: where it stands, if not under its own name.
    """
    try:
        return found.kind.clean(value)
    except Unusable as error:
        name = path[0] if path else found.name
        problem = SchemaMismatch(kind.type.capitalize(), f"{name} {error.reason}", name)
        if error.at is not None and name != "value":
            problem.inside(str(error.at))
        raise problem.inside(name) from None


def _changed(kind: ThingKind, found: Property, value: object) -> Any:
    if value is None:
        if found.required or not found.nullable:
            raise fault(kind, found.name, f"{found.name} may not be null")
        return None
    return _clean(kind, found, value)


def _list_named(kind: ThingKind, word: object) -> Property:
    links = [one.link for one in kind.properties if one.link is not None]
    if isinstance(word, str) and word.upper() in set(LinkType):
        found = kind.by_link(LinkType(word.upper()))
        if found is not None:
            return found
    raise fault(kind, "type", f"type is not one of {[link.value for link in links]}")


def _default_shortname(kind: ThingKind, cleaned: dict[str, Any]) -> None:
    if "shortname" in cleaned or kind.find("shortname") is None:
        return
    source = cleaned.get("email", "").partition("@")[0] or cleaned.get("name", "")
    if kind.type in {ThingType.USER, ThingType.PROJECT, ThingType.RESOURCE} and source:
        shortname = urns.shortname_of(source)
        if not shortname:
            raise fault(kind, "shortname", "shortname is needed, since none can be made of the rest")
        cleaned["shortname"] = shortname


def _id_of(kind: ThingKind, cleaned: Mapping[str, Any]) -> str:
    if kind.urn is None:
        return ids.new_id()
    parent = cleaned.get(kind.parent)
    try:
        if parent is None:
            return str(urns.root(cleaned["shortname"]))
        return str(urns.below(urns.parse(parent), kind.urn, cleaned["shortname"]))
    except BadUrn as error:
        raise fault(kind, "shortname", f"shortname {error}") from None


def _check_times(kind: ThingKind, cleaned: Mapping[str, Any]) -> None:
    try:
        schedule.check(cleaned)
    except schedule.BadTimes as error:
        raise fault(kind, error.field, f"{error.field} {error}") from None
