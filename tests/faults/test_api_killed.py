"""kill -9 of the API, whole or one serving process: what a client was told has happened, once."""

import os
import random
import signal
from collections.abc import Callable

import psutil
import pytest

from tests.faults.client import Answer, Client, Crowd, Tally, order, secret
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import let_pass, tell, wait_for

SETTLED_SECONDS = 60
TWO = {"api": {"workers": "2"}}


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Of ten calls, seven order an AES key, one orders a pair, two store a text that names its number."""
    turn = number % 10
    if turn in {3, 6}:
        return f"text {number}", client.post("/v1/secrets", secret(f"text {number}"))
    kind = "ed25519" if turn == 9 else "aes"
    return kind, client.post("/v1/orders", order(kind))


def under_fire(instance: Instance, strike: Callable[[], None], *, strikes: int) -> Tally:
    """Let clients call without pause while ``strike`` hits again and again; what they saw."""
    with Crowd(instance.port, ask) as crowd:
        for _ in range(strikes):
            answered = len(crowd.tally.answers) + random.randint(20, 80)
            wait_for(f"{answered} calls are answered", lambda n=answered: len(crowd.tally.answers) >= n, 30)
            strike()
        answered = len(crowd.tally.answers) + 40
        wait_for("calls are answered again", lambda: len(crowd.tally.answers) >= answered, 30)
        return crowd.finish()


def require_promises_kept(
    instance: Instance, ledger: Ledger, tally: Tally, within: float = SETTLED_SECONDS
) -> None:
    """Every 202 is an ACTIVE order, every 201 gives its text back, and nothing is there twice or half."""
    assert set(tally.statuses()) <= {201, 202}, tally.statuses()
    wait_for("no order is PENDING", ledger.settled, within)
    with instance.client() as client:
        for asked, answer, _ in tally.answers:
            if answer.status == 202:
                assert client.get(f"/v1/orders/{answer.made}").json()["status"] == "ACTIVE"
            else:
                assert client.payload(answer.made).content.decode() == asked
    stored = ledger.number("select count(*) from secrets where name is null")
    promised = sum(answer.status == 201 for _, answer, _ in tally.answers)
    assert promised <= stored <= promised + tally.broken
    assert ledger.count("orders") >= sum(answer.status == 202 for _, answer, _ in tally.answers)
    assert ledger.differences(**ledger.ordered(), stored=stored) == {}


class Restarted:
    """An API that is killed whole and started again at every strike."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._process = instance.api()

    def __call__(self) -> None:
        """Strike."""
        self._process.kill()
        self._process = self._instance.api()


def kill_one_child(api: Process) -> None:
    """SIGKILL to the oldest serving process; returns when the API has as many of them as before.

    Never to one that has just been replaced: the server takes that for a crash loop, and ends (for its
    supervisor to start it again).
    """
    before = api.children()
    victim = min(before, key=lambda pid: psutil.Process(pid).create_time())
    os.kill(victim, signal.SIGKILL)

    def replaced() -> bool:
        now = api.children()
        return victim not in now and len(now) == len(before)

    wait_for("a new serving process is there", replaced, 30)


def test_orders_accepted_before_the_api_was_killed_end_active(place: Place) -> None:
    """The whole API is killed during POSTs and started again: each 202 and 201 that was seen holds."""
    instance = place.instance(options=TWO)
    with opened(instance) as ledger:
        restarted = Restarted(instance)
        instance.worker()
        tally = under_fire(instance, restarted, strikes=1)
        assert tally.broken > 0
        require_promises_kept(instance, ledger, tally)


def test_one_serving_process_killed_is_replaced_and_no_promise_broken(embedded: Place) -> None:
    """One of the API's processes is killed during POSTs: the others serve on, and a new one comes."""
    instance = embedded.instance(options=TWO)
    with opened(instance) as ledger:
        api = instance.api()
        instance.worker()
        tally = under_fire(instance, lambda: kill_one_child(api), strikes=2)
        assert api.running
        require_promises_kept(instance, ledger, tally)


def test_standalone_orders_survive_a_kill_of_the_api(embedded: Place) -> None:
    """Without a queue the API itself works the orders: after a kill its successor finishes them."""
    instance = embedded.instance(options=TWO | {"queue": {"enable": "false"}})
    with opened(instance) as ledger:
        restarted = Restarted(instance)
        tally = under_fire(instance, restarted, strikes=1)
        require_promises_kept(instance, ledger, tally, within=15)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_kills_of_the_api(place: Place) -> None:
    """Thirty kills of the whole API during POSTs."""
    instance = place.instance(options=TWO)
    with opened(instance) as ledger:
        instance.worker()
        restarted = Restarted(instance)

        def strike() -> None:
            let_pass(random.uniform(0, 0.3))
            restarted()

        tally = under_fire(instance, strike, strikes=30)
        require_promises_kept(instance, ledger, tally)
    figures = f"{len(tally.answers)} promises, {tally.broken} broken connections"
    tell(f"{place.name}: 30 kills of the whole API: {figures}; all promises kept")


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_campaign_of_kills_of_serving_processes(place: Place) -> None:
    """Thirty kills of one serving process, during POSTs."""
    instance = place.instance(options=TWO)
    with opened(instance) as ledger:
        instance.worker()
        api = instance.api()
        tally = under_fire(instance, lambda: kill_one_child(api), strikes=30)
        require_promises_kept(instance, ledger, tally)
    figures = f"{len(tally.answers)} promises, {tally.broken} broken connections"
    tell(f"{place.name}: 30 kills of one serving process: {figures}; all promises kept")
