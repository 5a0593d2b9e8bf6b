"""A row is judged by what the caller was when it was written, however late it is read."""

from __future__ import annotations

from datetime import datetime

import orjson

from barbican_like.activity.feed.audience import audience_of
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.http.access import Judge
from barbican_like.activity.models import Change
from barbican_like.activity.registry.person import Person
from barbican_like.common.notices import UPDATED
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy
from tests.support.registry import BOB, PROJECT, ROOT, UPMC


def row(seq: int, name: str, object_id: str, **audience: object) -> Change:
    return Change(
        seq=seq,
        at=datetime(2026, 1, 1),  # noqa: DTZ001  as the database has it
        name=name,
        object_id=object_id,
        op=UPDATED,
        what=None,
        old_status="ACTIVE",
        new_status="ACTIVE",
        actor=None,
        project_id=None,
        event_id=None,
        audience=orjson.dumps(audience).decode(),
        snapshot="{}",
    )


def test_each_row_is_judged_by_the_rights_of_its_place() -> None:
    """All of them have been heard before the first is judged, as where many come at once."""
    bob = Person(login=BOB, urn=BOB, is_admin=False, reads=True, pi_of=frozenset())
    caller = RequestContext(request_id="r", project_id="p", user_id=BOB)
    judge = Judge(Policy({}), caller, Catalogue(()), lambda: bob)
    rows = [
        row(number, "projects", PROJECT, above=[PROJECT, UPMC, ROOT])
        if number % 2
        else row(number, "authorities", ROOT, above=[ROOT], pis=[BOB] if number % 4 else [])
        for number in range(1, 10)
    ]
    for each in rows:
        judge.hear(each, audience_of(each))
    seen = [each.seq for each in rows if each.name == "projects" and judge.lets_read(each)]
    assert seen == [3, 7]
    assert all(judge.lets_read(each) for each in rows if each.name == "authorities")


def test_who_only_reads_secrets_is_not_looked_for() -> None:
    def nobody() -> Person:
        raise AssertionError

    caller = RequestContext(request_id="r", project_id="p", user_id=BOB)
    judge = Judge(Policy({}), caller, Catalogue(()), nobody)
    assert not judge.lets_read(row(1, "secrets", "x"))
