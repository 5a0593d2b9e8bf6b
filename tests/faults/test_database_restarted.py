"""The database server throws everybody out, or is gone: at most 503s, then all goes on without a restart."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from barbican_like.model.idle_check import TRUSTED_SECONDS
from tests.faults.client import Answer, Client, Crowd, Tally, order, secret
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.proxy import Proxy
from tests.faults.waiting import let_pass, tell, wait_for

HEALED_SECONDS = 10
CALLS_AFTER = 50
OPTIONS = {"api": {"workers": "2"}, "worker": {"claim_term": "5"}}
UNFORESEEN = ("request.failed", "task.crashed", "Exception in thread")  # events of errors that nothing maps


@contextmanager
def administered(place: Place) -> Iterator[Connection]:
    """A connection of an administrator, outside the instance's database."""
    url = make_url(place.database_url or "")
    other = url.set(database={"postgresql": "postgres", "mariadb": "mysql"}[place.name])
    engine = create_engine(other, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def throw_out(place: Place, admin: Connection) -> int:
    """End every session in the instance's database; how many there were."""
    name = make_url(place.database_url or "").database
    if place.name == "postgresql":
        sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = :name"
        return int(admin.execute(text(sql), {"name": name}).scalar_one())
    sql = "select id from information_schema.processlist where db = :name"
    sessions = list(admin.execute(text(sql), {"name": name}).scalars())
    for session in sessions:
        with suppress(DBAPIError):  # it has gone by itself
            admin.execute(text(f"kill {int(session)}"))
    return len(sessions)


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Of four calls, two order, one stores, one lists."""
    turn = number % 4
    if turn == 0:
        return "store", client.post("/v1/secrets", secret("steady"))
    if turn == 1:
        return "list", client.get("/v1/orders?limit=3")
    kind = "ed25519" if number % 20 == 2 else "aes"
    return "order", client.post("/v1/orders", order(kind))


def under_attack(instance: Instance, place: Place, strikes: int, every: float) -> tuple[Tally, int]:
    """Call without pause while all sessions are ended again and again; what was seen, and sessions ended."""
    ended = 0
    with administered(place) as admin, Crowd(instance.port, ask) as crowd:
        for _ in range(strikes):
            let_pass(every)
            ended += throw_out(place, admin)
        return crowd.finish(), ended


def require_healed(instance: Instance) -> None:
    """Soon fifty calls in a row succeed, and no pool holds a dead connection that it would hand out."""
    let_pass(2 * TRUSTED_SECONDS)

    def row_of_successes() -> bool:
        with Crowd(instance.port, ask, limit=CALLS_AFTER) as crowd:
            statuses = crowd.wait().statuses()
        return set(statuses) <= {200, 201, 202}

    wait_for(f"{CALLS_AFTER} calls in a row succeed", row_of_successes, HEALED_SECONDS)


def require_all_kept(instance: Instance, ledger: Ledger, tally: Tally) -> None:
    """Every 202 is an ACTIVE order, with one result each."""
    wait_for("no order is PENDING", ledger.settled, 60)
    stored = ledger.number("select count(*) from secrets where name is null")
    assert ledger.differences(**ledger.ordered(), stored=stored) == {}
    with instance.client() as client:
        for made in tally.made("order", 202):
            assert client.get(f"/v1/orders/{made}").json()["status"] == "ACTIVE"
        for made in tally.made("store", 201):
            assert client.payload(made).content == b"steady"


def require_trial(place: Place, strikes: int) -> None:
    """Throw all sessions out during load; then heal, with the same processes, and keep every promise."""
    instance = place.instance(options=OPTIONS)
    with opened(instance) as ledger:
        api, worker = instance.api(), instance.worker()
        serving = api.children()
        tally, ended = under_attack(instance, place, strikes, 0.25)
        assert ended > strikes
        require_healed(instance)
        require_nothing_worse(instance, tally)
        require_all_kept(instance, ledger, tally)
        assert (worker.running, api.children()) == (True, serving)
    refused = tally.statuses().get(503, 0)
    figures = f"{refused} of {len(tally.answers)} calls got 503"
    tell(f"{place.name}: {ended} sessions ended in {strikes} strikes: {figures}")


def require_nothing_worse(instance: Instance, tally: Tally) -> None:
    """Nothing but good answers and 503s, every call answered, and no unforeseen error in the logs."""
    worse = [answer for _, answer, _ in tally.answers if answer.status not in {200, 201, 202, 503}]
    assert worse == []
    assert tally.broken == 0
    logs = instance.logs()
    assert [event for event in UNFORESEEN if event in logs] == []


def test_ended_sessions_cost_503s_at_most_and_it_heals(served: Place) -> None:
    """Eight times all sessions are ended under load: nothing but 503s, and nothing restarted."""
    require_trial(served, 8)


@contextmanager
def behind_a_proxy(place: Place) -> Iterator[tuple[Place, Proxy]]:
    """The same place, reached by a way that can be cut."""
    url = make_url(place.database_url or "")
    with Proxy(url.port or 0) as proxy:
        there = url.set(port=proxy.port).render_as_string(hide_password=False)
        yield replace(place, database_url=there), proxy


def test_a_database_that_is_gone_costs_503s_at_most_and_it_heals(served: Place) -> None:
    """For three seconds under load every connection breaks and new ones are refused; then all is well."""
    with behind_a_proxy(served) as (place, proxy):
        instance = place.instance(options=OPTIONS)
        with opened(instance) as ledger:
            api, worker = instance.api(), instance.worker()
            serving = api.children()
            with Crowd(instance.port, ask) as crowd:
                let_pass(1)
                proxy.cut()
                let_pass(3)
                proxy.restore()
                let_pass(1)
                tally = crowd.finish()
            require_healed(instance)
            require_nothing_worse(instance, tally)
            require_all_kept(instance, ledger, tally)
            assert (worker.running, api.children()) == (True, serving)
    tell(f"{place.name}: gone for 3 s: {tally.statuses().get(503, 0)} of {len(tally.answers)} calls got 503")


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_campaign_of_ended_sessions(served: Place) -> None:
    """The same 150 times."""
    require_trial(served, 150)
