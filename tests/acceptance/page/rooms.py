"""Something in every room, and people of the registry, who ask and decide."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from playwright.sync_api import expect

from tests.acceptance.page.conftest import Api
from tests.faults.waiting import wait_for
from tests.support.browser import Window

ROOM = "/workqueue/api/v1.0"


def done(api: Api, action: str, kind: str, thing: str | None, data: dict[str, Any]) -> str:
    """Ask for a change of the registry and wait until it is made; the thing's id."""
    about = {"type": kind} | ({} if thing is None else {"id": thing})
    event = asked(api, {"action": action, "object": about, "data": data})

    def found() -> Any:
        return api.call("GET", f"/api/v1/activity/{event}")["result"][0]

    wait_for(f"{action} {kind}", lambda: found()["status"] == "SUCCESS", 60)
    return str(found()["object"]["id"])


def asked(api: Api, event: dict[str, Any]) -> str:
    """Ask for a change; the event's id."""
    return str(api.call("POST", "/api/v1/activity", {"event": event})["events"][0])


def authority(api: Api, name: str) -> str:
    """A new authority's id."""
    return done(api, "CREATE", "AUTHORITY", None, {"name": name, "shortname": name})


def people(api: Api) -> tuple[str, str, str]:
    """An authority's PI and a user there, and a user of another authority."""
    name = f"w{uuid.uuid4().hex[:12]}"
    home, other = authority(api, name), authority(api, f"{name}o")
    found = [
        done(
            api,
            "CREATE",
            "USER",
            None,
            {"authority": place, "first_name": first, "last_name": "x", "email": f"{first}@{name}.example"},
        )
        for first, place in (("paul", home), ("ulla", home), ("carl", other))
    ]
    done(api, "ADD", "AUTHORITY", home, {"type": "PI", "values": [found[0]]})
    return found[0], found[1], found[2]


def fill(api: Api, text: str, payload: str, user: str = "alice") -> dict[str, str]:
    """Something of a user's in every room, with a text wherever one fits; the addresses of what there is."""
    actor = replace(api, user=user)
    requests = decided(api, text)
    return {
        "overview": "Overview",
        **stored(actor, text, payload),
        **moved(actor, text),
        "activity": "Activity",
        "requests": "Requests",
        **{f"requests/{event}": "UPDATE USER" for event in requests},
        "services": "Services",
        "tasks": "Tasks",
    }


def stored(api: Api, text: str, payload: str) -> dict[str, str]:
    """A secret, a container and an order."""
    secret = api.secret(
        name=text, algorithm=text, mode=text, payload=payload, payload_content_type="text/plain"
    )
    api.call("PUT", f"/v1/secrets/{secret}/metadata", {"metadata": {"k": text}})
    api.call("PUT", f"/v1/secrets/{secret}/acl", {"read": {"users": [text], "project-access": True}})
    user = {"service": text, "resource_type": text, "resource_id": text}
    api.call("POST", f"/v1/secrets/{secret}/consumers", user)
    refs = [{"name": text, "secret_ref": f"{api.endpoint}/v1/secrets/{secret}"}]
    body = {"name": text, "type": "generic", "secret_refs": refs}
    container = api.call("POST", "/v1/containers", body)["container_ref"].rpartition("/")[2]
    url = f"http://x/{text}"
    api.call("POST", f"/v1/containers/{container}/consumers", {"name": text[:36], "URL": url})
    meta = {"name": text, "algorithm": "aes", "bit_length": 256, "mode": text}
    order = api.call("POST", "/v1/orders", {"type": "key", "meta": meta})["order_ref"].rpartition("/")[2]
    return {
        "secrets": "Secrets",
        f"secrets/{secret}": text,
        "containers": "Containers",
        f"containers/{container}": text,
        "orders": "Orders",
        f"orders/{order}": text,
    }


def moved(api: Api, text: str) -> dict[str, str]:
    """A site, and a job that fails there."""
    endpoint = {"protocol": "DUMMY", "url": "dummy://any/?files=1&fail=9"}
    made = api.call("POST", f"{ROOM}/sites", {"name": "s", "description": text, "endpoints": [endpoint]})
    site = made["id"]
    paths = {"src_siteid": site, "src_filepath": text, "dst_siteid": site, "dst_filepath": f"{text}2"}
    job = api.call("POST", f"{ROOM}/copy", {**paths, "max_tries": 1})["id"]
    return {"jobs": "Jobs", f"jobs/{job}": f"COPY {job}", "sites": "Sites", f"sites/{site}": "s"}


def decided(api: Api, text: str) -> tuple[str, str]:
    """A request that waits for a decision, and one that was denied."""
    paul, ulla, carl = people(api)
    change = {"action": "UPDATE", "object": {"type": "USER", "id": ulla}, "data": {"bio": text}}
    asks = replace(api, user=carl, roles="member")
    waiting, denied = asked(asks, change), asked(asks, change)
    decides = replace(api, user=paul)
    known = f"/api/v1/activity/{denied}"
    wait_for("it waits", lambda: api.call("GET", known)["result"][0]["status"] == "PENDING", 60)
    decides.call("PUT", f"/api/v1/requests/{denied}", {"action": "deny", "message": text})
    return waiting, denied


def settle(window: Window) -> None:
    """Wait until nothing of the view loads any more."""
    expect(window.page.locator("main [aria-busy]")).to_have_count(0)
