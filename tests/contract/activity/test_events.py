"""Events in each of the databases: their order, their moves, who sees them, the locks around them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from barbican_like.activity.event import Author, Event, NewEvent
from barbican_like.activity.events.journal import Journal, line
from barbican_like.activity.registry.things import Action, ThingType
from barbican_like.activity.repository.event_locks import EventKeyRepo, ObjectLockRepo
from barbican_like.activity.repository.events import EventFilter, EventRepo, Sight
from barbican_like.activity.states import EventStatus
from barbican_like.common import clock
from barbican_like.common.errors import Conflict
from barbican_like.common.states import IllegalMove
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork

S = EventStatus
ANN = Author(name="urn:ann", user_id="ann", is_admin=False, project_id="p")
BOB = Author(name="urn:bob", user_id="bob", is_admin=False, project_id="p")
LONG = 20.0  # seconds after which what has not come fails its test


def new(
    object_id: str = "x", *, above: tuple[str, ...] = (), action: Action = Action.UPDATE, **more: object
) -> NewEvent:
    """An event that is asked for."""
    given = {"object_type": ThingType.USER, "object_id": object_id, "above": above, "action": action, **more}
    return NewEvent(**given)  # type: ignore[arg-type]


def accepted(database: Database, *events: NewEvent, author: Author = ANN) -> list[Event]:
    """They are written, each in a transaction."""
    journal, found = Journal(), []
    for one in events:
        with UnitOfWork(database) as uow:
            uow.of(ObjectLockRepo).hold(one.object_id)
            event = journal.begin(uow, author, one)
            uow.commit()
        found.append(read(database, event))
    return found


def read(database: Database, event: Event) -> Event:
    """As it now is."""
    with Reading(database) as view:
        found = view.of(EventRepo).find(event.id)
    assert found is not None
    return found


def moved(database: Database, event: Event, *statuses: EventStatus) -> Event:
    """After some moves, each in a transaction."""
    for status in statuses:
        with UnitOfWork(database) as uow:
            event = Journal().move(uow, event, status)
            uow.commit()
    return event


def test_an_event_is_read_as_it_was_written(database: Database) -> None:
    data = {"first_name": "Zoë", "keys": ["a", "b"]}
    (event,) = accepted(database, new(data=data, notify=True, is_request=True))
    assert (event.status, event.previous_status, event.version) == (S.NEW, None, 1)
    assert (event.data, event.notify, event.is_request, event.author) == (data, True, True, ANN)
    said = line("it goes")
    with UnitOfWork(database) as uow:
        after = Journal().move(uow, event, S.WAITING, [said])
        uow.commit()
    assert read(database, event) == after
    assert (after.status, after.previous_status, after.version) == (S.WAITING, S.NEW, 2)
    assert after.log == (said,)


def test_numbers_grow_in_the_order_of_acceptance(database: Database) -> None:
    numbers = [event.number for event in accepted(database, new("a"), new("b"), new("a"))]
    assert numbers == sorted(set(numbers))


def test_what_was_read_before_another_has_written_moves_nothing(database: Database) -> None:
    (event,) = accepted(database, new())
    pending = moved(database, event, S.PENDING)
    moved(database, pending, S.APPROVED)
    with pytest.raises(Conflict), UnitOfWork(database) as uow:
        Journal().move(uow, pending, S.DENIED)
    with pytest.raises(Conflict), UnitOfWork(database) as uow:
        Journal().move(uow, replace(pending, version=3), S.DENIED)
    assert read(database, event).status is S.APPROVED


def test_what_the_table_forbids_is_not_even_tried(database: Database) -> None:
    (event,) = accepted(database, new())
    with pytest.raises(IllegalMove), UnitOfWork(database) as uow:
        Journal().move(uow, event, S.RUNNING)


def test_only_older_ones_that_nobody_has_to_decide_hold_an_event_up(database: Database) -> None:
    first, second, other = accepted(database, new("a"), new("a"), new("b"))

    def held_up(event: Event) -> bool:
        with Reading(database) as view:
            return view.of(EventRepo).is_held_up(event)

    assert held_up(second)  # it may have to wait for the first, which is NEW
    assert not held_up(first)
    first, second = moved(database, first, S.WAITING), moved(database, second, S.WAITING)
    assert held_up(second)
    assert not held_up(first)
    assert not held_up(other)
    first = moved(database, first, S.RUNNING)
    assert held_up(second)
    with Reading(database) as view:
        assert view.of(EventRepo).next_waiting(first) == second
    moved(database, first, S.SUCCESS)
    assert not held_up(second)


def test_a_younger_one_that_runs_holds_an_older_one_up_that_was_approved_meanwhile(
    database: Database,
) -> None:
    first, second = accepted(database, new("a"), new("a"))
    first = moved(database, first, S.PENDING)
    second = moved(database, second, S.WAITING)
    first = moved(database, first, S.APPROVED, S.WAITING)
    with Reading(database) as view:
        assert view.of(EventRepo).is_held_up(second)
        assert not view.of(EventRepo).is_held_up(first)
    second = moved(database, second, S.RUNNING)
    with Reading(database) as view:
        assert view.of(EventRepo).is_held_up(first)


def test_a_request_holds_nobody_up(database: Database) -> None:
    first, second = accepted(database, new("a"), new("a"))
    moved(database, first, S.PENDING)
    with Reading(database) as view:
        assert not view.of(EventRepo).is_held_up(second)
        assert view.of(EventRepo).next_waiting(second) is None


def test_a_name_is_taken_while_something_is_made_with_it(database: Database) -> None:
    (event,) = accepted(database, new("a", action=Action.CREATE))

    def taken(object_id: str) -> bool:
        with Reading(database) as view:
            return view.of(EventRepo).is_being_created(object_id)

    assert taken("a")
    assert not taken("b")
    moved(database, event, S.PENDING, S.DENIED)
    assert not taken("a")


def test_one_sees_ones_own_and_those_below_ones_authorities_by_their_whole_names(database: Database) -> None:
    root, up, upmc, lab = "A+onelab", "A+onelab:up", "A+onelab:upmc", "A+onelab:upmc:lab"
    for number, above in enumerate(
        [(root,), (up, root), (upmc, root), (lab, upmc, root), ("A+onelab_upmc",)]
    ):
        accepted(database, new(f"{number}", above=above))
    accepted(database, new("bobs"), author=BOB)

    def seen(*pi_of: str, **sight: object) -> str:
        with Reading(database) as view:
            found = Sight(pi_of=frozenset(pi_of), **sight)  # type: ignore[arg-type]
            events = view.of(EventRepo).list(EventFilter(limit=100), Sight(all=True))
            shown = list(view.of(EventRepo).list(EventFilter(limit=100), found))
        assert shown == [event for event in events if found.sees(event)]
        return " ".join(sorted(event.object_id for event in shown))

    assert seen(all=True) == "0 1 2 3 4 bobs"
    assert seen() == ""
    assert seen(names=frozenset({"urn:bob", "bob"})) == "bobs"
    assert seen(root) == "0 1 2 3"
    assert seen(up) == "1"
    assert seen(upmc) == "2 3"
    assert seen("A+onelab_upmc", "A+%") == "4"
    assert seen(lab, names=frozenset({"urn:bob"})) == "3 bobs"


def test_a_list_has_the_newest_first_and_goes_on_where_it_ended(database: Database) -> None:
    made = accepted(database, *(new(f"{number}") for number in range(5)))
    moved(database, made[3], S.PENDING)

    def page(**wanted: object) -> list[str]:
        with Reading(database) as view:
            found = view.of(EventRepo).list(EventFilter(**wanted), Sight(all=True))  # type: ignore[arg-type]
        return [event.object_id for event in found]

    assert page(limit=2) == ["4", "3"]
    assert page(limit=2, before=made[3].number) == ["2", "1"]
    assert page(status=["NEW"], limit=2) == ["4", "2"]
    assert page(status=["PENDING", "DENIED"]) == ["3"]
    assert page(action=["DELETE"]) == []
    assert page(object_type=["USER"], limit=1) == ["4"]


def test_one_at_a_time_holds_an_object(database: Database) -> None:
    """A second one gets it when the first has committed; an object of another name is free."""
    order: list[str] = []
    held, asked = threading.Event(), threading.Event()

    def second() -> None:
        assert held.wait(LONG)
        asked.set()
        with UnitOfWork(database) as uow:
            uow.of(ObjectLockRepo).hold("a")
            order.append("second")
            uow.commit()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(second)
        with UnitOfWork(database) as uow:
            uow.of(ObjectLockRepo).hold("a")
            held.set()
            assert asked.wait(LONG)
            order.append("first")
            uow.commit()
        done.result(LONG)
    assert order == ["first", "second"]


def test_a_key_is_one_request_s_for_its_time_and_each_caller_s_own(database: Database) -> None:
    def take(user: str | None, name: str, *, life: timedelta = timedelta(hours=24)) -> bool:
        with UnitOfWork(database) as uow:
            keys = uow.of(EventKeyRepo)
            taken = keys.take("p", user, name, digest="d", expired=clock.now() - life)
            if taken:
                keys.fill("p", user, name, ["1", "2"])
            uow.commit()
        return taken

    def known(user: str | None, name: str) -> object:
        with Reading(database) as view:
            return view.of(EventKeyRepo).find("p", user, name)

    assert take("ann", "k")
    assert known("ann", "k") == ("d", ["1", "2"])
    assert known("bob", "k") is None
    assert known(None, "k") is None
    assert not take("ann", "k")
    assert take(None, "k")
    assert take("ann", "k", life=timedelta(seconds=-1))  # it has expired: another may have it
    with UnitOfWork(database) as uow:
        assert uow.of(EventKeyRepo).remove_expired(clock.now() - timedelta(hours=24), 10) == 0
        assert uow.of(EventKeyRepo).remove_expired(clock.now() + timedelta(seconds=1), 1) == 1
        uow.commit()
    assert [known("ann", "k"), known(None, "k")].count(None) == 1
