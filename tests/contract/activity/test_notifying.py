"""Wake-ups by way of PostgreSQL, and how SQLite counts commits: what is heard, and that nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from barbican_like.activity.feed.notifying import Notifier, Relay
from barbican_like.activity.feed.waking import FeedWaker
from barbican_like.activity.repository.commits import Commits
from barbican_like.common.errors import Overloaded
from barbican_like.model.database import Database
from barbican_like.model.notifications import Channel, channel_of
from barbican_like.model.unit_of_work import UnitOfWork
from tests.support.ports import free_port

SOON = 20.0


@pytest.fixture
def heard(feed: Database) -> Iterator[threading.Event]:
    """Is set by each wake-up that comes by PostgreSQL."""
    channel = channel_of(feed.url, "heard")
    if channel is None:
        pytest.skip("only PostgreSQL has channels")
    woken = threading.Event()
    relay = Relay(channel, woken.set)
    relay.start()
    yield woken
    relay.stop()


def sender(database: Database) -> Channel:
    found = channel_of(database.url, "heard")
    assert found is not None
    return found


def cut(database: Database) -> None:
    """End all that listen, as a restart of the server does."""
    with database.writing() as connection:
        connection.execute(
            sa.text(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where query like 'LISTEN%' or query like 'NOTIFY%'"
            )
        )


def wake_until(heard: threading.Event, notifier: Notifier) -> bool:
    """Whether a wake-up gets through; who listens may have to connect first."""
    for _ in range(int(SOON * 10)):
        notifier.wake()
        if heard.wait(0.1):
            return True
    return False


@pytest.mark.parametrize("feed", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_wake_up_reaches_a_gateway_elsewhere_also_after_the_server_was_away(
    feed: Database, heard: threading.Event, tmp_path: Path
) -> None:
    notifier = Notifier(sender(feed))
    FeedWaker(tmp_path / "nobody", notifier.wake).wake()
    assert wake_until(heard, notifier)
    cut(feed)
    heard.clear()
    assert wake_until(heard, notifier)


def test_what_cannot_be_sent_hinders_nobody() -> None:
    channel = channel_of(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none", "heard")
    assert channel is not None
    with pytest.raises(Overloaded):
        channel.send()
    Notifier(channel).wake()


@pytest.mark.parametrize("url", ["sqlite:////tmp/x.sqlite", "mysql+pymysql://root@127.0.0.1/x"])
def test_other_databases_have_no_channels(url: str) -> None:
    assert channel_of(url, "heard") is None


@pytest.mark.parametrize("feed", ["sqlite"], indirect=True)
def test_commits_of_others_are_noticed_and_reading_is_none(feed: Database) -> None:
    commits = Commits(feed)
    commits.have_come()
    assert not commits.have_come()
    with feed.reading() as connection:
        connection.execute(sa.text("select count(*) from changes"))
    assert not commits.have_come()
    with UnitOfWork(feed) as uow:
        uow.projects.find_or_create("somebody")
        uow.commit()
    assert commits.have_come()
    assert not commits.have_come()
    commits.close()
