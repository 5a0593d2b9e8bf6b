"""Writers, a sequencer and a reader of the feed are killed: every row once, no gap, each object in order."""

from __future__ import annotations

import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
import pytest

from barbican_like import rooms
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.reading import read
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.feed.writing import writer
from barbican_like.activity.models import Change
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.faults.conftest import MARIADB, POSTGRESQL
from tests.faults.feed_parts import KEY, change
from tests.faults.processes import Process
from tests.faults.waiting import tell, wait_for
from tests.support.databases import empty_url
from tests.support.entities import a_secret, add_secrets

WRITERS = 8
OBJECTS = 6
SOON = 1.0


@pytest.fixture(params=["sqlite", POSTGRESQL, MARIADB])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with every table."""
    with empty_url(request.param, tmp_path) as found:
        database = Database(found)
        migrate.upgrade(database, branches=rooms.migrations())
        database.close()
        yield found


class Trial:
    """A database with objects that are counted up, and the processes at work on it."""

    def __init__(self, url: str, folder: Path, stack: ExitStack) -> None:
        self._url, self._folder, self._stack = url, folder, stack
        self._started = 0
        self.database = Database(url)
        self.database.observers = (writer(Catalogue(rooms.followed())),)
        stack.callback(self.database.close)
        secrets = [a_secret() for _ in range(OBJECTS)]
        add_secrets(self.database, *secrets)
        self.ids = [secret.id for secret in secrets]
        with UnitOfWork(self.database) as uow:
            for secret_id in self.ids:
                uow.secret_metadata.add(secret_id, KEY, "0")
            uow.commit()
        self.outputs: dict[str, list[Path]] = defaultdict(list)

    def start(self, role: str, argument: str = "") -> Process:
        """One more process."""
        self._started += 1
        output = self._folder / f"{role}-{self._started}"
        self.outputs[role].append(output)
        words = [sys.executable, "-m", "tests.faults.feed_parts", role, self._url, argument]
        return self._stack.enter_context(Process(words, output))

    def writer(self) -> Process:
        """One more that writes."""
        return self.start("writer", ",".join(self.ids))

    def rows(self) -> list[Change]:
        """The whole feed as it now is."""
        number_committed(self.database)
        found: list[Change] = []
        with Reading(self.database) as view:
            while page := read(view.of(FeedRepo), len(found), 1_000, lambda _: True).changes:
                found += page
        return found

    def last(self) -> int:
        """The last number given."""
        with Reading(self.database) as view:
            return view.of(FeedRepo).head().last

    def counts(self) -> dict[str, int]:
        """How often each object was changed, by the objects themselves."""
        with Reading(self.database) as view:
            return {secret_id: int(view.secret_metadata.find(secret_id, KEY) or 0) for secret_id in self.ids}


@contextmanager
def trial(url: str, folder: Path) -> Iterator[Trial]:
    """A trial whose processes end with it."""
    with ExitStack() as stack:
        yield Trial(url, folder, stack)


def lines(output: Path) -> list[list[str]]:
    """What a process has said; of one that was killed, its last line may be cut."""
    text = output.read_text()
    return [line.split(" ", 2) for line in text[: text.rfind("\n") + 1].splitlines()]


def run(url: str, folder: Path, *, rows: int, kills: int) -> None:
    """Write that many rows, with that many kills spread among them, and count."""
    chance = random.Random()
    begun = time.monotonic()
    with trial(url, folder) as at:
        writers = [at.writer() for _ in range(WRITERS)]
        sequencer = at.start("sequencer")
        readers = [at.start("reader", "0") for _ in range(3)]
        resumed: list[int] = []
        for kill in range(1, kills + 1):
            due = rows * kill // (kills + 1)
            wait_for(f"{due} rows are numbered", lambda due=due: at.last() >= due, 120)
            victim = chance.randrange(WRITERS)
            writers[victim].kill()
            writers[victim] = at.writer()
            sequencer.kill()
            sequencer = at.start("sequencer")
            readers[0].kill()
            resumed.append(max((int(line[0]) for line in lines(readers[0].output)), default=_place(resumed)))
            readers[0] = at.start("reader", str(resumed[-1]))
        wait_for(f"{rows} rows are numbered", lambda: at.last() >= rows, 120)
        for writer in writers:
            writer.kill()
        every = at.rows()
        for reader in readers:
            wait_for("every reader has come to the end", lambda r=reader: _end(r) >= len(every), 30)
        _require_whole(at, every)
    seconds = time.monotonic() - begun
    tell(f"{at.database.dialect}: {len(every)} rows, {kills} kills of each kind, {seconds:.1f} s")


def _place(resumed: list[int]) -> int:
    return resumed[-1] if resumed else 0


def _end(reader: Process) -> int:
    return max((int(line[0]) for line in lines(reader.output)), default=0)


def _require_whole(at: Trial, every: list[Change]) -> None:
    assert [row.seq for row in every] == list(range(1, len(every) + 1))
    counts: dict[str, int] = defaultdict(int)
    for row in every:
        counts[row.object_id] += 1
        assert orjson.loads(row.snapshot)["count"] == counts[row.object_id], row
    assert counts == at.counts()
    said = {(line[0], int(line[1])) for output in at.outputs["writer"] for line in lines(output)}
    assert said <= {(row.object_id, orjson.loads(row.snapshot)["count"]) for row in every}
    first, second, *others = (lines(output) for output in at.outputs["reader"])
    whole = [[str(row.seq), row.object_id, row.snapshot] for row in every]
    pieces = first + [line for output in others[1:] for line in output]
    assert pieces == whole  # the one that was killed, with those that took up its place
    assert second == whole
    assert others[0] == whole


def test_every_row_is_there_once_whoever_is_killed(url: str, tmp_path: Path) -> None:
    """Eight writers with random delays and rollbacks; then one of each kind is killed."""
    run(url, tmp_path, rows=200, kills=1)


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_campaign_of_kills(url: str, tmp_path: Path) -> None:
    """The same with five thousand rows and twenty kills of each kind."""
    run(url, tmp_path, rows=5_000, kills=20)


@pytest.mark.timed
@pytest.mark.parametrize("url", [POSTGRESQL, MARIADB], indirect=True)
def test_a_transaction_that_stays_open_stalls_nobody(url: str, tmp_path: Path) -> None:
    """Neither one in this database, which has written rows, nor one in another database of the server."""
    kind = "postgresql" if url.startswith("postgresql") else "mariadb"
    with trial(url, tmp_path) as at, empty_url(kind, tmp_path) as elsewhere:
        other = Database(elsewhere)
        with other.writing() as connection, UnitOfWork(at.database) as late:
            connection.exec_driver_sql("create table held (id int)")
            connection.exec_driver_sql("insert into held values (1)")
            change(late, at.ids[0])
            late._hand_on()
            slowest = 0.0
            for number in range(20):
                begun = time.monotonic()
                with UnitOfWork(at.database) as uow:
                    change(uow, at.ids[1 + number % 4])
                    uow.commit()
                assert len(at.rows()) == number + 1
                slowest = max(slowest, time.monotonic() - begun)
            late.commit()
        other.close()
        assert slowest < SOON
        assert [row.object_id for row in at.rows()].index(at.ids[0]) == 20
    tell(f"{kind}: slowest {slowest * 1000:.0f} ms")
