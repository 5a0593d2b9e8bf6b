"""A worker, or a claim, that is lost at each step of an event's way: it ends once, and is done once."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pytest

from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.things import Action
from barbican_like.activity.states import EventStatus
from barbican_like.common.errors import Conflict
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.outcome import Again, Done, Failed, Retry
from tests.support.event_stage import ADMIN, NAME, Stage, crash
from tests.support.tasks import find_task, make_due, take_over

S = EventStatus
STEPS = (
    "before retrieve_entity",
    "before handle_processing",
    "after handle_processing",
    "before handle_success",
    "after handle_success",
)


@pytest.fixture
def stage(database: Database) -> Stage:
    """On each of the databases in turn."""
    return Stage(database)


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_nothing_half_done_and_the_next_try_ends_it(stage: Stage, step: str) -> None:
    event_id = stage.accept(Action.UPDATE, name="new")
    stage.task.at[step] = crash
    assert isinstance(stage.try_once(event_id), Retry)
    began = step not in STEPS[:2]
    assert stage.event(event_id).status is (S.RUNNING if began else S.NEW)
    assert stage.name() == "x"
    make_due(stage.database, event_id)
    assert stage.try_once(event_id) == Done()
    ended = stage.event(event_id)
    assert (ended.status, stage.name()) == (S.SUCCESS, "new")
    assert len([one for one in ended.log if one.message.startswith("authorities:")]) == 1
    assert any("another" in one.message for one in ended.log) is began
    assert find_task(stage.database, event_id, NAME) is None


@pytest.mark.parametrize("is_admin", [True, False])
def test_what_ended_unrouted_is_tried_again_only_where_its_user_might_do_it(
    stage: Stage, *, is_admin: bool
) -> None:
    event_id = stage.accept(Action.UPDATE, author=replace(ADMIN, is_admin=is_admin), name="new")
    with UnitOfWork(stage.database) as uow:
        stage.events.journal.move(uow, stage.event(event_id), S.ERROR)
        uow.commit()
    with UnitOfWork(stage.database) as uow, nullcontext() if is_admin else pytest.raises(Conflict):
        stage.events.retry(uow, event_id)
        uow.commit()
    stage.try_once(event_id)
    assert stage.event(event_id).status is (S.SUCCESS if is_admin else S.ERROR)


@pytest.mark.parametrize("step", STEPS[:3])
def test_a_worker_that_has_lost_its_claim_changes_nothing(stage: Stage, step: str) -> None:
    """Another has the task; the first wakes up late and writes neither an end nor what was asked for."""
    event_id = stage.accept(Action.UPDATE, name="new")
    stage.task.at[step] = lambda task: take_over(stage.database, task.entity_id, task.name)
    assert stage.try_once(event_id) is None
    assert stage.event(event_id).status in {S.NEW, S.RUNNING}
    assert stage.name() == "x"


def test_what_cannot_heal_ends_in_error_and_lets_the_next_one_go(stage: Stage) -> None:
    first = stage.accept(Action.ADD, type="PI", values=["urn:publicid:IDN+a+user+b"])
    second = stage.accept(Action.UPDATE, name="new")
    assert isinstance(stage.try_once(first), Failed)
    ended = stage.event(first)
    assert (ended.status, ended.log[-1].type) == (S.ERROR, "error")
    assert "urn:publicid:IDN+a+user+b" in ended.log[-1].message
    assert stage.try_once(second) == Done()
    assert stage.name() == "new"


def test_an_event_whose_user_has_gone_meanwhile_is_an_error(stage: Stage) -> None:
    gone = replace(ADMIN, name="urn:publicid:IDN+onelab+user+gone", is_admin=False)
    event_id = stage.accept(Action.UPDATE, author=gone, name="new")
    assert stage.try_once(event_id) == Done()
    ended = stage.event(event_id)
    assert (ended.status, ended.previous_status) == (S.ERROR, S.NEW)
    assert "urn:publicid:IDN+onelab+user+gone" in ended.log[-1].message
    assert stage.name() == "x"


def test_one_that_is_held_up_waits_and_is_woken_by_who_ends(stage: Stage) -> None:
    first, second = (stage.accept(Action.UPDATE, name=name) for name in ("first", "second"))
    assert isinstance(stage.try_once(second), Again)
    assert stage.event(second).status is S.WAITING
    assert stage.try_once(second) is None  # it waits for its time
    assert stage.try_once(first) == Done()
    assert stage.try_once(second) == Done()  # which has come
    assert stage.name() == "second"


def test_the_end_of_the_one_before_between_two_looks_is_not_missed(stage: Stage) -> None:
    """It ends after the second has seen it, and before the second has gone to sleep."""
    first, second = (stage.accept(Action.UPDATE, name=name) for name in ("first", "second"))
    stage.task.at["after handle_processing"] = lambda _: stage.try_once(first)  # type: ignore[assignment, return-value]
    assert stage.try_once(second) == Again()
    assert stage.try_once(second) == Done()
    assert stage.name() == "second"


def test_one_approved_while_a_younger_one_was_lost_goes_first_and_at_once(stage: Stage) -> None:
    older = stage.accept(Action.UPDATE, is_request=True, name="older")
    assert stage.try_once(older) == Done()
    younger = stage.accept(Action.UPDATE, name="younger")
    stage.task.at["after handle_processing"] = crash
    assert isinstance(stage.try_once(younger), Retry)
    with UnitOfWork(stage.database) as uow:
        other = Caller(login="other", user=None, is_admin=True)
        stage.events.decide(uow, other, older, approve=True, text=None)
        uow.commit()
    assert isinstance(stage.try_once(older), Again)  # the younger one is RUNNING
    make_due(stage.database, younger)
    assert isinstance(stage.try_once(younger), Again)
    assert stage.try_once(older) == Done()  # woken by that
    assert stage.try_once(younger) == Done()  # and that one by this
    assert stage.name() == "younger"


def test_a_request_lets_younger_ones_go_at_once(stage: Stage) -> None:
    first = stage.accept(Action.DELETE, is_request=True)
    second = stage.accept(Action.UPDATE, name="new")
    assert isinstance(stage.try_once(second), Again)
    assert stage.try_once(first) == Done()
    assert stage.event(first).status is S.PENDING
    assert stage.try_once(second) == Done()
    assert stage.name() == "new"
