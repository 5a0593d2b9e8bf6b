"""Many processes write the embedded database at once: nobody is told that it is locked."""

import pytest

from tests.faults.client import Answer, Client, Crowd, Tally, order, secret
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.waiting import let_pass, tell, wait_for

CLIENTS = 8
OPTIONS = {"api": {"workers": "3", "threads": "2"}}


class Mixed:
    """Of ten calls three store, two order, two read, one lists, one updates, one deletes."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def __call__(self, client: Client, number: int) -> tuple[str, Answer]:
        """Make the call of that number."""
        turn = number % 10
        if turn in {0, 3, 6} or len(self._kept) < CLIENTS:
            answer = client.post("/v1/secrets", secret("busy"))
            if answer.status == 201:
                self._kept.append(answer.made)
            return "POST secret", answer
        if turn in {1, 5}:
            return "POST order", client.post("/v1/orders", order("aes"))
        if turn in {2, 7}:
            return "GET payload", client.payload(self._kept[0])
        if turn == 4:
            return "GET list", client.get("/v1/secrets?limit=10")
        if turn == 8:
            empty = client.post("/v1/secrets", {"name": "empty"}).made
            return "PUT", client.call("PUT", f"/v1/secrets/{empty}", b"later", Content_Type="text/plain")
        return "DELETE", client.call("DELETE", f"/v1/secrets/{self._kept.pop()}")


def load(instance: Instance, seconds: float) -> Tally:
    """Call from eight clients for a while."""
    with Crowd(instance.port, Mixed(), clients=CLIENTS) as crowd:
        let_pass(seconds)
        return crowd.finish()


def figures(tally: Tally, seconds: float) -> str:
    """Calls in all, and the times of the POSTs."""
    times = sorted(tally.seconds("POST secret") + tally.seconds("POST order"))
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    rate, slowest = len(tally.answers) / seconds, times[-1] * 1000
    return f"{rate:.0f} calls/s; {len(times)} POSTs: p50 {p50:.1f}, p99 {p99:.1f}, slowest {slowest:.0f} ms"


def require_no_lock_error(place: Place, seconds: float) -> None:
    """Three API processes and two workers write for a while: no 5xx, no word of a lock, all orders done."""
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger:
        instance.api()
        instance.worker("first")
        instance.worker("second")
        tally = load(instance, seconds)
        assert {status for status in tally.statuses() if status >= 400} == set(), tally.statuses()
        assert tally.broken == 0
        wait_for("no order is PENDING", ledger.settled, 30)
        assert ledger.statuses() == {"ACTIVE": len(tally.made("POST order", 202))}
        logs = instance.logs()
        assert [sign for sign in ("locked", "Overloaded", "overloaded", "Traceback") if sign in logs] == []
    tell(f"{place.name}: {figures(tally, seconds)}")


def test_no_writer_is_told_that_the_database_is_locked(embedded: Place) -> None:
    """Four seconds of mixed load from eight clients on SQLite."""
    require_no_lock_error(embedded, 4)


@pytest.mark.campaign
@pytest.mark.timeout(600)
def test_campaign_of_concurrent_writers(place: Place) -> None:
    """The same for a minute, on each database."""
    require_no_lock_error(place, 60)
