"""Events over HTTP: asked for, listed, commented, tried again; requests, and decisions about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barbican_like.activity.event import Event
from barbican_like.activity.events import deciding
from barbican_like.activity.events.asking import asked_for
from barbican_like.activity.events.deciding import author_of, executable, sight_of
from barbican_like.activity.events.showing import shown
from barbican_like.activity.http import callers, event_answers, lists
from barbican_like.activity.http.callers import ADMIN_RULE
from barbican_like.activity.http.event_answers import ACCEPTED, accepted
from barbican_like.activity.http.event_bodies import (
    DECISION,
    DOCUMENT_EXAMPLE,
    MESSAGE,
    NEW_EVENT,
    AskedEvent,
    Decision,
)
from barbican_like.activity.http.keys import PARAMETER, key_of
from barbican_like.activity.http.services import Services
from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.activity.repository.events import EventFilter, EventRepo
from barbican_like.activity.states import EventStatus
from barbican_like.common import ids
from barbican_like.common.errors import Forbidden, NotFound, SchemaMismatch, UnusableField
from barbican_like.http.controller import ASKS_ITSELF, Controller, Operation, Reply
from barbican_like.http.openapi.described import json_answer
from barbican_like.http.request import Request
from barbican_like.http.schema import Listing, Member, Object, OneOf

_NO_EVENT: Final = "Not Found. Event not found."


def _wanted(
    *,
    action: Sequence[str] = (),
    status: Sequence[str] = (),
    object: Sequence[str] = (),  # noqa: A002  JSON's name
) -> EventFilter:
    """An empty list is no condition."""
    return EventFilter(action=action or None, status=status or None, object_type=object or None)


FILTER: Final = Object(
    title="Filter",
    name="EventFilter",
    about="Only events that have one of the values of each member; an empty list is no condition.",
    members=(
        Member("action", Listing(OneOf(tuple(Action)))),
        Member("status", Listing(OneOf(tuple(EventStatus)))),
        Member("object", Listing(OneOf(tuple(ThingType), "Types of objects."))),
    ),
    make=_wanted,
    closed=True,
)
_FILTER: Final = lists.filter_parameter(FILTER, {"action": ["CREATE"], "status": ["PENDING"]})


class EventsController(Controller[Services]):
    """``/api/v1/activity``."""

    default_operation = "Event(s) retrieval"

    @Operation(
        "Event(s) retrieval",
        rule=ASKS_ITSELF,  # each caller sees his own
        rules=(ADMIN_RULE,),
        id="list_events",
        parameters=(lists.LIMIT, lists.NUMBER_MARKER, _FILTER),
        answers={200: json_answer("The newest first, of those that the caller sees.", event_answers.EVENTS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the events that the caller sees."""
        lists.require_known(req.query)
        wanted = lists.filter_of(req.query, FILTER, EventFilter)
        limit, events = found_page(req, self.services, wanted)
        return event_answers.page(events, limit, [shown(event) for event in events])

    @Operation(
        "Event creation",
        rule=ASKS_ITSELF,  # whoever may not do it himself asks for it
        rules=(ADMIN_RULE,),
        body=NEW_EVENT,
        id="create_event",
        parameters=(PARAMETER,),
        examples={"of_the_document": DOCUMENT_EXAMPLE},
        answers={202: ACCEPTED},
        errors=(403, 404, 409),
    )
    def on_post(self, req: Request, body: AskedEvent) -> Reply:
        """Ask for a change."""
        events, registry = self.services.events, self.services.events.registry(req.view)
        caller, key = callers.registry_caller(req.view, self.frame.policy, req.caller), key_of(req)
        callers.require_writer(caller)
        project = req.caller.project_id
        known = events.known(req.uow, caller, project, key)
        if known is not None:
            return accepted(req, known)
        if body.user not in {None, caller.name}:
            raise Forbidden("Nobody asks in another's name: 'event.user' is not the caller")
        try:
            new = asked_for(registry, caller, body.asked)
        except SchemaMismatch as error:
            raise UnusableField(f"event.{error.path}", error.message) from None
        return accepted(req, events.accept(req.uow, author_of(caller, project), [new], key))


