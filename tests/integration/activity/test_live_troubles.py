"""The gateway in trouble: a look that fails, a reader that takes nothing, too many connections."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from barbican_like.activity.feed.waking import FeedWaker
from barbican_like.activity.live import pump, streams
from barbican_like.activity.live.hub import Hub
from barbican_like.activity.live.server import CHANGES
from barbican_like.activity.tables import changes
from barbican_like.common.errors import Overloaded
from barbican_like.common.notices import CREATED, Audience, Notice
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from tests.faults.waiting import wait_for
from tests.support.application import Instance
from tests.support.caller import id_of
from tests.support.feed import now
from tests.support.live import SOON, Client, Live, gateway_of, meanwhile


def test_a_look_that_fails_is_made_again(sqlite_live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = 0

    def away(_database: Database) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise Overloaded("away")

    monkeypatch.setattr(pump, "number_committed", away)
    wait_for("a look has failed", lambda: failures, 10)
    alice = sqlite_live.caller()

    async def follow(client: Client) -> None:
        async with client.socket() as watching:
            await watching.ask("watch", object="secrets")
            path = await meanwhile(alice.new_secret, name="x")
            assert (await watching.next())["data"]["object"]["id"] == id_of(path)

    sqlite_live.talk(alice, follow)


def test_changes_come_also_where_no_wake_up_does(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from another machine: by PostgreSQL itself, else by looking."""
    monkeypatch.setattr(FeedWaker, "_look", lambda *_: None)
    alice = live.caller()

    async def follow(client: Client) -> None:
        async with client.socket() as watching:
            await watching.ask("watch", object="secrets")
            for _ in range(5):
                path = await meanwhile(alice.new_secret, name="x")
                assert (await watching.next())["data"]["object"]["id"] == id_of(path)

    live.talk(alice, follow)


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let nobody be given any more rows."""

    async def broken(_hub: Hub, _place: int) -> None:
        raise error

    monkeypatch.setattr(Hub, "rows_after", broken)


@pytest.mark.parametrize("error", [Overloaded("away"), ValueError("k4n4ry")], ids=["database", "defect"])
def test_a_watch_that_fails_ends_its_connection_and_is_logged(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """With 1011 and the place to go on from: a stream is never silently dead."""
    alice = sqlite_live.caller()
    place = now(alice)
    fails(monkeypatch, error)

    async def follow(client: Client) -> None:
        async with client.socket() as watching:
            await watching.ask("watch", object="secrets", since=place)
            assert await watching.closed() == (1011, f"failed, resume from {place}")

    sqlite_live.talk(alice, follow)
    assert f"live.failed what=secrets reason={type(error).__name__}" in caplog.text
    assert "k4n4ry" not in caplog.text


def test_an_eventsource_that_fails_is_broken_off_and_logged(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No second answer is written into the first one."""
    alice = sqlite_live.caller()
    fails(monkeypatch, Overloaded("away"))

    async def follow(client: Client) -> None:
        async with client.get(feed="eventsource", since=now(alice)) as response:
            assert response.status == 200
            with pytest.raises(aiohttp.ClientError):
                await response.read()

    sqlite_live.talk(alice, follow)
    assert "live.failed what=eventsource reason=Overloaded" in caplog.text


def test_a_command_that_fails_ends_its_connection_and_is_logged(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_hub: Hub, *_: object) -> None:
        raise ValueError

    monkeypatch.setattr(Hub, "count", broken)
    alice = sqlite_live.caller()

    async def count(client: Client) -> None:
        async with client.socket() as asking:
            await asking.opened.send_str('{"command": "count", "object": "secrets"}')
            assert await asking.closed() == (1011, "failed")

    sqlite_live.talk(alice, count)
    assert "live.failed what=command reason=ValueError" in caplog.text


