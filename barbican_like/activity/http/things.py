"""The registry over HTTP: lists of things, single ones, and what is linked to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple

from barbican_like.activity.http import listing
from barbican_like.activity.http.callers import READ_RULE, registry_caller
from barbican_like.activity.http.services import Services
from barbican_like.activity.http.thing_schemas import list_of, one_of
from barbican_like.activity.registry import showing, urns
from barbican_like.activity.registry.port import Registry, Relation
from barbican_like.activity.registry.privilege import Caller, may_see, may_see_private
from barbican_like.activity.registry.standing import standing_of, standings_of
from barbican_like.activity.registry.things import COLLECTIONS, Thing, ThingKind, ThingType
from barbican_like.activity.registry.values import EMAIL, Unusable
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.common import ids
from barbican_like.common.errors import NotFound
from barbican_like.http.controller import Controller, Operation
from barbican_like.http.openapi.described import json_answer
from barbican_like.http.request import Request
from barbican_like.http.router import ID, Table

_NOBODY: Final = ""  # is in nothing, and a PI of nothing


class Look(NamedTuple):
    """The registry and who looks at it, within one request."""

    registry: Registry
    caller: Caller

    @property
    def seen_by(self) -> str | None:
        """For whom projects and slices are left out that he may not see; None: for nobody."""
        return None if self.caller.is_admin else (self.caller.urn or _NOBODY)

    def shown(self, things: Sequence[Thing]) -> list[dict[str, Any]]:
        """Things of one type as the caller sees them."""
        derived = self.registry.derived(things, self.seen_by)
        return [
            showing.shown(thing, private=private, derived=derived[thing.id])
            for thing, private in zip(things, self._private(things), strict=True)
        ]

    def page(self, thing_type: ThingType, page: listing.Page) -> dict[str, Any]:
        """A page of those that the caller may see."""
        is_open = all(kind.open for kind in COLLECTIONS.values() if kind.type is thing_type)
        wanted = page.wanted if is_open else replace(page.wanted, seen_by=self.seen_by)
        if thing_type is ThingType.USER and wanted.project:
            wanted = replace(wanted, project=self._seen_projects(wanted.project))
        found = self.registry.page(thing_type, wanted, after=page.after, limit=page.limit + 1)
        more, things = len(found) > page.limit, found[: page.limit]
        return {"result": self.shown(things), "next": things[-1].id if more else None}

    def _seen_projects(self, wanted: frozenset[str]) -> frozenset[str]:
        """Those of some projects that the caller may see: of the others nobody tells him who is in them."""
        projects = [one for one in self.registry.several(wanted) if one.type is ThingType.PROJECT]
        standings = standings_of(self.registry, projects) if projects else ()
        return frozenset(
            project.id
            for project, standing in zip(projects, standings, strict=True)
            if may_see(self.caller, standing)
        )

    def _private(self, things: Sequence[Thing]) -> list[bool]:
        """Of which of them the caller sees all."""
        if self.caller.is_admin or self.caller.urn is None or not things:
            return [self.caller.is_admin] * len(things)
        if things[0].type is not ThingType.USER:
            return [False] * len(things)
        standings = standings_of(self.registry, things)
        return [
            may_see_private(self.caller, thing.id, standing)
            for thing, standing in zip(things, standings, strict=True)
        ]


class OfRegistry(Controller[Services]):
    """A route of the registry."""

    kind: ClassVar[ThingKind]

    def look(self, req: Request) -> Look:
        """The registry as this request's caller sees it."""
        caller = registry_caller(req.view, self.frame.policy, req.caller)
        return Look(req.view.of(RegistryRepo), caller)


