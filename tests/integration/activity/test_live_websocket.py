"""The websocket's protocol: commands and their answers, who is let in, how it ends."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from barbican_like.activity.feed import initial
from barbican_like.activity.feed.initial import Start
from barbican_like.activity.live import hub
from tests.support.application import Instance
from tests.support.caller import id_of
from tests.support.feed import now
from tests.support.live import Client, Live, gateway_of, meanwhile

SECRETS = {"object": "secrets"}


def test_a_watch_brings_the_changes_of_its_name_until_it_ends(live: Live) -> None:
    alice = live.caller(X_User_Id="alice")

    async def follow(client: Client) -> None:
        async with client.socket() as socket:
            answer = await socket.ask("watch", **SECRETS)
            assert answer == {"command": "watch", "result": {"code": 1, "message": "watching", **SECRETS}}
            order = await meanwhile(alice.new_order, name="not watched")
            await meanwhile(live.instance.orders_done.wait_for, id_of(order))
            path = await meanwhile(alice.new_secret, name="x")
            found = await socket.next()
            while found["data"]["object"]["id"] != id_of(path):  # the order's secret comes first
                found = await socket.next()
            assert (found["command"], found["object"], found["event"]) == ("watch", "secrets", "created")
            assert found["seq"] == found["data"]["seq"]
            assert found["data"]["snapshot"]["name"] == "x"
            assert (await socket.ask("unwatch", **SECRETS))["result"]["code"] == 1
            assert (await socket.ask("unwatch", **SECRETS))["result"]["code"] == 0
            await meanwhile(alice.delete, path)
            assert (await socket.ask("count", object="containers"))["result"]["count"] == 0

    live.talk(alice, follow)


def test_a_count_keeps_no_object(sqlite_live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be a million, and thousands who count them."""
    alice, starts = sqlite_live.caller(), list[Start]()

    def noted(*arguments: Any) -> Start:
        starts.append(initial.take(*arguments))
        return starts[-1]

    monkeypatch.setattr(hub, "take", noted)
    for name in ("x", "y"):
        alice.new_secret(name=name)

    async def count(client: Client) -> int:
        async with client.socket() as socket:
            return int((await socket.ask("count", **SECRETS))["result"]["count"])

    assert sqlite_live.talk(alice, count) == 2
    assert [start.objects for start in starts] == [[]]


def test_a_second_watch_of_a_name_replaces_the_first(sqlite_live: Live) -> None:
    alice = sqlite_live.caller()
    start = now(alice)
    alice.new_secret(name="x")

    async def follow(client: Client) -> None:
        async with client.socket() as socket:
            await socket.ask("watch", **SECRETS, since=start)
            assert (await socket.next())["event"] == "created"
            await socket.ask("watch", **SECRETS, since=start)
            assert (await socket.next())["event"] == "created"
            path = await meanwhile(alice.new_secret, name="y")
            assert (await socket.next())["data"]["object"]["id"] == id_of(path)
            assert (await socket.ask("unwatch", **SECRETS))["command"] == "unwatch"

    sqlite_live.talk(alice, follow)


def test_it_begins_with_what_is_there(live: Live) -> None:
    alice = live.caller()
    path = alice.new_secret(name="x")

    async def follow(client: Client) -> None:
        async with client.socket() as socket:
            await socket.ask("watch", **SECRETS, include_initial=True)
            initial, ready = await socket.next(), await socket.next()
            assert (initial["event"], initial["data"]["object"]["id"]) == ("initial", id_of(path))
            assert (ready["event"], ready["data"]) == ("ready", {"last_seq": ready["seq"]})
            await meanwhile(alice.delete, path)
            assert (await socket.next())["event"] == "deleted"

    live.talk(alice, follow)