class OfEvent(Controller[Services]):
    """A route below ``/activity/{event_id}``."""

    default_operation = "Event retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """An event that the caller sees, and the caller; another is not found."""
        registry = self.services.events.registry(req.view)
        caller = callers.registry_caller(req.view, self.frame.policy, req.caller)
        event = req.view.of(EventRepo).find(path[0]) if ids.is_canonical(path[0]) else None
        if event is None or not sight_of(registry, caller).sees(event):
            raise NotFound(_NO_EVENT)
        return event, caller


class EventController(OfEvent):
    """``/api/v1/activity/{event_id}``: nobody changes an event but by what he says about it."""

    @Operation(
        "Event retrieval",
        rule=ASKS_ITSELF,
        rules=(ADMIN_RULE,),
        id="get_event",
        answers={200: json_answer("The event.", event_answers.ONE_EVENT)},
    )
    def on_get(self, req: Request, event: Event, caller: Caller) -> dict[str, Any]:
        """The event."""
        return event_answers.one(event)


class EventMessagesController(OfEvent):
    """``/api/v1/activity/{event_id}/messages``."""

    @Operation(
        "Event comment",
        rule=ASKS_ITSELF,
        rules=(ADMIN_RULE,),
        body=MESSAGE,
        id="comment_event",
        examples={"usual": {"message": "It is for the trial of next week."}},
        answers={200: json_answer("The event; its status stays.", event_answers.ONE_EVENT)},
        errors=(409,),
    )
    def on_post(self, req: Request, event: Event, caller: Caller, message: str) -> dict[str, Any]:
        """Say something about an event."""
        callers.require_writer(caller)
        return event_answers.one(self.services.events.comment(req.uow, caller, event.id, message))


class EventRetryController(OfEvent):
    """``/api/v1/activity/{event_id}/retry``."""

    @Operation(
        "Event retry",
        rule=ADMIN_RULE,
        id="retry_event",
        answers={202: ACCEPTED},
        errors=(409,),
    )
    def on_post(self, req: Request, event: Event, caller: Caller) -> Reply:
        """Have an event tried again that has ended in ERROR or WARNING."""
        return accepted(req, [self.services.events.retry(req.uow, event.id).id])


class RequestsController(Controller[Services]):
    """``/api/v1/requests``."""

    default_operation = "Request(s) retrieval"

    @Operation(
        "Request(s) retrieval",
        rule=ASKS_ITSELF,
        rules=(ADMIN_RULE,),
        id="list_requests",
        parameters=(lists.LIMIT, lists.NUMBER_MARKER),
        answers={200: json_answer("Events that wait for a decision.", event_answers.REQUESTS)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """One page of the requests that the caller sees."""
        lists.require_known(req.query, ("limit", "marker"))
        limit, events = found_page(req, self.services, EventFilter(status=[EventStatus.PENDING]))
        caller = callers.registry_caller(req.view, self.frame.policy, req.caller)
        may = executable(self.services.events.registry(req.view), caller, events)
        items = [shown(event) | {"executable": may[event.id]} for event in events]
        return event_answers.page(events, limit, items)


class RequestController(OfEvent):
    """``/api/v1/requests/{event_id}``."""

    default_operation = "Request retrieval"

    @Operation(
        "Request retrieval",
        rule=ASKS_ITSELF,
        rules=(ADMIN_RULE,),
        id="get_request",
        answers={200: json_answer("The request.", event_answers.ONE_REQUEST)},
    )
    def on_get(self, req: Request, event: Event, caller: Caller) -> dict[str, Any]:
        """An event that waits for a decision."""
        if event.status is not EventStatus.PENDING:
            raise NotFound("Not Found. The event waits for no decision.")
        may = executable(self.services.events.registry(req.view), caller, [event])
        return {"result": [shown(event) | {"executable": may[event.id]}]}

    @Operation(
        "Request decision",
        rule=ASKS_ITSELF,  # asks what is stored
        rules=(ADMIN_RULE,),
        body=DECISION,
        id="decide_request",
        examples={"yes": {"action": "approve"}, "no": {"action": "deny", "message": "Ask for less."}},
        answers={200: json_answer("The event.", event_answers.ONE_EVENT)},
        errors=(409,),
    )
    def on_put(self, req: Request, event: Event, caller: Caller, decision: Decision) -> dict[str, Any]:
        """Approve or deny it."""
        decided = self.services.events.decide(
            req.uow, caller, event.id, approve=decision.approve, text=decision.message
        )
        return event_answers.one(decided)


def found_page(req: Request, services: Services, wanted: EventFilter) -> tuple[int, Sequence[Event]]:
    """The limit, and the events of a page that the caller sees, one more than that where there are more."""
    registry = services.events.registry(req.view)
    caller = callers.registry_caller(req.view, req.frame.policy, req.caller)
    sight = deciding.sight_of(registry, caller)
    limit = lists.limit_of(req.query)
    asked = wanted.page(before=lists.number_marker(req.query), limit=limit + 1)
    return limit, req.view.of(EventRepo).list(asked, sight)
