"""Random sequences of what people, workers and crashes do to events, against a model of the state machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.things import Action
from barbican_like.activity.states import HOLDING, RETRIED, EventStatus
from barbican_like.common.errors import ClientError
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support import databases
from tests.support.event_stage import NAME, Stage, crash
from tests.support.tasks import find_task, make_due

S = EventStatus
OWN = Caller(login="root", user=None, is_admin=True)
OTHER = Caller(login="other", user=None, is_admin=True)
UNKNOWN = "urn:publicid:IDN+a+user+b"

_FEW = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.booleans(), st.sampled_from([True, True, True, False])),
    st.tuples(st.just("work"), _FEW, st.booleans()),
    st.tuples(st.just("work"), _FEW, st.just(False)),
    st.tuples(st.just("decide"), _FEW, st.sampled_from([True, True, False])),
    st.tuples(st.sampled_from(["decide own", "retry", "comment"]), _FEW, st.booleans()),
)


@dataclass
class Modelled:
    """An event as it should be."""

    id: str
    is_request: bool
    can_be_done: bool
    status: EventStatus = S.NEW


class Model:
    """All of one object, beside the real ones."""

    def __init__(self, database: Database) -> None:
        self.stage = Stage(database)
        self.events: list[Modelled] = []
        self.name: object = "x"

    def step(self, what: str, first: int, second: bool) -> None:
        """Do something, and expect what comes of it."""
        if what == "ask":
            self.ask(is_request=bool(first), can_be_done=second)
        elif self.events:
            event = self.events[first % len(self.events)]
            if what == "work":
                self.work(event, crashes=second)
            elif what == "comment":
                self.comment(event)
            elif what == "retry":
                self.retry(event)
            else:
                self.decide(event, OWN if what == "decide own" else OTHER, approve=second)

    def ask(self, *, is_request: bool, can_be_done: bool) -> None:
        """Ask for a change of the name, or for what cannot be."""
        stage, turn = self.stage, len(self.events)
        if can_be_done:
            event_id = stage.accept(Action.UPDATE, is_request=is_request, name=f"{turn}")
        else:
            event_id = stage.accept(Action.ADD, is_request=is_request, type="PI", values=[UNKNOWN])
        self.events.append(Modelled(event_id, is_request, can_be_done))

    def work(self, event: Modelled, *, crashes: bool = False) -> None:
        """Try its task once, where it has one."""
        if find_task(self.stage.database, event.id, NAME) is None:
            return
        make_due(self.stage.database, event.id)
        if crashes:
            self.stage.task.at["after handle_processing"] = crash
        self.stage.try_once(event.id)
        self.stage.task.at.clear()
        if event.status is S.NEW and event.is_request:
            event.status = S.PENDING
        elif event.status in HOLDING:
            self._carry_out(event, crashes=crashes)

    def _carry_out(self, event: Modelled, *, crashes: bool) -> None:
        turn = self.events.index(event)
        older = any(one.status in HOLDING for one in self.events[:turn])
        event.status = S.WAITING
        if older or any(one.status is S.RUNNING for one in self.events[turn + 1 :]):
            return
        if crashes:
            event.status = S.RUNNING
        elif event.can_be_done:
            event.status, self.name = S.SUCCESS, f"{turn}"
        else:
            event.status = S.ERROR

    def decide(self, event: Modelled, caller: Caller, *, approve: bool) -> None:
        """A decision, of somebody else or of who has asked."""
        may = event.status is S.PENDING and caller is OTHER
        with UnitOfWork(self.stage.database) as uow:
            if may:
                self.stage.events.decide(uow, caller, event.id, approve=approve, text=None)
                uow.commit()
                event.status = S.APPROVED if approve else S.DENIED
            else:
                with pytest.raises(ClientError):
                    self.stage.events.decide(uow, caller, event.id, approve=approve, text=None)

    def retry(self, event: Modelled) -> None:
        """An admin wants another try."""
        with UnitOfWork(self.stage.database) as uow:
            if event.status in RETRIED:
                self.stage.events.retry(uow, event.id)
                uow.commit()
                event.status = S.WAITING
            else:
                with pytest.raises(ClientError):
                    self.stage.events.retry(uow, event.id)

    def comment(self, event: Modelled) -> None:
        """Somebody says something."""
        with UnitOfWork(self.stage.database) as uow:
            self.stage.events.comment(uow, OTHER, event.id, "hm")
            uow.commit()

    def compare(self) -> None:
        """The real ones are so, and each that has to go on has a task that it goes on by."""
        for event in self.events:
            found = self.stage.event(event.id)
            assert found.status is event.status
            if event.status in HOLDING:
                assert find_task(self.stage.database, event.id, NAME) is not None
        assert self.stage.name() == self.name
        assert sum(event.status is S.RUNNING for event in self.events) <= 1

    def drain(self) -> None:
        """Let workers work: all that waits for nobody ends."""
        for _ in range(3 * len(self.events)):
            for event in self.events:
                if event.status in HOLDING:
                    self.work(event)
        self.compare()
        assert not any(event.status in HOLDING for event in self.events)


#: A request is approved while a younger event runs whose worker was lost: it waits until that one has ended.
_OVERTAKEN = (
    ("ask", 1, True),
    ("work", 0, False),
    ("ask", 0, True),
    ("work", 1, True),
    ("decide", 0, True),
    ("work", 0, False),
    ("work", 1, False),
    ("work", 0, False),
)


@example(steps=_OVERTAKEN)
@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=10, max_size=30))
def test_whatever_happens_events_are_as_the_model_has_them(
    sqlite_database: Database, steps: Sequence[tuple[str, int, bool]]
) -> None:
    databases.clear(sqlite_database)
    model = Model(sqlite_database)
    for step in steps:
        model.step(*step)
        model.compare()
    model.drain()
