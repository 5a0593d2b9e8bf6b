"""Dramatiq over RabbitMQ: one process with eight threads, as its command starts them by default."""

from __future__ import annotations

import sys

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from stopwatch import Stopwatch

THREADS = 8


def main() -> None:
    """``store COUNT URL QUEUE``, ``work COUNT URL QUEUE``, or ``clear 0 URL QUEUE``."""
    order, count, url, queue = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    watch = Stopwatch(count)
    broker = RabbitmqBroker(url=url)
    nothing = dramatiq.actor(watch.note, broker=broker, queue_name=queue, actor_name="nothing")
    if order == "clear":
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
            broker.channel.queue_delete(name)
    elif order == "store":
        for _ in range(count):
            nothing.send()
    else:
        worker = dramatiq.Worker(broker, worker_threads=THREADS)
        worker.start()
        watch.finished.wait()
        worker.stop()
        print(watch.report())
    broker.close()


main()
