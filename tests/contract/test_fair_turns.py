"""Fair turns: whoever floods a kind waits for its own flood, whatever the database."""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbican_like.model.database import Database
from barbican_like.model.states import TaskStatus
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.queue.kinds import cost
from tests.support.databases import clear
from tests.support.tasks import add_task, claim_next, database_now, open_task, set_task


def test_one_task_does_not_wait_for_anothers_flood(database: Database) -> None:
    """A hundred rows of one project, then one of another: the latter is claimed second at most."""
    flood = [add_task(database, project_id="flood") for _ in range(100)]
    single = add_task(database, project_id="single")
    assert set(claim_next(database, 2)) == {flood[0], single}
    assert claim_next(database, 3) == flood[1:4]


def test_who_comes_later_is_not_behind_what_others_have_had(database: Database) -> None:
    """After half of a flood a newcomer's first task is next, not fifty turns later, nor fifty earlier."""
    flood = [add_task(database, project_id="flood") for _ in range(20)]
    assert claim_next(database, 10) == flood[:10]
    late = [add_task(database, project_id="late") for _ in range(3)]
    for number in range(3):
        assert set(claim_next(database, 2)) == {flood[10 + number], late[number]}


def test_projects_take_turns(database: Database) -> None:
    """Three projects with ten rows each, written one after the other: in nine claims each has three."""
    owner = {
        add_task(database, project_id=project): project for project in ("a", "b", "c") for _ in range(10)
    }
    assert Counter(owner[entity] for entity in claim_next(database, 9)) == {"a": 3, "b": 3, "c": 3}


def test_a_project_keeps_the_order_of_its_own(database: Database) -> None:
    """First come, first served."""
    entities = [add_task(database) for _ in range(10)]
    assert claim_next(database) == entities


def test_a_lane_is_never_idle_for_fairness(database: Database) -> None:
    """A project that is alone gets everything."""
    entities = [add_task(database, project_id="alone") for _ in range(30)]
    assert claim_next(database, 100) == entities


def test_urgent_tasks_have_more_turns_but_not_all(database: Database) -> None:
    """Priority is a factor of the cost: two steps are more than twice the turns, and the others go on."""
    for priority, project in ((3, "urgent"), (5, "usual")):
        for _ in range(20):
            add_task(database, project_id=project, cost=cost(priority))
    taken = Counter(open_task(database, entity).project_id for entity in claim_next(database, 13))
    assert taken["usual"] in {4, 5}


def test_rows_that_waited_for_their_time_take_turns_like_new_ones(database: Database) -> None:
    """A hundred delayed rows of one project become ready together: another's row is among the next two."""
    flood = [add_task(database, project_id="flood", delay=60) for _ in range(100)]
    for entity_id in flood:
        set_task(database, entity_id, due_at=database_now(database) - timedelta(seconds=1))
    with UnitOfWork(database) as uow:
        assert uow.tasks.promote(200) == 100
        uow.commit()
    single = add_task(database, project_id="single")
    assert single in claim_next(database, 2)


def test_a_row_that_was_retried_by_an_operator_takes_its_turn_now(database: Database) -> None:
    """Neither before everybody for its old turn, nor behind what has come since."""
    old = add_task(database, project_id="old")
    set_task(database, old, status=TaskStatus.DEAD, turn=10**9)
    others = [add_task(database, project_id="others") for _ in range(50)]
    with UnitOfWork(database) as uow:
        assert uow.task_desk.retry(open_task(database, old).id)
        uow.commit()
    assert set(claim_next(database, 2)) == {old, others[0]}


def test_turns_of_one_kind_know_nothing_of_another(database: Database) -> None:
    """A flood of one kind does not put off a project's task of another kind."""
    for _ in range(10):
        add_task(database, project_id="p", name="another_kind")
    entity_id = add_task(database, project_id="p")
    other = add_task(database, project_id="q")
    assert open_task(database, entity_id).turn == open_task(database, other).turn


@given(owners=st.lists(st.sampled_from("abcd"), min_size=1, max_size=40), step=st.integers(1, 7))
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_while_projects_wait_none_gets_more_than_one_turn_ahead(
    sqlite_database: Database, owners: list[str], step: int
) -> None:
    """Of projects that all have rows waiting, each has been served within one task of the others."""
    clear(sqlite_database)
    owner = {add_task(sqlite_database, project_id=project): project for project in owners}
    waiting = Counter(owner.values())
    served: Counter[str] = Counter()
    while batch := claim_next(sqlite_database, step):
        for entity in batch:
            served[owner[entity]] += 1
            waiting[owner[entity]] -= 1
            still = [served[project] for project in waiting if waiting[project] > 0]
            if still:
                assert served[owner[entity]] <= min(still) + 1
    assert sum(served.values()) == len(owners)
