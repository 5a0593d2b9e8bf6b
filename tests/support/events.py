"""Events asked for over HTTP, and waited for until they have come to rest; a small registry to ask about."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import webtest

from tests.support.application import Instance
from tests.support.caller import Caller

API: Final = "/api/v1"
AT_REST: Final = frozenset({"PENDING", "CONFIRM", "DENIED", "SUCCESS", "WARNING", "ERROR"})
SOON: Final = 30.0
"""Seconds after which an event that has not come to rest fails its test."""

_NEVER: Final = threading.Event()


def ask(
    caller: Caller, action: str, type_: str, id_: str | None = None, data: Any = None, **more: Any
) -> webtest.TestResponse:
    """Post an event."""
    about = {"type": type_} | ({} if id_ is None else {"id": id_})
    event = {"action": action, "object": about} | ({} if data is None else {"data": data}) | more
    return caller.post(f"{API}/activity", {"event": event})


def accepted(answer: webtest.TestResponse) -> str:
    """The id of the one event of a request that was accepted."""
    assert answer.status_int == 202, answer
    (event_id,) = answer.json["events"]
    return str(event_id)


def event(caller: Caller, event_id: str) -> dict[str, Any]:
    """An event as a caller sees it."""
    answer = caller.get(f"{API}/activity/{event_id}")
    assert answer.status_int == 200, answer
    (found,) = answer.json["result"]
    return dict(found)


def at_rest(caller: Caller, event_id: str, *more: str) -> dict[str, Any]:
    """An event once nothing happens to it by itself.

    :param more: further statuses that are waited for.
    """
    deadline = time.monotonic() + SOON
    while True:
        found = event(caller, event_id)
        if found["status"] in AT_REST.union(more):
            return found
        assert time.monotonic() < deadline, found
        _NEVER.wait(0.005)  # another process may do the work, so there is nothing here to be woken by


def done(caller: Caller, answer: webtest.TestResponse) -> dict[str, Any]:
    """The event of a request, which must have succeeded."""
    found = at_rest(caller, accepted(answer))
    assert found["status"] == "SUCCESS", found
    return found


def made(caller: Caller, type_: str, **data: Any) -> str:
    """The id of a thing that was made."""
    found = done(caller, ask(caller, "CREATE", type_, data=data))
    return str(found["object"]["id"])


@dataclass(frozen=True, slots=True)
class World:
    """Two authorities of a root, their people, and those people as callers."""

    instance: Instance
    root: str
    up: str  # an authority root:up
    upmc: str  # and one whose name begins with that of the other
    users: Mapping[str, str]  # URNs by first name

    def urn(self, name: str) -> str:
        """A user's."""
        return self.users[name]

    def caller(self, name: str) -> Caller:
        """A user who calls, without the role of an admin."""
        return self.instance.caller(X_User_Id=self.users[name], X_Roles="member")

    @property
    def admin(self) -> Caller:
        """Somebody who may do anything, and is no user of the registry."""
        return admin_of(self.instance)


def admin_of(instance: Instance) -> Caller:
    """Somebody who may do anything."""
    return instance.caller(X_User_Id="root", X_Roles="admin")


def world(instance: Instance) -> World:
    """A new one, whose names nobody else uses.

    Paul is the PI of up, and ulla a user there; petra is that of upmc, with carl; rita is that of the root.
    """
    admin, name = admin_of(instance), f"w{uuid.uuid4().hex[:12]}"
    root = made(admin, "AUTHORITY", name=name, shortname=name)
    up = made(admin, "AUTHORITY", name="up", shortname="up", authority=root)
    upmc = made(admin, "AUTHORITY", name="upmc", shortname="upmc", authority=root)
    users = {}
    for first, place in (("rita", root), ("paul", up), ("ulla", up), ("petra", upmc), ("carl", upmc)):
        email = f"{first}@{name}.example"
        users[first] = made(admin, "USER", authority=place, first_name=first, last_name="x", email=email)
    for first, place in (("rita", root), ("paul", up), ("petra", upmc)):
        done(admin, ask(admin, "ADD", "AUTHORITY", place, {"type": "PI", "values": [users[first]]}))
    return World(instance, root, up, upmc, users)