def test_all_members_of_a_filter_count_and_the_last_filter_counts(sqlite_live: Live) -> None:
    alice = sqlite_live.caller(X_User_Id="alice")
    bob = sqlite_live.caller(alice.project_id, X_User_Id="bob")

    async def follow(client: Client) -> None:
        async with client.socket() as socket:
            await socket.ask("watch", **SECRETS)
            assert (await socket.ask("filter", object={"actor": "bob", "op": ["created"]}))["result"][
                "code"
            ] == 1
            await meanwhile(alice.new_secret, name="alice's")
            await meanwhile(bob.new_secret, name="bob's")
            assert (await socket.next())["data"]["snapshot"]["name"] == "bob's"
            assert (await socket.ask("filter", object={}))["result"]["code"] == 1
            await meanwhile(alice.new_secret, name="last")
            assert (await socket.next())["data"]["snapshot"]["name"] == "last"

    sqlite_live.talk(alice, follow)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", None),
        ("x", None),
        ("[]", None),
        ('{"object": "secrets"}', None),
        ('{"command": 7}', None),
        ('{"command": "drop"}', "drop"),
        ('{"command": "watch"}', "watch"),
        ('{"command": "watch", "object": "tables"}', "watch"),
        ('{"command": "watch", "object": "secrets", "since": "1"}', "watch"),
        ('{"command": "watch", "object": "secrets", "since": -1}', "watch"),
        ('{"command": "watch", "object": "secrets", "since": true}', "watch"),
        ('{"command": "watch", "object": "secrets", "since": 1, "include_initial": true}', "watch"),
        ('{"command": "watch", "object": "secrets", "include_initial": 1}', "watch"),
        ('{"command": "watch", "object": "secrets", "sinse": 1}', "watch"),
        ('{"command": "unwatch", "object": ["secrets"]}', "unwatch"),
        ('{"command": "count"}', "count"),
        ('{"command": "filter", "object": {"names": []}}', "filter"),
        ('{"command": "filter", "object": "secrets"}', "filter"),
        ('{"command": "authenticate"}', "authenticate"),
    ],
)
def test_what_is_not_understood_is_said_and_the_connection_goes_on(
    sqlite_live: Live, text: str, command: str | None
) -> None:
    async def say(client: Client) -> None:
        async with client.socket() as socket:
            await socket.opened.send_str(text)
            answer = await socket.next()
            assert (answer["command"], answer["result"]["code"]) == (command, -1)
            assert answer["result"]["message"]
            await socket.opened.send_bytes(b"x")
            assert (await socket.next())["result"]["code"] == -1
            assert (await socket.ask("count", **SECRETS))["result"]["code"] == 1

    sqlite_live.talk(sqlite_live.caller(), say)


def test_a_place_that_is_not_kept_is_refused_with_what_is(sqlite_live: Live) -> None:
    async def say(client: Client) -> dict[str, Any]:
        async with client.socket() as socket:
            return (await socket.ask("watch", **SECRETS, since=10**15))["result"]

    result = sqlite_live.talk(sqlite_live.caller(), say)
    assert (result["code"], result["status"], result["oldest"]) == (0, 410, 1)
    assert "last_seq" in result


def test_a_message_that_is_too_large_ends_it(sqlite_live: Live) -> None:
    async def say(client: Client) -> tuple[int, str]:
        async with client.socket() as socket:
            await socket.opened.send_str("x" * 70_000)
            return await socket.closed()

    assert sqlite_live.talk(sqlite_live.caller(), say)[0] == 1009


def test_a_token_says_who_calls_and_until_when(live: Live) -> None:
    """Before it nothing is answered; when it expires the connection ends, unless another has come in time."""
    alice = live.caller(X_User_Id="alice", X_Roles="member")
    path = alice.new_secret(name="x")
    short = alice.post("/api/v1/usertoken", {"ttl": 2}).json
    long = alice.post("/api/v1/usertoken", {"ttl": 60}).json

    async def say(client: Client) -> tuple[int, str]:
        async with client.socket() as socket, client.socket() as prolonged:
            assert (await socket.ask("watch", **SECRETS))["result"]["code"] == 0
            assert (await socket.ask("authenticate", token="nonsense"))["result"]["code"] == 0
            answer = await socket.ask("authenticate", token=short["token"])
            assert answer["result"]["expires_at"] == short["expires_at"]
            assert (await socket.ask("count", **SECRETS))["result"]["count"] == 1
            await socket.ask("watch", **SECRETS)
            await prolonged.ask("authenticate", token=short["token"])
            await prolonged.ask("authenticate", token=long["token"])
            ended = await socket.closed()
            await meanwhile(alice.delete, path)
            assert (await prolonged.ask("count", **SECRETS))["result"]["count"] == 0
            return ended

    code, reason = live.talk(None, say)
    assert code == 4401
    assert "resume from " in reason


