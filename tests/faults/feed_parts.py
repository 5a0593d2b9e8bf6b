"""The processes of the feed's kill test: a writer, a sequencer, a reader. Each is ended by SIGKILL.

python -m tests.faults.feed_parts writer|sequencer|reader URL [ARGUMENT]
"""

from __future__ import annotations

import random
import sys

from barbican_like import rooms
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.reading import read
from barbican_like.activity.feed.sequencer import number_committed
from barbican_like.activity.feed.writing import writer
from barbican_like.activity.repository.feed import FeedRepo
from barbican_like.common.errors import Overloaded
from barbican_like.common.notices import UPDATED, Audience, Notice
from barbican_like.model.database import Database
from barbican_like.model.tables import secrets
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.faults.waiting import let_pass

KEY = "count"


def say(*words: object) -> None:
    """A line that is out before the next step."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def change(uow: UnitOfWork, secret_id: str) -> int:
    """Count an object up, and tell of it; its row is locked first, as everywhere."""
    metadata = uow.secret_metadata
    metadata._hold(secrets, secret_id)
    count = int(metadata.find(secret_id, KEY) or 0) + 1
    metadata.change(secret_id, KEY, str(count))
    audience = Audience(project_id="project")
    snapshot = {"count": count}
    uow.tell(
        Notice(
            object="secret", id=secret_id, op=UPDATED, what="metadata", audience=audience, snapshot=snapshot
        )
    )
    return count


def write(database: Database, secret_ids: list[str]) -> None:
    """Change one to three objects in a transaction, over and over; a tenth of them is rolled back.

    Says what was committed.
    """
    chance = random.Random()
    while True:
        chosen = sorted(
            chance.sample(secret_ids, chance.randint(1, 3))
        )  # sorted, so that they never deadlock
        try:
            with UnitOfWork(database) as uow:
                done = [(secret_id, change(uow, secret_id)) for secret_id in chosen]
                uow._hand_on()
                let_pass(chance.random() * 0.01)
                if chance.random() < 0.1:
                    continue
                uow.commit()
        except Overloaded:
            continue
        for secret_id, count in done:
            say(secret_id, count)


def number(database: Database) -> None:
    """Pass after pass."""
    while True:
        number_committed(database)


def follow(database: Database, place: int) -> None:
    """Read from a place on, and say what was read."""
    while True:
        number_committed(database)
        with Reading(database) as view:
            found = read(view.of(FeedRepo), place, 100, lambda _: True)
        for row in found.changes:
            say(row.seq, row.object_id, row.snapshot)
        place = found.last_seq
        let_pass(0.005)


def main() -> None:
    """Be one of them."""
    role, url, argument = sys.argv[1:4]
    database = Database(url, bounded=True)
    database.observers = (writer(Catalogue(rooms.followed())),)
    if role == "writer":
        write(database, argument.split(","))
    elif role == "sequencer":
        number(database)
    else:
        follow(database, int(argument))


if __name__ == "__main__":
    main()
