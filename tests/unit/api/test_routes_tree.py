"""From a path to its controller."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.api import routes
from barbican_like.api.controllers.secret_stores import UnknownStorePathController
from barbican_like.http.controller import OPEN, Controller, operation
from barbican_like.http.router import ID, Router, Unknown

_FRAME: Any = SimpleNamespace(bounds=None)  # a router only hands it on


class One(Controller[None]):
    """Serves a collection."""

    @operation("One", rule=OPEN)
    def on_get(self, *_: object) -> None:
        """Answer nothing."""


class Two(One):
    """Serves an entity."""


class Three(One):
    """Serves what is below an entity."""


_TABLE = {(): One, ("things",): One, ("things", ID): Two, ("things", ID, "part"): Three}
_ROUTER = Router(_TABLE, _FRAME, None, routes.UNKNOWN_BELOW)


@pytest.mark.parametrize(
    ("path", "kind", "ids"),
    [
        ("", One, []),
        ("/", One, []),
        ("/things", One, []),
        ("/things/", One, []),
        ("/things/7", Two, ["7"]),
        ("/things/7/", Two, ["7"]),
        ("/things/things", Two, ["things"]),
        ("/things/{id}", Two, ["{id}"]),
        ("/things/7/part", Three, ["7"]),
        ("/other", Unknown, []),
        ("/things/7/other", Unknown, []),
        ("/things/7/part/x", Unknown, []),
        ("/things//part", Unknown, []),
        ("/7", Unknown, []),
        ("/ANY", Unknown, []),
        ("/here", Unknown, []),
        ("/secret-stores/7/x", UnknownStorePathController, []),
    ],
)
def test_a_path_finds_its_controller_and_ids(path: str, kind: type, ids: list[str]) -> None:
    controller, found = _ROUTER.find(path)
    assert (type(controller), found) == (kind, ids)


@given(path=st.text(max_size=60))
def test_any_path_finds_one(path: str) -> None:
    controller, ids = _ROUTER.find(path)
    assert isinstance(controller, One | Unknown)
    assert "" not in ids


@given(thing=st.text(st.characters(exclude_characters="/"), min_size=1))
def test_an_id_is_handed_on_as_it_is(thing: str) -> None:
    assert _ROUTER.find(f"/things/{thing}")[1] == [thing]


def test_one_controller_serves_all_requests() -> None:
    assert _ROUTER.find("/things/1")[0] is _ROUTER.find("/things/2")[0]


@pytest.mark.parametrize("table", [routes.KEY_MANAGER, routes.VERSIONS])
def test_every_handler_of_the_tables_is_an_operation(table: Any) -> None:
    """A controller takes all it needs to know of a handler from its mark, when it is made."""
    for controller in table.values():
        handlers = [getattr(controller, name) for name in dir(controller) if name.startswith("on_")]
        assert handlers
        assert all(handler.operation.name for handler in handlers)
