"""What the supervisor tells is in files, which are open for as long as there is something to tell."""

from __future__ import annotations

from pathlib import Path

from barbican_like.contexts.told import Told
from tests.support.contexts.world import World
from tests.support.open_files import open_files
from tests.support.provider import Provider, service


def test_what_was_told_leaves_no_file_open(tmp_path: Path) -> None:
    """Neither its own log nor those of services nor the outbox."""
    one, _ = service("a")
    launch = Provider.make(tmp_path, (one, ())).launch
    world = World(one)
    unit = world.units["a"]
    before = open_files()
    told = Told(launch, lambda *_: None)
    told.say("hello")
    told.log_of(unit).write(b"hello\n")
    told.moved(unit, unit.state, None)
    assert len(open_files() - before) == 3
    told.close()
    assert open_files() == before