class OfThing(OfRegistry):
    """A route below one thing."""

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The thing of a name, with the registry as the caller sees it.

        :raises NotFound: where there is none that he may see.
        """
        look, name = self.look(req), path[0]
        thing = look.registry.find(name) if _is_name(self.kind, name) else None
        if thing is None or thing.type is not self.kind.type:
            raise _not_found(self.kind)
        if not self.kind.open and not may_see(look.caller, standing_of(look.registry, thing)):
            raise _not_found(self.kind)
        return (look, thing)


def _is_name(kind: ThingKind, text: str) -> bool:
    """Whether a thing of the type may have this name."""
    if kind.urn is None:
        return ids.is_canonical(text)
    try:
        return urns.parse(text).kind is kind.urn
    except urns.BadUrn:
        return False


def _not_found(kind: ThingKind) -> NotFound:
    return NotFound(f"Not Found. {kind.type.capitalize()} not found.")


def collection(of: ThingKind) -> type[OfRegistry]:
    """The controller of ``/users``, ``/authorities`` and so on."""

    class ThingsController(OfRegistry):
        kind = of
        default_operation = f"{of.type.capitalize()}(s) retrieval"

        @Operation(
            f"{of.type.capitalize()}(s) retrieval",
            rule=READ_RULE,
            id=f"list_registry_{of.collection}",
            parameters=listing.parameters(of.type),
            answers={200: json_answer("Those that the caller may see, by their ids.", list_of(of.type))},
        )
        def on_get(self, req: Request) -> dict[str, Any]:
            """One page of them."""
            page = listing.page(req.query, of.type)
            return self.look(req).page(of.type, page)

    return ThingsController


def single(of: ThingKind) -> type[OfThing]:
    """The controller of ``/users/{urn}`` and so on."""

    class ThingController(OfThing):
        kind = of
        default_operation = f"{of.type.capitalize()} retrieval"

        @Operation(
            f"{of.type.capitalize()} retrieval",
            rule=READ_RULE,
            id=f"get_registry_{of.type.lower()}",
            answers={200: json_answer("The thing, in a list of one.", one_of(of.type))},
        )
        def on_get(self, req: Request, look: Look, thing: Thing) -> dict[str, Any]:
            """The thing."""
            return {"result": look.shown([thing])}

    return ThingController


class _Linked(NamedTuple):
    """What is linked to things of a type."""

    collection: str
    relations: tuple[Relation, ...]


_UNDER: Final = (Relation.UNDER,)
_LISTS: Final = (Relation.LISTS,)
_LISTED: Final = (Relation.LISTED,)
_LINKED: Final = {
    "users": (
        _Linked("authorities", (Relation.ABOVE, Relation.LISTS)),
        _Linked("projects", _LISTS),
        _Linked("slices", _LISTS),
    ),
    "authorities": (_Linked("users", _UNDER), _Linked("projects", _UNDER)),
    "projects": (_Linked("users", _LISTED), _Linked("slices", _UNDER)),
    "slices": (_Linked("users", _LISTED), _Linked("resources", _LISTED), _Linked("leases", _UNDER)),
    "resources": (_Linked("leases", _LISTS),),
}
"""By the collection of the known thing."""


def linked(of: ThingKind, links: _Linked) -> type[OfThing]:
    """The controller of ``/users/{urn}/projects`` and so on."""
    other = COLLECTIONS[links.collection]

    class LinkedController(OfThing):
        kind = of
        default_operation = f"{other.type.capitalize()}(s) retrieval"

        @Operation(
            f"{other.type.capitalize()}(s) retrieval",
            rule=READ_RULE,
            id=f"list_{links.collection}_of_registry_{of.type.lower()}",
            parameters=listing.parameters(other.type),
            answers={200: json_answer("Those that the caller may see, by their ids.", list_of(other.type))},
        )
        def on_get(self, req: Request, look: Look, thing: Thing) -> dict[str, Any]:
            """One page of what is linked to the thing."""
            page = listing.page(req.query, other.type)
            related = tuple((relation, thing.id) for relation in links.relations)
            return look.page(other.type, replace(page, wanted=replace(page.wanted, linked=related)))

    return LinkedController


def _user(of: ThingKind) -> type[OfThing]:
    class UserController(single(of)):  # type: ignore[misc]  # made by a function
        def lookup(self, req: Request, *path: str) -> Sequence[Any]:
            """By his name, or by his address for those to whom that is shown."""
            return self._by_address(req, path[0]) if "@" in path[0] else super().lookup(req, *path)

        def _by_address(self, req: Request, text: str) -> Sequence[Any]:
            look = self.look(req)
            try:
                # A path comes as WSGI has it: its bytes as if they were latin-1.
                users = look.registry.by_email(EMAIL.clean(text.encode("latin-1").decode()))
            except (Unusable, UnicodeError):
                users = ()
            for user in users:
                if may_see_private(look.caller, user.id, standing_of(look.registry, user)):
                    return (look, user)
            raise _not_found(of)

    return UserController


class ProfileController(OfRegistry):
    """``/profile``."""

    default_operation = "Profile retrieval"

    @Operation(
        "Profile retrieval",
        rule=READ_RULE,
        id="get_registry_profile",
        answers={200: json_answer("The caller, in a list of one.", one_of(ThingType.USER))},
        errors=(404,),
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """The caller as a registry user."""
        look = self.look(req)
        if look.caller.user is None:
            raise NotFound("Not Found. No registry user has your id or login.")
        return {"result": look.shown([look.caller.user])}


_Single = Callable[[ThingKind], type[OfThing]]
_SINGLE: Final[dict[ThingType, _Single]] = {ThingType.USER: _user}

REGISTRY: Final[Table] = {
    **{(kind.collection,): collection(kind) for kind in COLLECTIONS.values()},
    **{(kind.collection, ID): _SINGLE.get(kind.type, single)(kind) for kind in COLLECTIONS.values()},
    **{
        (name, ID, one.collection): linked(COLLECTIONS[name], one)
        for name, all_links in _LINKED.items()
        for one in all_links
    },
    ("profile",): ProfileController,
}
"""Below the room's prefix."""

PATH_NAMES: Final = {kind.collection: f"{kind.type.lower()}_urn" for kind in COLLECTIONS.values()}
