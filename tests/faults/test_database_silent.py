"""The database server says nothing, or is not there yet: 503 in time, and all is well once it answers."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psutil
import pysqlite3
import pytest
from sqlalchemy import make_url

from tests.faults.client import Answer, Client, Crowd, secret
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.proxy import Proxy
from tests.faults.test_database_restarted import (
    UNFORESEEN,
    ask,
    behind_a_proxy,
    require_all_kept,
    require_healed,
    require_nothing_worse,
)
from tests.faults.waiting import let_pass, tell, wait_for

LOCK_WAIT = 2.0  # seconds
IN_TIME = LOCK_WAIT + 1
SILENCE = 6.0  # seconds
CLIENTS = 8
OPTIONS = {
    "database": {"lock_wait": str(LOCK_WAIT), "pool_size": "3"},  # so that some wait for a connection
    "api": {"most_threads": "6"},  # and some for a thread
    "worker": {"claim_term": "5"},
}


@contextmanager
def reached_by_a_proxy(place: Place) -> Iterator[tuple[Instance, Ledger, Proxy]]:
    """An instance whose way to its database can be stalled; its ledger goes another way."""
    with behind_a_proxy(place) as (there, proxy):
        instance = there.instance(options=OPTIONS)
        with instance, Ledger(place.database_url or "") as ledger:
            yield instance, ledger, proxy


@pytest.mark.timed
def test_a_silent_database_costs_503s_in_time_and_it_heals(served: Place) -> None:
    """Every request has its answer within lock_wait + 1 s, the health check too, and nothing is restarted."""
    with reached_by_a_proxy(served) as (instance, ledger, proxy):
        api, worker = instance.api(), instance.worker()
        serving = api.children()
        require_healed(instance)  # what is slow at the beginning has nothing to do with it
        with (
            Crowd(instance.port, ask, clients=CLIENTS) as crowd,
            Crowd(instance.port, ask_health, clients=1) as asker,
        ):
            let_pass(1)
            proxy.stall()
            let_pass(SILENCE)
            proxy.resume()
            let_pass(1)
            tally, health = crowd.finish(), asker.finish()
        require_healed(instance)
        require_nothing_worse(instance, tally)
        require_all_kept(instance, ledger, tally)
        assert (worker.running, api.children()) == (True, serving)
        logs = instance.logs()
    slowest = max(seconds for _, _, seconds in tally.answers)
    checked = health.seconds("health")[-1]
    tell(f"{served.name}: {tally.statuses()}, slowest {slowest:.1f} s, of the health checks {checked:.1f} s")
    assert slowest < IN_TIME
    assert tally.statuses().get(503, 0) > CLIENTS
    assert (set(health.statuses()), health.broken) == ({200}, 0)
    assert checked < IN_TIME
    assert ("database.silent" in logs, "database.answers" in logs) == (True, True)


@pytest.mark.timed
def test_a_locked_sqlite_file_costs_those_who_write_503s_in_time(embedded: Place) -> None:
    """Another program holds the file: who reads and the health check are answered, all within their time."""
    instance = embedded.instance(options={"database": {"lock_wait": str(LOCK_WAIT)}})
    with opened(instance):
        instance.api()
        require_healed(instance)
        other = pysqlite3.connect(make_url(instance.database_url).database, isolation_level=None)
        with closing(other):
            other.execute("BEGIN IMMEDIATE")
            with (
                Crowd(instance.port, store, clients=CLIENTS - 1) as writers,
                Crowd(instance.port, read, clients=1) as reader,
                Crowd(instance.port, ask_health, clients=1) as asker,
            ):
                let_pass(SILENCE)
                tallies = [each.finish() for each in (writers, reader, asker)]
            other.execute("ROLLBACK")
        require_healed(instance)
    slowest = [max(seconds for _, _, seconds in tally.answers) for tally in tallies]
    tell(f"sqlite: {tallies[0].statuses()}, slowest to write, to read, to check: {slowest}")
    assert [set(tally.statuses()) for tally in tallies] == [{503}, {200}, {200}]
    assert sum(tally.broken for tally in tallies) == 0
    assert max(slowest) < IN_TIME


def store(client: Client, _number: int) -> tuple[str, Answer]:
    """A secret."""
    return "store", client.post("/v1/secrets", secret("steady"))


def read(client: Client, _number: int) -> tuple[str, Answer]:
    """A list."""
    return "list", client.get("/v1/secrets?limit=3")


def ask_health(client: Client, _number: int) -> tuple[str, Answer]:
    """The health check, twenty times a second."""
    let_pass(0.05)
    return "health", client.get("/healthcheck")


@pytest.mark.parametrize("away", [Proxy.cut, Proxy.stall], ids=["gone", "silent"])
def test_api_and_worker_start_without_their_database(served: Place, away: Callable[[Proxy], None]) -> None:
    """They say so, the API answers 503 in time, and both do their work once the database is there."""
    with reached_by_a_proxy(served) as (instance, ledger, proxy):
        away(proxy)
        api, worker = instance.api(), instance.launch("worker")
        with instance.client() as client:
            require_unavailable(client)
            (serving,) = api.children()
            psutil.Process(serving).kill()
            wait_for("another process serves", lambda: is_replaced(api, client, serving), 30)
            require_unavailable(client)
            if away is Proxy.cut:
                proxy.restore()
            proxy.resume()
            wait_for("the API serves", lambda: client.get("/v1/secrets").status == 200, 20)
            wait_for("the worker has started", lambda: "worker.started" in worker.said(), 20)
            client.order("aes")
            wait_for("the order is done", ledger.settled, 20)
        assert (api.running, worker.running) == (True, True)
        assert [event for event in UNFORESEEN if event in instance.logs()] == []


def require_unavailable(client: Client) -> None:
    """503 in JSON, soon, with a time to come back; the health check is well."""
    begun = time.monotonic()
    answer = client.get("/v1/secrets")
    assert time.monotonic() - begun < IN_TIME
    assert (answer.status, answer.json()["code"], answer.headers["retry-after"]) == (503, 503, "1")
    assert client.get("/healthcheck").status == 200


def is_replaced(api: Process, client: Client, killed: int) -> bool:
    """Whether another process answers in the place of the killed one."""
    if killed in api.children() or not api.children():
        return False
    try:
        return client.get("/healthcheck").status == 200
    except OSError:
        return False


def test_a_database_that_refuses_ends_the_start_with_one_line(served: Place) -> None:
    """What waiting does not help, such as the name of a database that is not there, is said at once."""
    instance = served.instance()
    right = served.database_url or ""
    wrong = make_url(right).set(database="nowhere").render_as_string(hide_password=False)
    file = instance.configuration
    file.write_text(file.read_text().replace(right, wrong))
    with instance:
        for command in ("api", "worker"):
            process = instance.launch(command)
            assert process.exit_code() == 2, process.said()
            (line,) = process.said().strip().splitlines()
            assert line.startswith(f"barbican-{command}: the database cannot be used")
            assert "nowhere" in line
