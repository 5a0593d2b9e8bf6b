"""A process whose broker is away: sends and listens all the same, and says how long each step took.

``python -m tests.support.broker_away URL COUNT WAITING``: sends COUNT wake-ups with room for WAITING of them,
then starts and stops a listener; prints the seconds of each step and the number of losses as JSON.
"""

import json
import sys
import time
from collections.abc import Callable

from barbican_like import rooms
from barbican_like.queue.transport import WakeUp, rpc


def main(url: str, count: int, waiting: int) -> None:
    """Do it."""
    rpc._WAITING = waiting
    address = rpc.RpcAddress(transport_url=url, topic="away", namespace="n", version="1.1", server_name="w")
    conf, took = rooms.load([]), {}

    def timed(step: str, action: Callable[[], object]) -> None:
        begun = time.monotonic()
        action()
        took[step] = time.monotonic() - begun

    waker, listener = address.waker(conf), address.listener(conf, frozenset({"process_type_order"}))
    wake_up = WakeUp("process_type_order", {"order_id": "o"})
    timed("wake", lambda: [waker.wake(wake_up) for _ in range(count)])
    timed("start", lambda: listener.start(lambda _: None))
    timed("close", waker.close)
    timed("stop", listener.stop)
    sys.stdout.write(json.dumps(took | {"lost": waker.lost.value}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