def test_tokens_are_kept_as_digests_and_bounded(instance: Instance) -> None:
    alice = instance.caller()
    token = alice.post("/api/v1/usertoken", {}).json["token"]
    with instance.runtime.database.reading() as connection:
        rows = connection.execute(sa.text("select digest, caller from user_tokens")).all()
    assert rows
    assert not any(token in value for row in rows for value in row)
    for body in ({"ttl": 0}, {"ttl": 3601}, {"ttl": "1"}, {"life": 1}):
        assert alice.post("/api/v1/usertoken", body).status_int == 400


async def status_with(client: Client, **headers: str) -> int:
    """That of a handshake."""
    try:
        async with client.socket(**headers):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status


@pytest.mark.parametrize("knows", [True, False])
def test_without_authentication_only_the_gateways_own_names_are_served(
    new_instance: Any, *, knows: bool
) -> None:
    """A page whose name was made to mean this machine gets nowhere, whether it says who calls or not."""
    settings = "[api]\nallowed_hosts = other.example\n[live]\nurl = https://live.example/"
    with gateway_of(new_instance(settings, worker=False)) as live:
        caller = live.caller() if knows else None
        for host, status in {
            "rebound.example": 421,
            "live.example": 101,
            "other.example:9312": 101,
            "localhost": 101,
        }.items():
            assert live.talk(caller, lambda client, host=host: status_with(client, Host=host)) == status, host
        named = {"Host": "127.0.0.1", "Origin": "https://live.example"}
        assert live.talk(None, lambda client: status_with(client, **named)) == 101


def test_wrong_credentials_and_pages_of_other_origins_are_refused(sqlite_live: Live) -> None:
    caller = sqlite_live.caller()
    own = f"http://127.0.0.1:{sqlite_live.gateway.port}"
    assert sqlite_live.talk(caller, lambda client: status_with(client, Origin=own)) == 101
    assert sqlite_live.talk(caller, lambda client: status_with(client, Origin="https://evil.example")) == 403
    assert sqlite_live.talk(None, lambda client: status_with(client, Authorization="Basic eA==")) == 400


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_pages_of_the_api_itself_may_open_a_websocket(sqlite_live: Live, name: str) -> None:
    port = sqlite_live.instance.runtime.conf.api.port

    async def opened(client: Client, origin: str) -> bool:
        try:
            async with client.socket(Origin=origin):
                return True
        except aiohttp.WSServerHandshakeError:
            return False

    assert sqlite_live.talk(None, lambda client: opened(client, f"http://{name}:{port}"))
    assert not sqlite_live.talk(None, lambda client: opened(client, f"http://{name}:{port + 1}"))
    assert not sqlite_live.talk(None, lambda client: opened(client, f"http://[{name}"))


def test_a_gateway_that_ends_says_where_to_go_on(new_instance: Any) -> None:
    instance = new_instance(worker=False)
    with gateway_of(instance) as live:
        alice = live.caller()
        alice.new_secret(name="x")

        async def say(client: Client) -> tuple[int, str]:
            async with client.socket() as socket:
                await socket.ask("watch", **SECRETS, since=0)
                await socket.next()
                await meanwhile(live.gateway.stop)
                return await socket.closed()

        assert live.talk(alice, say) == (1012, "restart, resume from 1")


def test_replies_are_json_texts_with_command_and_result(sqlite_live: Live) -> None:
    async def say(client: Client) -> str:
        async with client.socket() as socket:
            await socket.opened.send_str('{"command": "count", "object": "orders"}')
            return str((await socket.opened.receive(20)).data)

    found = json.loads(sqlite_live.talk(sqlite_live.caller(), say))
    assert found == {"command": "count", "result": {"code": 1, "message": "counted", "count": 0}}
