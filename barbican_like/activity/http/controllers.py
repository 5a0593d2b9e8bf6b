"""The live feed over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from barbican_like.activity.feed import sequencer
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.http import answers, queries, tokens
from barbican_like.activity.http.access import Judge
from barbican_like.activity.http.callers import person_of
from barbican_like.activity.http.schemas import ADDRESSES, CHANGES, TOKEN, new_token
from barbican_like.activity.http.services import Services
from barbican_like.common.errors import UnusableParameter
from barbican_like.http import references
from barbican_like.http.controller import OPEN, Controller, Operation, Reply
from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.request import Request

_CHANGES: Final = "/activity/changes"
_LIVE: Final = "/live"


class AddressesController(Controller[Services]):
    """``/api/v1/``."""

    default_operation = "Address retrieval"

    @Operation(
        "Address retrieval",
        rule=OPEN,
        id="get_live_addresses",
        answers={200: json_answer("Where changes are waited for; null where nowhere.", ADDRESSES)},
    )
    def on_get(self, req: Request) -> dict[str, Any]:
        """The gateway's addresses."""
        url, prefix = references.to_this_machine(req, self.services.live_url), self.frame.prefix
        if not url:
            return {"result": {"live": None, "changes": None}}
        socket = "ws" + url.removeprefix("http")
        return {"result": {"live": f"{socket}{prefix}{_LIVE}", "changes": f"{url}{prefix}{_CHANGES}"}}


class ChangesController(Controller[Services]):
    """``/api/v1/activity/changes``."""

    default_operation = "Change(s) retrieval"
    _envelopes: Envelopes | None = None

    @Operation(
        "Change(s) retrieval",
        rule=OPEN,  # each row is judged by itself
        id="list_changes",
        parameters=lambda bounds: bounds.queries.parameters,
        answers={
            200: json_answer("The next changes of objects that the caller may get.", CHANGES),
            307: Answer(description="`eventsource` is the gateway's to answer.", location=True),
        },
        errors=(410,),
    )
    def on_get(self, req: Request) -> dict[str, Any] | Reply:
        """The next changes behind a place, of those objects that the caller may get."""
        wish = self.services.queries.parse(req.query)
        if wish.form == queries.EVENTSOURCE:
            return self._elsewhere(req)
        sequencer.number_committed(self.frame.database)
        envelopes = self._envelopes_of(req)
        judge = Judge(
            self.frame.policy,
            req.caller,
            self.services.catalogue,
            partial(person_of, req.view, self.frame.policy, req.caller),
        )
        if wish.include_initial:
            return answers.objects(self.frame.database, wish, judge, envelopes)
        return answers.next_changes(req.view, wish, judge, envelopes)

    def _envelopes_of(self, req: Request) -> Envelopes:
        if self._envelopes is None:  # the id stays, so it does not matter who reads it
            self._envelopes = Envelopes(req.view.projects.deployment_id(), self.services.catalogue.types)
        return self._envelopes

    def _elsewhere(self, req: Request) -> Reply:
        url = references.to_this_machine(req, self.services.live_url)
        if not url:
            raise UnusableParameter("feed", "there is no gateway here that serves eventsource")
        query = req.environ.get("QUERY_STRING", "")
        location = f"{url}{self.frame.prefix}{_CHANGES}?{query}"
        return Reply(None, 307, location)


class UserTokenController(Controller[Services]):
    """``/api/v1/usertoken``."""

    default_operation = "User token creation"

    @Operation(
        "User token creation",
        rule=OPEN,  # it lets its bearer do what the caller may do anyway
        body=new_token,
        id="create_user_token",
        examples={"usual": {}, "short": {"ttl": 60}},
        answers={200: json_answer("The token, which is shown once.", TOKEN)},
    )
    def on_post(self, req: Request, ttl: int) -> dict[str, Any]:
        """Give the caller a token for connections that bring no credentials."""
        issued = tokens.issue(req.uow, req.caller, ttl)
        expires_at = f"{issued.expires_at.isoformat(timespec='microseconds')}Z"
        return {"token": issued.token, "expires_at": expires_at}
