"""The feed's rows on every database: one order, no gaps, whoever commits when, and what is removed by age."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from barbican_like import rooms
from barbican_like.activity.feed.initial import take
from barbican_like.activity.feed.reading import read
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.models import Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.activity.repository.sequencer import MOST
from barbican_like.activity.tables import changes, changes_new
from barbican_like.activity.tables import metadata as ours
from barbican_like.activity.tasks import KeepFeed
from barbican_like.common import clock
from barbican_like.common.errors import Gone
from barbican_like.common.notices import CREATED, Audience, Notice
from barbican_like.model import telling
from barbican_like.model.database import Database
from barbican_like.model.repositories.objects import ObjectsRepo
from barbican_like.model.tables import metadata
from barbican_like.model.unit_of_work import Reading, Repositories, UnitOfWork
from barbican_like.queue.outcome import Again
from tests.support import databases
from tests.support.entities import PROJECT, a_secret
from tests.support.fabric import Fabric
from tests.support.threads import at_once


def notice(number: object, op: str = CREATED) -> Notice:
    return Notice(object="secret", id=f"s-{number}", op=op, audience=Audience(project_id=PROJECT))


def tell(database: Database, *numbers: object) -> None:
    with UnitOfWork(database) as uow:
        for number in numbers:
            uow.tell(notice(number))
        uow.commit()


def rows(database: Database, since: int | None = 0, limit: int = 5_000) -> Sequence[Change]:
    number_committed(database)
    with Reading(database) as view:
        return read(view.of(FeedRepo), since, limit, lambda _: True).changes


def test_the_migrations_make_what_the_room_describes(feed: Database) -> None:
    """Tables, columns with their types and constraints: no difference either way."""
    described = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in ours.sorted_tables:
        if feed.dialect != "sqlite" or table is not changes_new:
            table.to_metadata(described)
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or name in ours.tables,
    }
    with feed.reading() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, described) == []


def test_rows_are_numbered_from_one_without_gaps_in_the_order_of_commits(feed: Database) -> None:
    for number in range(3):
        tell(feed, number)
    found = rows(feed)
    assert [row.seq for row in found] == [1, 2, 3]
    assert [row.object_id for row in found] == ["s-0", "s-1", "s-2"]


def test_all_rows_of_a_transaction_stand_together_in_their_order(feed: Database) -> None:
    tell(feed, *range(40))
    assert [row.object_id for row in rows(feed)] == [f"s-{number}" for number in range(40)]


def test_what_is_rolled_back_leaves_no_gap(feed: Database) -> None:
    tell(feed, "before")
    with UnitOfWork(feed) as uow:
        uow.tell(notice("lost"))
        uow._hand_on()
    tell(feed, "after")
    assert [(row.seq, row.object_id) for row in rows(feed)] == [(1, "s-before"), (2, "s-after")]


def test_a_passs_batch_is_not_the_end(feed: Database) -> None:
    tell(feed, *range(MOST + 1))
    tell(feed, *range(MOST))
    assert [row.seq for row in rows(feed)] == list(range(1, 2 * MOST + 2))


def test_who_writes_and_numbers_at_once_makes_one_dense_feed(feed: Database) -> None:
    """Four write, four number; each object's rows are in its writer's order."""

    def work(number: int) -> None:
        for turn in range(15):
            if number < 4:
                tell(feed, f"{number}-{turn}")
            else:
                number_committed(feed)

    at_once(8, work)
    found = rows(feed)
    assert [row.seq for row in found] == list(range(1, 61))
    for number in range(4):
        mine = [row.object_id for row in found if row.object_id.startswith(f"s-{number}-")]
        assert mine == [f"s-{number}-{turn}" for turn in range(15)]


@pytest.mark.parametrize("feed", databases.KINDS[1:], indirect=True)
def test_a_transaction_that_stays_open_delays_its_own_rows_only(feed: Database) -> None:
    """On servers; SQLite has one writer at a time."""
    with UnitOfWork(feed) as late:
        late.tell(notice("late"))
        late._hand_on()
        tell(feed, "soon")
        assert [row.object_id for row in rows(feed)] == ["s-soon"]
        late.commit()
    assert [(row.seq, row.object_id) for row in rows(feed)] == [(1, "s-soon"), (2, "s-late")]


def test_a_reader_sees_everything_that_was_committed_before_it_asked(feed: Database) -> None:
    """Also what another is numbering just now: it waits for the lock on the head."""

    def work(number: int) -> bool:
        tell(feed, number)
        return any(row.object_id == f"s-{number}" for row in rows(feed))

    assert all(at_once(6, work))


def test_a_page_is_bounded_and_moves_past_what_is_not_kept(feed: Database) -> None:
    tell(feed, *range(1_200))
    number_committed(feed)
    with Reading(feed) as view:
        repo = view.of(FeedRepo)
        none = read(repo, 0, 10, lambda _: False)
        last = read(repo, 0, 10, lambda row: row.seq > 1_195)
        two = read(repo, None, 2, lambda row: row.seq % 2 == 0)
    assert none == ([], 1_200)
    assert ([row.seq for row in last.changes], last.last_seq) == ([1_196, 1_197, 1_198, 1_199, 1_200], 1_200)
    assert ([row.seq for row in two.changes], two.last_seq) == ([2, 4], 4)


def age(database: Database, up_to: int, seconds: float) -> None:
    """Make the first rows older."""
    with database.writing() as connection:
        older = changes.update().where(changes.c.seq <= up_to)
        connection.execute(older.values(at=clock.now() - timedelta(seconds=seconds)))


def remove(database: Database, limit: int = 500) -> int:
    with UnitOfWork(database) as uow:
        count = uow.of(FeedRepo).remove_older(clock.now() - timedelta(seconds=60), limit)
        uow.commit()
    return count


def test_what_is_old_is_removed_and_its_places_are_gone(feed: Database) -> None:
    tell(feed, *range(10))
    rows(feed)
    age(feed, 6, 100)
    assert [remove(feed, 4), remove(feed, 4), remove(feed, 4)] == [4, 2, 0]
    assert [row.seq for row in rows(feed, None)] == [7, 8, 9, 10]
    assert [row.seq for row in rows(feed, 6)] == [7, 8, 9, 10]
    for place in (0, 5, 11):
        with pytest.raises(Gone) as gone:
            rows(feed, place)
        assert gone.value.members == {"oldest": 7, "last_seq": 10}


def test_a_young_row_keeps_those_behind_it(feed: Database) -> None:
    """A clock that was put back makes no gap."""
    tell(feed, *range(4))
    rows(feed)
    age(feed, 4, 100)
    with feed.writing() as connection:
        connection.execute(changes.update().where(changes.c.seq == 2).values(at=clock.now()))
    assert remove(feed) == 1
    assert [row.seq for row in rows(feed, None)] == [2, 3, 4]


def test_no_number_comes_back_when_everything_is_removed(feed: Database) -> None:
    tell(feed, *range(3))
    rows(feed)
    age(feed, 3, 100)
    assert remove(feed) == 3
    assert rows(feed, 3) == []
    tell(feed, "new")
    assert [row.seq for row in rows(feed, 3)] == [4]
    assert [row.seq for row in rows(feed, None)] == [4]


def test_the_task_removes_what_is_old_and_numbers_what_is_left(feed: Database) -> None:
    tell(feed, *range(3))
    rows(feed)
    age(feed, 2, 700)
    tell(feed, "unnumbered")
    fabric = Fabric(feed)
    task = KeepFeed(feed, fabric.claims, retention=600)
    kind = rooms.kinds()["process_activity_retention"]
    with UnitOfWork(feed) as uow:
        fabric.client.ensure(uow, kind, kind.name)
        uow.commit()
    run = fabric.claims.take_one(kind, kind.name)
    assert run is not None
    outcome = task.process_and_suppress_exceptions(run)
    assert isinstance(outcome, Again)
    with Reading(feed) as view:
        assert [row.seq for row in view.of(FeedRepo).page(0, 10)] == [3, 4]


def test_what_is_there_is_exact_while_others_commit(feed: Database) -> None:
    """Each writer makes secrets; whatever the snapshot has is what the rows up to its place say."""
    done = threading.Event()

    def objects(view: Repositories, _name: str) -> Iterator[Notice]:
        return telling.secrets(view, view.of(ObjectsRepo).of_project("secret", PROJECT))

    def work(number: int) -> list[tuple[set[str], int]]:
        if number == 0:
            taken = []
            for _ in range(8):
                start = take(feed, objects, lambda _: True, ["secrets"])
                taken.append(({state.object_id for state in start.objects}, start.last_seq))
            done.set()
            return taken
        while not done.is_set():
            with UnitOfWork(feed) as uow:
                secret = a_secret()
                uow.secrets.add(secret, uow.projects.find_or_create(PROJECT))
                told = Notice(
                    object="secret", id=secret.id, op=CREATED, audience=Audience(project_id=PROJECT)
                )
                uow.tell(told)
                uow.commit()
        return []

    starts = at_once(4, work)[0]
    every = rows(feed)
    for found, place in starts:
        assert found == {row.object_id for row in every if row.seq <= place}