def restore(database: Database, place: int) -> None:
    """Let the feed end at a place again, as in a backup."""
    with database.writing() as connection:
        connection.execute(sa.delete(changes).where(changes.c.seq > place))
        connection.execute(
            sa.text("UPDATE sqlite_sequence SET seq = :place WHERE name = 'changes'"), {"place": place}
        )


async def passed(next_event: Callable[[], Awaitable[dict[str, str]]], *, until: str | None) -> None:
    """Read a stream up to an event; None: to its end."""
    while (await next_event()).get("id", "") != until:
        pass


def test_a_stream_ends_whose_place_is_behind_a_restored_backup(instance: Instance) -> None:
    """It would miss all rows up to that place; who comes again with it is told so."""
    alice = instance.caller()
    alice.new_secret(name="kept")
    place = now(alice)

    async def follow(client: Client) -> None:
        async with client.socket() as watching, client.stream(since=place) as next_event:
            await watching.ask("watch", object="secrets", since=place)
            await meanwhile(alice.new_secret, name="lost")
            seq = (await watching.next())["seq"]
            await passed(next_event, until=str(seq))
            await meanwhile(restore, instance.runtime.database, place)
            code, reason = await watching.closed()
            assert (code, reason) == (4408, f"lagging, resume from {seq}")
            with pytest.raises(aiohttp.ClientError):
                await passed(next_event, until=None)
            assert (await client.answer(since=seq))[0] == 410

    with gateway_of(instance) as live:
        live.talk(alice, follow)


def write_much(database: Database, project_id: str) -> None:
    """Some megabytes of rows."""
    snapshot = {"name": "x" * 8_000}
    with UnitOfWork(database) as uow:
        for number in range(1_500):
            audience = Audience(project_id=project_id)
            uow.tell(Notice(object="order", id=str(number), op=CREATED, audience=audience, snapshot=snapshot))
        uow.commit()


def test_a_reader_that_takes_nothing_is_dropped(sqlite_live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are served, and what it held is freed."""
    monkeypatch.setattr(streams, "_LONGEST_WRITE", 0.2)
    alice = sqlite_live.caller()
    place, gateway = now(alice), sqlite_live.gateway
    before = gateway._open
    with socket.create_connection(("127.0.0.1", gateway.port)) as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        request = f"GET {CHANGES}?feed=eventsource&since={place} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        silent.sendall(f"{request}X-Project-Id: {alice.project_id}\r\n\r\n".encode())
        assert silent.recv(15) == b"HTTP/1.1 200 OK"
        assert gateway._open == before + 1
        write_much(sqlite_live.instance.runtime.database, alice.project_id)
        wait_for("it is dropped", lambda: gateway._open == before, 20)
    status, answer = sqlite_live.talk(alice, lambda client: client.answer(since=place, limit=10))
    assert (status, len(answer["result"])) == (200, 10)


def test_one_connection_more_than_may_be_is_told_so(
    sqlite_live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("barbican_like.activity.live.server.MOST_CONNECTIONS", 0)
    found: tuple[int, Any] = sqlite_live.talk(sqlite_live.caller(), lambda client: client.answer())
    assert found[0] == 503
    assert found[1]["title"] == "Service Unavailable"


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"GET / HT"])
def test_a_connection_that_asks_for_nothing_is_closed(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Whether it never has, or no more, or has begun to."""
    monkeypatch.setattr("barbican_like.activity.live.server._IDLE", 0.2)
    with (
        gateway_of(instance) as live,
        socket.create_connection(("127.0.0.1", live.gateway.port), timeout=SOON) as silent,
    ):
        silent.sendall(said)
        while silent.recv(4_096):
            pass


def test_of_too_many_connections_the_silent_ones_are_closed(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("barbican_like.activity.live.server._MOST_SOCKETS", 0)
    with (
        gateway_of(instance) as live,
        socket.create_connection(("127.0.0.1", live.gateway.port), timeout=SOON) as silent,
    ):
        assert silent.recv(1) == b""
