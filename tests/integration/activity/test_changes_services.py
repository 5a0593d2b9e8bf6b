"""Task services in the feed: each transition, and how they stand, for administrators only."""

from __future__ import annotations

from datetime import datetime

from barbican_like.common import ids
from barbican_like.contexts.models import Entry, Transition
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.telling import about_transition
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.feed import ask, changes

_LOG = "k4n4ry"


def move(instance: Instance, transaction: str, outbox: str, number: int, states: tuple[str, str]) -> None:
    """A service's transition, as a worker carries it."""
    transition = Transition(
        number=number,
        service_id="ts_100",
        old_state=states[0],
        state=states[1],
        desired="up",
        pid=7,
        exit_code=None,
        restarts=0,
        since=datetime(2026, 11, 25, 3, 32, number),  # noqa: DTZ001  naive as all of them
        reason="asked",
        log=_LOG,
    )
    entry = Entry(transaction=transaction, name="echo", instance="Echo", transition=transition)
    with UnitOfWork(instance.runtime.database) as uow:
        assert uow.of(ContextRepo).carry(outbox, number - 1, "context001", "Echoes", [entry])
        uow.tell(about_transition("context001", "Echoes", entry))
        uow.commit()


def test_administrators_hear_of_each_transition_and_nobody_else(any_instance: Instance) -> None:
    transaction, outbox = ids.new_id()[:20], ids.new_id()
    move(any_instance, transaction, outbox, 1, ("DEFINED", "STARTING"))
    move(any_instance, transaction, outbox, 2, ("STARTING", "RUNNING"))
    name = f"{transaction}/ts_100"
    wanted = {"object": ["SERVICE"], "id": [name]}
    for roles in ("admin", "member", "reader", "creator", "audit"):
        caller: Caller = any_instance.caller(X_Roles=roles)
        rows = changes(caller, filter=wanted)
        there = ask(caller, include_initial="true", filter=wanted).json["initial"]
        if roles != "admin":
            assert (rows, there) == ([], [])
            continue
        assert [(row["op"], row["what"], row["old_status"], row["new_status"]) for row in rows] == [
            ("created", None, "DEFINED", "STARTING"),
            ("updated", "state", "STARTING", "RUNNING"),
        ]
        (stands,) = (item["data"] for item in there)
        assert stands["new_status"] == "RUNNING"
        assert stands["snapshot"] | {"reason": "asked"} == rows[-1]["snapshot"]
        assert _LOG not in str(rows)
