"""What a list costs with a million secrets in one project, beside one of ten thousand.

    python -m benchmarks.lists

On each kind of database, in one with few and in one with many secrets in a project: the first page with its
total, pages behind markers at many depths, the first page of a small tenant beside it, what an ACL names the
caller for, what `db clean` looks for, and the whole walk, a page of it. For comparison a page by an offset in
the middle, and the first page of a process that has not counted the list yet. Exit code 1 where one of the
former takes more times as long as with few than the goal allows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Final

from barbican_like.common import clock
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.filters import SecretFilter
from barbican_like.model.lists import Part
from barbican_like.model.models import Marker, Page, Secret
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import removal
from benchmarks.support import databases
from benchmarks.support.turns import in_turns, print_table
from tests.support import many_secrets

LARGE: Final = "large"
SMALL: Final = "small"
READER: Final = "reader"
FEW: Final = 10_000
A_LITTLE: Final = 50  # secrets of the small tenant, of those that name the reader, of those that have expired
LIMIT: Final = 100
TIMES: Final = 60  # of each that is judged, for the median
FEWER_TIMES: Final = 7  # of the others
ALL: Final = SecretFilter()
NAMED: Final = SecretFilter(acl_only=True)


@dataclass
class Place:
    """A database with a large project of some size."""

    database: Database
    count: int
    markers: list[tuple[int, Marker]] = field(default_factory=list)  # with their offsets, all over the list

    def fill(self) -> None:
        """Write the rows."""
        with UnitOfWork(self.database) as uow:
            large, small = (uow.projects.find_or_create(name) for name in (LARGE, SMALL))
            many_secrets.add_many(uow.connection, large.id, self.count)
            many_secrets.add_many(uow.connection, small.id, A_LITTLE)
            many_secrets.add_many(uow.connection, small.id, A_LITTLE, expired=True)
            many_secrets.name_reader(uow.connection, small.id, READER, A_LITTLE)
            uow.commit()
        many_secrets.analyze(self.database.writer)

    def walk(self) -> float:
        """Follow the links from the first page to the last, and keep some; milliseconds a page."""
        start, offset, marker, pages = time.perf_counter(), 0, None, 0
        seen: set[str] = set()
        while True:
            part = self.list(LARGE, Page(offset=offset, limit=LIMIT, marker=marker))
            seen.update(secret.id for secret in part.items)
            pages, offset, marker = pages + 1, offset + LIMIT, part.later
            if marker is None:
                break
            if pages % max(1, self.count // LIMIT // TIMES) == 0:
                self.markers.append((offset, marker))
        if len(seen) != self.count:
            sys.exit(f"{len(seen)} secrets were listed, not {self.count}")
        return 1000 * (time.perf_counter() - start) / pages

    def list(self, project: str, page: Page, wanted: SecretFilter = ALL) -> Part[Secret]:
        """A page with its total."""
        with Reading(self.database) as view:
            part = view.secrets.list(project, wanted, page, READER, with_consumers=False)
            view.total(part)
        return part

    def look_for_the_expired(self) -> None:
        """What `db clean` does first; leaving the unit of work without a commit undoes it."""
        with UnitOfWork(self.database) as uow:
            removal.remove_expired_secrets(uow, clock.now() - timedelta(days=1), 500)

    def look_for_the_unused(self) -> None:
        """What `db clean --clean-unassociated-projects` does, undone in the same way."""
        with UnitOfWork(self.database) as uow:
            uow.projects.remove_unused(500)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What is measured, by its name."""
        first = Page(offset=0, limit=LIMIT)
        middle = Page(offset=self.count // 2, limit=LIMIT)
        deep = cycle(self.markers)

        def behind_a_marker() -> None:
            offset, marker = next(deep)
            self.list(LARGE, Page(offset=offset, limit=LIMIT, marker=marker))

        return {
            "first page": lambda: self.list(LARGE, first),
            "behind a marker": behind_a_marker,
            "small tenant": lambda: self.list(SMALL, first),
            "acl_only": lambda: self.list(SMALL, first, NAMED),
            "db clean": self.look_for_the_expired,
            "unused projects": self.look_for_the_unused,
            "middle by offset": lambda: self.list(LARGE, middle),
            "first page, uncounted": self._list_uncounted,
        }

    def _list_uncounted(self) -> None:
        """The first page in a process that has just started."""
        fresh = Database(self.database.url.render_as_string(hide_password=False))
        Place(fresh, self.count).list(LARGE, Page(offset=0, limit=LIMIT))
        fresh.close()


JUDGED: Final = frozenset(
    {"first page", "behind a marker", "small tenant", "acl_only", "db clean", "unused projects", "walk"}
)


def main() -> int:
    """Measure, print, judge."""
    options = _options()
    good = True
    for kind in options.databases or databases.KINDS:
        with (
            tempfile.TemporaryDirectory(prefix="barbican-benchmark-", dir=options.folder) as folder,
            _filled(kind, Path(folder), FEW) as few,
            _filled(kind, Path(folder), options.count) as many,
        ):
            figures = {"walk": (few.walk(), many.walk())} | _in_turns(few.acts(), many.acts())
        rows: list[Sequence[str]] = []
        for name, (least, most) in figures.items():
            good = good and (name not in JUDGED or most / least <= options.goal)
            rows.append((f"{kind}, {name}", f"{least:.2f}", f"{most:.2f}", f"{most / least:.2f}"))
        print_table(("milliseconds", f"{FEW:,}", f"{options.count:,}", "ratio"), rows)
    return 0 if good else 1


@contextmanager
def _filled(kind: str, folder: Path, count: int) -> Iterator[Place]:
    with databases.empty(kind, folder) as url:
        database = Database(url)
        try:
            migrate.upgrade(database)
            place = Place(database, count)
            place.fill()
            yield place
        finally:
            database.close()


def _in_turns(
    few: Mapping[str, Callable[[], object]], many: Mapping[str, Callable[[], object]]
) -> dict[str, tuple[float, float]]:
    """Milliseconds of each act in both places, the medians of many rounds."""
    found = {}
    for name in few:
        sides = {"few": partial(_milliseconds, few[name]), "many": partial(_milliseconds, many[name])}
        rounds = in_turns(sides, TIMES if name in JUDGED else FEWER_TIMES)
        found[name] = (rounds["few"].median, rounds["many"].median)
    return found


def _milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - start)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lists", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--count", type=int, default=1_000_000, help="secrets (default 1,000,000)")
    parser.add_argument(
        "--database", action="append", dest="databases", choices=databases.KINDS, help="only this one"
    )
    parser.add_argument("--goal", type=float, default=1.5, help="greatest ratio (default 1.5)")
    parser.add_argument("--folder", help="where SQLite's file is put (default: the temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
