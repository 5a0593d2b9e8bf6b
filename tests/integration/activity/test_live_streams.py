"""The gateway over HTTP: longpoll and eventsource bring each change as it comes, once, from any place."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.caller import id_of
from tests.support.feed import ask, now
from tests.support.live import Client, Live, gateway_of, meanwhile


def test_normal_is_answered_as_by_the_api(live: Live) -> None:
    alice = live.caller(X_User_Id="alice")
    alice.new_secret(name="x")
    for wanted in (
        {"since": 0},
        {"since": 0, "limit": 1},
        {"include_initial": "true"},
        {"limit": 0},
        {"x": 1},
    ):
        answer = ask(alice, **wanted)
        assert live.talk(alice, lambda client, w=wanted: client.answer(**w)) == (
            answer.status_int,
            answer.json,
        )


def test_a_longpoll_is_answered_when_a_change_comes(live: Live) -> None:
    """Not by those that are another's or not wanted, and not before."""
    alice, other = live.caller(X_User_Id="alice"), live.caller()
    start = now(alice)

    async def wait(client: Client) -> tuple[int, Any]:
        wanted = {"name": ["secrets"], "op": ["deleted"]}
        waiting = asyncio.create_task(client.answer(feed="longpoll", since=start, timeout=60, filter=wanted))
        path = await meanwhile(alice.new_secret, name="x")
        await meanwhile(other.delete, await meanwhile(other.new_secret))
        assert not waiting.done()
        await meanwhile(alice.delete, path)
        status, answer = await waiting
        assert [item["data"]["object"]["id"] for item in answer["result"]] == [id_of(path)]
        assert answer["last_seq"] >= answer["result"][0]["data"]["seq"]
        return status, answer

    assert live.talk(alice, wait)[0] == 200


def test_a_longpoll_without_a_change_ends_with_its_timeout(live: Live) -> None:
    alice = live.caller()
    start = now(alice)
    status, answer = live.talk(alice, lambda client: client.answer(feed="longpoll", since=start, timeout=1))
    assert (status, answer["result"]) == (200, [])
    assert answer["last_seq"] >= start


def test_a_stream_has_each_change_once_from_its_place_on(live: Live) -> None:
    """What was there before is read from the database, what comes from memory: nobody sees the seam."""
    alice = live.caller()
    start = now(alice)
    before = [id_of(alice.new_secret(name=str(number))) for number in range(3)]

    async def follow(client: Client) -> list[str]:
        async with client.stream(since=start) as following:
            assert await following() == {"retry": "2000"}
            found = [await following() for _ in before]
            made = [id_of(await meanwhile(alice.new_secret, name="y")) for _ in range(3)]
            found += [await following() for _ in made]
            assert [event["event"] for event in found] == ["change"] * 6
            data = [json.loads(event["data"])["data"] for event in found]
            assert [str(one["seq"]) for one in data] == [event["id"] for event in found]
            assert [one["object"]["id"] for one in data] == before + made
            return [event["id"] for event in found]

    ids = live.talk(alice, follow)

    async def resume(client: Client) -> str:
        """The header of a browser that comes again wins over its first address."""
        async with client.stream(since=start, last_event_id=ids[-2]) as following:
            await following()
            return (await following())["id"]

    assert live.talk(alice, resume) == ids[-1]


def test_a_silent_stream_moves_its_readers_place(live: Live) -> None:
    alice, other = live.caller(), live.caller()
    start = now(alice)

    async def follow(client: Client) -> None:
        async with client.stream(since=start, heartbeat=1) as following:
            await following()
            await meanwhile(other.new_secret)
            place = await meanwhile(now, other)
            bookmark = {"id": ""}
            while bookmark["id"] != str(place):
                bookmark = await following()
                assert bookmark["event"] == "bookmark"
                assert json.loads(bookmark["data"]) == {"last_seq": int(bookmark["id"])}

    live.talk(alice, follow)


