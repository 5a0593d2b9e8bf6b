"""Changes of things asked for at their own paths: each becomes events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from barbican_like.activity import registration
from barbican_like.activity.event import NewEvent
from barbican_like.activity.events.asking import change_of, creation_of, edits_of
from barbican_like.activity.events.deciding import author_of
from barbican_like.activity.http.callers import ADMIN_RULE, require_writer
from barbican_like.activity.http.event_answers import ACCEPTED, accepted
from barbican_like.activity.http.keys import PARAMETER, key_of
from barbican_like.activity.http.services import Services
from barbican_like.activity.http.thing_bodies import edit_schema, new_schemas
from barbican_like.activity.http.things import REGISTRY, Look, OfRegistry, OfThing
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.things import THINGS, Action, Thing, ThingKind, ThingType
from barbican_like.common.errors import NotAuthenticated, SchemaMismatch, UnusableField
from barbican_like.http.controller import ASKS_ITSELF, Controller, Operation, Reply
from barbican_like.http.request import Request
from barbican_like.http.router import ID, Table
from barbican_like.http.schema import Custom, Located, Schema, Where, named

Make = Callable[[Registry, Caller], Sequence[NewEvent]]
"""Makes the events that a request asks for."""


def _any_object(value: object, where: Where) -> dict[str, Any]:
    """A JSON object; what is in it is checked by the table of things, beside what is stored."""
    if not isinstance(value, dict):
        raise where.fault(f"{where.label} is not of type 'object'")
    return value


def _body(name: str, cases: Sequence[Schema]) -> Located[dict[str, Any]]:
    schema = {"anyOf": list(cases)} if len(cases) > 1 else cases[0]
    return Located(Custom(_any_object, named(name, schema)))


def posting(base: type[OfRegistry], kind: ThingKind) -> type[OfRegistry]:
    """A collection's controller that also makes things.

    :param base: the one that lists them.
    """
    label = kind.type.capitalize()

    class PostingController(base):  # type: ignore[misc, valid-type]  # given to a function
        @Operation(
            f"{label} creation",
            rule=ASKS_ITSELF,  # whoever may not do it himself asks for it
            rules=(ADMIN_RULE,),
            body=_body(f"New{label}", new_schemas(kind)),
            id=f"create_registry_{kind.type.lower()}",
            parameters=(PARAMETER,),
            examples={"usual": EXAMPLES[kind.type]},
            answers={202: ACCEPTED},
            errors=(409,),
        )
        def on_post(self, req: Request, body: dict[str, Any]) -> Reply:
            """Ask for a thing to be made."""
            if kind.type in registration.KINDS and _is_nobody(req):
                return _registered(self, req, kind, body)

            def make(registry: Registry, caller: Caller) -> Sequence[NewEvent]:
                return [creation_of(registry, caller, kind, body)]

            return _asked(self, req, self.look(req), None, make)

    return PostingController


def putting(base: type[OfThing], kind: ThingKind) -> type[OfThing]:
    """A thing's controller that also changes and removes it.

    :param base: the one that shows it.
    """
    label, word = kind.type.capitalize(), kind.type.lower()

    class PuttingController(base):  # type: ignore[misc, valid-type]  # given to a function
        @Operation(
            f"{label} update",
            rule=ASKS_ITSELF,
            rules=(ADMIN_RULE,),
            body=_body(f"{label}Edit", [edit_schema(kind)]),
            id=f"update_registry_{word}",
            parameters=(PARAMETER,),
            examples={"usual": EDITS[kind.type]},
            answers={202: ACCEPTED},
            errors=(409,),
        )
        def on_put(self, req: Request, look: Look, thing: Thing, body: dict[str, Any]) -> Reply:
            """Ask for a thing to be as the body says; lists in it are whole."""

            def make(registry: Registry, caller: Caller) -> Sequence[NewEvent]:
                return edits_of(registry, caller, thing, body)

            return _asked(self, req, look, thing, make)

        @Operation(
            f"{label} deletion",
            rule=ASKS_ITSELF,
            rules=(ADMIN_RULE,),
            id=f"delete_registry_{word}",
            parameters=(PARAMETER,),
            answers={202: ACCEPTED},
            errors=(409,),
        )
        def on_delete(self, req: Request, look: Look, thing: Thing) -> Reply:
            """Ask for a thing to be removed."""

            def make(registry: Registry, caller: Caller) -> Sequence[NewEvent]:
                return [change_of(registry, caller, Action.DELETE, thing, None)]

            return _asked(self, req, look, thing, make)

    return PuttingController


def _asked(
    controller: Controller[Services], req: Request, look: Look, thing: Thing | None, make: Make
) -> Reply:
    """Accept the events that ``make`` makes.

    :param thing: what they are about; None: what is to be made.
    """
    require_writer(look.caller)
    events, project, key = controller.services.events, req.caller.project_id, key_of(req)
    event_ids = events.known(req.uow, look.caller, project, key)
    if event_ids is None:
        new = _made(look, make)
        event_ids = events.accept(req.uow, author_of(look.caller, project), new, key)
    own = "" if thing is None else f"{THINGS[thing.type].collection}/{quote(thing.id, safe='')}"
    return accepted(req, event_ids, own)


def _is_nobody(req: Request) -> bool:
    """Whether a request has come in by the way of those who bring no credentials."""
    return (req.caller.project_id, req.caller.user_id) == ("", None)


def _registered(controller: OfRegistry, req: Request, kind: ThingKind, body: Mapping[str, Any]) -> Reply:
    """Accept what somebody asks for who has no credentials.

    :raises NotAuthenticated: where that is not wanted.
    """
    if not controller.services.registration_open:
        raise NotAuthenticated("Registration is closed: credentials are needed.")
    try:
        new = registration.registration_of(controller.look(req).registry, kind, body)
    except SchemaMismatch as error:
        raise UnusableField(error.path, error.message) from None
    return accepted(req, controller.services.events.accept(req.uow, registration.NOBODY, [new]), "")


def _made(look: Look, make: Make) -> Sequence[NewEvent]:
    try:
        return make(look.registry, look.caller)
    except SchemaMismatch as error:
        raise UnusableField(error.path, error.message) from None


_AUTHORITY: Final = "urn:publicid:IDN+onelab:upmc+authority+sa"
_PROJECT: Final = "urn:publicid:IDN+onelab:upmc:trial+authority+sa"
_NODE: Final = "urn:publicid:IDN+onelab:upmc+node+n1"
EXAMPLES: Final[Mapping[ThingType, dict[str, Any]]] = {
    ThingType.USER: {
        "authority": _AUTHORITY, "first_name": "Zoe", "last_name": "Kim", "email": "zoe@upmc.example",
    },
    ThingType.AUTHORITY: {"name": "Sorbonne", "shortname": "upmc", "authority": None},
    ThingType.PROJECT: {
        "name": "Trial", "description": "A trial of radios.", "authority": _AUTHORITY, "shortname": "trial",
    },
    ThingType.SLICE: {"project": _PROJECT, "shortname": "s1"},
    ThingType.RESOURCE: {"authority": _AUTHORITY, "name": "Node 3", "shortname": "n3", "available": True},
    ThingType.LEASE: {
        "slice_id": "urn:publicid:IDN+onelab:upmc:trial+slice+s1", "resources": [_NODE], "duration": 3600,
    },
}  # fmt: skip
"""A body that makes a thing, by its type."""

EDITS: Final[Mapping[ThingType, dict[str, Any]]] = {
    ThingType.USER: {"bio": "Radios.", "keys": ["ssh-ed25519 AAAA"]},
    ThingType.AUTHORITY: {"name": "Sorbonne"},
    ThingType.PROJECT: {"description": "Another trial.", "users": []},
    ThingType.SLICE: {"label": "first", "resources": [_NODE]},
    ThingType.RESOURCE: {"available": False},
    ThingType.LEASE: {"duration": 7200},
}
"""A body that changes one."""

_MAKERS: Final = (((), posting), ((ID,), putting))
WRITTEN: Final[Table] = {
    (kind.collection, *below): make(REGISTRY[kind.collection, *below], kind)  # type: ignore[arg-type]  # a table
    for kind in THINGS.values()
    for below, make in _MAKERS
}
"""What the registry's paths are served by where things can be changed too."""
