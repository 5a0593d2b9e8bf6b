"""The live feed over HTTP."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.activity.feed import initial, reading, sequencer
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.http import queries
from barbican_like.activity.http.access import Judge
from barbican_like.activity.http.schemas import CHANGES
from barbican_like.activity.http.services import Services
from barbican_like.activity.models import Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common.errors import UnusableParameter
from barbican_like.http.controller import OPEN, Controller, Operation, Reply
from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.request import Request

_CHANGES: Final = "/activity/changes"


class ChangesController(Controller[Services]):
    """``/api/v1/activity/changes``."""

    default_operation = "Change(s) retrieval"
    _envelopes: Envelopes | None = None

    @Operation(
        "Change(s) retrieval",
        rule=OPEN,  # each row is judged by itself
        id="list_changes",
        parameters=queries.PARAMETERS,
        answers={
            200: json_answer("The next changes of objects that the caller may get.", CHANGES),
            307: Answer(description="`eventsource` is the gateway's to answer.", location=True),
        },
        errors=(410,),
    )
    def on_get(self, req: Request) -> dict[str, Any] | Reply:
        """The next changes behind a place, of those objects that the caller may get."""
        wish = queries.parse(req.query)
        if wish.form == queries.EVENTSOURCE:
            return self._elsewhere(req)
        sequencer.number_committed(self.frame.database)
        envelopes = self._envelopes_of(req)
        judge = Judge(self.frame.policy, req.caller)
        if wish.include_initial:
            return self._initial(req, wish, judge, envelopes)

        def keep(change: Change) -> bool:
            return wish.wanted.wants(change) and judge.lets_read(change)

        feed = req.view.of(FeedRepo)
        since = feed.head().last if wish.from_now else wish.since
        found = reading.read(feed, since, wish.limit, keep)
        items = [envelopes.of_change(change) for change in found.changes]
        return {"result": items, "last_seq": found.last_seq}

    def _envelopes_of(self, req: Request) -> Envelopes:
        if self._envelopes is None:  # the id stays, so it does not matter who reads it
            self._envelopes = Envelopes(req.view.projects.deployment_id())
        return self._envelopes

    def _initial(
        self, req: Request, wish: queries.Wish, judge: Judge, envelopes: Envelopes
    ) -> dict[str, Any]:
        def keep(state: Change) -> bool:
            return wish.wanted.wants_object(state) and judge.lets_read(state)

        start = initial.take(self.frame.database, judge.reach(), keep)
        items = [envelopes.of_object(state) for state in start.objects]
        return {"result": [], "initial": items, "last_seq": start.last_seq}

    def _elsewhere(self, req: Request) -> Reply:
        url = self.services.live_url.rstrip("/")
        if not url:
            raise UnusableParameter("feed", "there is no gateway here that serves eventsource")
        query = req.environ.get("QUERY_STRING", "")
        location = f"{url}{self.frame.prefix}{_CHANGES}?{query}"
        return Reply(None, 307, location)
