"""The page costs the database nothing: what it shows, the API answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from barbican_like import rooms
from barbican_like.http import document
from barbican_like.page.room import PAGE
from tests.support.application import prepare, running
from tests.support.statements import counted

ROUTES = ("GET /ui/", "GET /ui/session", "POST /ui/session")


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_asks_the_database(tmp_path: Path, route: str) -> None:
    method, _, path = route.partition(" ")
    with running(prepare(tmp_path), worker=False) as instance:
        caller = instance.caller("demo")
        with counted(instance.runtime.database) as found:
            caller.post(path, {"token": "t"}) if method == "POST" else caller.get(path)
    assert (found.reads, found.writes, found.commits) == ([], [], 0)


def test_every_route_is_looked_at() -> None:
    served = {
        f"{method} {path}"
        for mount in PAGE.mounts(rooms.load([]))
        for path, method, _ in document.operations_of(mount)
    }
    assert served == set(ROUTES)
