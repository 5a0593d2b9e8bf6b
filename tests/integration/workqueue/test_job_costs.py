"""How many SQL statements each request about transfers needs: the readable table below is the bound."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import orjson
import pytest

from barbican_like.http.controller import METHODS
from barbican_like.workqueue.http.routes import TABLE
from tests.support.application import Instance
from tests.support.statements import counted
from tests.support.transfers import Mover, mover

_HERE = {"src_siteid": "{site}", "src_filepath": "a"}
_THERE = _HERE | {"dst_siteid": "{site}", "dst_filepath": "b"}
_SITE = {"name": "{new}", "endpoints": [{"protocol": "DUMMY", "url": "dummy://any/"}]}


@dataclass(frozen=True)
class Cost:
    """A request, and what it may cost at most."""

    request: str  # method and pattern; what follows a comma tells requests apart
    reads: int
    writes: int = 0
    json: dict[str, object] | None = None

    @property
    def route(self) -> str:
        """Method and pattern."""
        return self.request.partition(",")[0]


# Up to four reads of a new job look for a slot of its link that is free, and two writes make that slot.
COSTS = [
    Cost("GET /jobs", 2),
    Cost("POST /jobs", 16, 7, _HERE | {"type": "LIST"}),
    Cost("POST /list", 16, 7, _HERE),
    Cost("POST /copy", 16, 7, _THERE),
    Cost("POST /remove", 16, 7, _HERE),
    Cost("POST /rename", 16, 7, _HERE | {"dst_filepath": "b"}),
    Cost("POST /mkdir", 16, 7, _HERE),
    Cost("GET /jobs/{id}", 2),
    Cost("GET /jobs/{id}/status", 1),
    Cost("GET /jobs/{id}/output", 3),
    Cost("GET /jobs/{id}/elements", 3),
    Cost("GET /jobs/{id}/elements/{id}", 3),
    Cost("GET /jobs/{id}/elements/{id}/status", 2),
    Cost("GET /jobs/{id}/elements/{id}/output", 4),
    Cost("GET /jobs/{id}/elements/{id}/output/{id}", 4),
    Cost("POST /jobs/{id}/cancel", 8, 6, {}),
    Cost("POST /jobs/{id}/retry", 14, 6, {}),
    Cost("DELETE /jobs/{id}", 3, 7),
    Cost("GET /sites", 1),
    Cost("POST /sites", 3, 3, _SITE),
    Cost("GET /sites/{id}", 1),
    Cost("PUT /sites/{id}", 4, 3, _SITE),
    Cost("DELETE /sites/{id}", 5, 3),
    Cost("GET /sites/{id}/credential", 2),
    Cost("PUT /sites/{id}/credential", 9, 5, {"secret_ref": "{secret}"}),
    Cost("DELETE /sites/{id}/credential", 7, 4),
    Cost("GET /sites/{id}/check", 2),
]


class Things:
    """What requests are about, made before they are counted."""

    def __init__(self, someone: Mover) -> None:
        self.someone = someone
        self.site = someone.site("made-up", "dummy://any/")

    def made(self, cost: Cost) -> str:
        """The path of a request, about a thing of its own."""
        method, _, pattern = cost.route.partition(" ")
        if pattern.startswith("/jobs/{id}"):
            failing = pattern.endswith("/retry")
            waiting = pattern.endswith("/cancel")
            return (
                pattern.replace("{id}", str(self._job(failing=failing, waiting=waiting)), 1)
                .replace("elements/{id}", "elements/0")
                .replace("output/{id}", "output/1")
            )
        if pattern.startswith("/sites/{id}"):
            return pattern.replace("{id}", str(self._site(shown=method != "PUT" and "credential" in pattern)))
        return pattern

    def body(self, cost: Cost) -> object:
        """The body of a request."""
        text = orjson.dumps(cost.json).decode().replace('"{site}"', str(self.site))
        return orjson.loads(
            text.replace("{new}", f"n{COSTS.index(cost)}").replace("{secret}", self._secret())
        )

    def _job(self, *, failing: bool, waiting: bool) -> int:
        more = {"extra_opts": {"not_before": "2999-01-01T00:00:00Z"}} if waiting else {}
        path = "none/file-000009" if failing else "a"
        job = self.someone.post("/list", {"src_siteid": self.site, "src_filepath": path} | more)
        if not waiting:
            self.someone.ended(job)
        return int(job["id"])

    def _site(self, *, shown: bool) -> int:
        key = {"auth": "PASSWORD"}
        site = self.someone.site(f"s-{uuid.uuid4()}", "dummy://any/", **key)
        if shown:
            answer = self.someone.call(
                "PUT", f"/sites/{site}/credential", json={"secret_ref": self._secret()}
            )
            assert answer.status_int == 200, answer
        return site

    def _secret(self) -> str:
        payload = orjson.dumps({"username": "u", "password": "p"}).decode()
        body = {"payload": payload, "payload_content_type": "text/plain"}
        return str(self.someone.caller.post("/v1/secrets", body).json["secret_ref"])


@pytest.fixture(scope="module")
def things(moving_instance: Instance) -> Things:
    return Things(mover(moving_instance))


@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: cost.request)
def test_a_request_stays_within_its_bound(things: Things, cost: Cost) -> None:
    method, path = cost.route.partition(" ")[0], things.made(cost)
    given = {} if cost.json is None else {"json": things.body(cost)}
    with counted(things.someone.instance.runtime.database) as found:
        answer = things.someone.call(method, path, **given)
    assert answer.status_int in {200, 201, 204}, answer
    assert len(found.reads) <= cost.reads, found.reads
    assert len(found.writes) <= cost.writes, found.writes
    assert bool(found.writes) is bool(cost.writes)  # a count that listens to nothing would find no writes


def test_every_route_has_a_bound() -> None:
    """A new route fails here until its cost is written into the table."""
    served = {
        f"{method} /{'/'.join(pattern)}"
        for pattern, controller in TABLE.items()
        for method in METHODS
        if hasattr(controller, f"on_{method.lower()}")
    }
    assert served == {cost.route for cost in COSTS}