def test_a_stream_begins_with_what_is_there(live: Live) -> None:
    alice = live.caller()
    paths = [alice.new_secret(name=str(number)) for number in range(2)]
    alice.delete(paths.pop())

    async def follow(client: Client) -> None:
        secrets = {"name": ["secrets"]}  # an admin sees all of the registry, which others fill
        async with client.stream(include_initial="true", filter=secrets) as following:
            await following()
            initial, ready = await following(), await following()
            assert initial["event"] == "initial"
            assert json.loads(initial["data"])["data"]["object"]["id"] == id_of(paths[0])
            assert "id" not in initial
            assert ready["event"] == "ready"
            assert ready["id"] == str(json.loads(ready["data"])["last_seq"])
            await meanwhile(alice.delete, paths[0])
            assert json.loads((await following())["data"])["data"]["op"] == "deleted"

    live.talk(alice, follow)


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        ({"since": "x"}, 400, "field"),
        ({"since": 10**17}, 410, "oldest"),
        ({"since": 0, "last_event_id": "x"}, 400, "field"),
        ({"heartbeat": 61}, 400, "field"),
    ],
)
def test_a_stream_is_refused_before_it_begins(
    sqlite_live: Live, wanted: dict[str, Any], status: int, field: str
) -> None:
    caller = sqlite_live.caller()
    found, body = sqlite_live.talk(caller, lambda client: client.answer(feed="eventsource", **wanted))
    assert found == status
    assert field in body


def test_the_filters_of_the_paste_file_say_who_calls(new_instance: Any, tmp_path: Any) -> None:
    """A wrong password is the pipeline's to refuse; pages of an allowed origin are told so."""
    import bcrypt  # noqa: PLC0415

    file = tmp_path / "htpasswd"
    file.write_text(f"alice:{bcrypt.hashpw(b'right', bcrypt.gensalt(4)).decode()}\n")
    file.chmod(0o600)
    settings = f"[api]\nauth = basic\nhtpasswd_file = {file}\n[cors]\nallowed_origin = https://page.example"
    with gateway_of(new_instance(settings, worker=False)) as live:
        right = live.caller(Authorization="Basic YWxpY2U6cmlnaHQ=", Origin="https://page.example")
        wrong = live.caller(Authorization="Basic YWxpY2U6d3Jvbmc=")

        async def headers(client: Client) -> tuple[int, dict[str, str]]:
            async with client.get() as response:
                return response.status, dict(response.headers)

        status, shown = live.talk(right, headers)
        assert (status, shown["Access-Control-Allow-Origin"]) == (200, "https://page.example")
        status, shown = live.talk(wrong, headers)
        assert status == 401
        assert shown["WWW-Authenticate"].startswith("Basic")


def test_every_form_shows_the_same_rows(live: Live) -> None:
    """To a caller of the project, to one whom an ACL names, and to strangers."""
    owner = live.caller(X_User_Id="alice", X_Roles="admin,member,creator")
    start = now(owner)
    for acl in (None, {"users": ["bob"]}, {"users": ["bob"], "project-access": False}):
        path = owner.new_secret(name="x")
        if acl is not None:
            owner.call("PUT", f"{path}/acl", json={"read": acl})
            owner.post(f"{path}/metadata", {"key": "a", "value": "b"})
        owner.delete(path)
    end = owner.new_secret(name="end")
    last = now(owner)
    owner.delete(end)
    mine = owner.project_id
    callers = [
        owner,
        live.caller(mine, X_User_Id="dave", X_Roles="member"),
        live.caller(mine, X_User_Id="dave", X_Roles="reader"),
        live.caller(X_User_Id="bob", X_Roles="member"),
        live.caller(X_User_Id="mallory", X_Roles="admin"),
    ]
    for caller in callers:
        expected = [item["data"]["seq"] for item in ask(caller, since=start, limit=1000).json["result"]]
        expected = [seq for seq in expected if seq <= last]

        async def streamed(client: Client, wanted: list[int] = expected) -> list[int]:
            async with client.stream(since=start, heartbeat=1) as following:
                await following()
                return [int((await following())["id"]) for _ in wanted]

        async def watched(client: Client, wanted: list[int] = expected) -> list[int]:
            async with client.socket() as socket:
                assert (await socket.ask("watch", object="secrets", since=start))["result"]["code"] == 1
                return [int((await socket.next())["seq"]) for _ in wanted]

        assert live.talk(caller, streamed) == expected
        assert live.talk(caller, watched) == expected
