"""Orders in numbers: a mix of keys and pairs, placed at once, and what they must leave in the database."""

import time

from tests.faults.client import Answer, Client, Crowd, order
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.waiting import wait_for

ORDERS = 200
SETTLED_SECONDS = 60
PAIR_EVERY = {0: "rsa", 5: "ed25519"}  # of each ten orders; the others are AES keys


def kind_of(number: int) -> str:
    """What the order of that number asks for."""
    return PAIR_EVERY.get(number % 10, "aes")


def ask(client: Client, number: int) -> tuple[str, Answer]:
    """Send the order of that number."""
    kind = kind_of(number)
    return kind, client.post("/v1/orders", order(kind))


def place_orders(instance: Instance, count: int = ORDERS) -> None:
    """Have ``count`` orders accepted."""
    with Crowd(instance.port, ask, limit=count) as crowd:
        tally = crowd.wait()
    assert (tally.statuses(), tally.broken) == ({202: count}, 0)


def require_all_done(ledger: Ledger, count: int = ORDERS) -> float:
    """Wait until no order is PENDING, then check that each made what it must, once; the seconds it took."""
    begun = time.monotonic()
    wait_for(f"no order is PENDING (of {count})", ledger.settled, SETTLED_SECONDS)
    took = time.monotonic() - begun
    pairs = sum(kind_of(number) != "aes" for number in range(count))
    assert ledger.differences(keys=count - pairs, pairs=pairs) == {}
    return took
