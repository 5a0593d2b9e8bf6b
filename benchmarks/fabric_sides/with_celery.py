"""Celery over RabbitMQ: one process with as many threads as there are cores."""

from __future__ import annotations

import os
import signal
import sys
import threading

from celery import Celery
from stopwatch import Stopwatch


def main() -> None:
    """``store COUNT URL QUEUE``, ``work COUNT URL QUEUE``, or ``clear 0 URL QUEUE``."""
    order, count, url, queue = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    watch = Stopwatch(count)
    app = Celery("benchmark", broker=url)
    app.conf.update(task_default_queue=queue, task_ignore_result=True)
    # The default of 4 messages ahead a thread is sometimes a sixth as fast, never faster.
    app.conf.update(worker_prefetch_multiplier=64)
    app.conf.update(worker_enable_remote_control=False, worker_redirect_stdouts=False)

    @app.task(name="nothing")
    def nothing() -> None:
        watch.note()

    if order == "clear":
        with app.connection_for_write() as connection, connection.channel() as channel:
            channel.queue_delete(queue)
            channel.exchange_delete(queue)
    elif order == "store":
        for _ in range(count):
            nothing.delay()
    else:
        threading.Thread(target=_stop_when, args=[watch.finished], daemon=True).start()
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"]
        try:
            app.worker_main(["--quiet", "worker", "--pool", "threads", *quiet])
        finally:
            print(watch.report())


def _stop_when(finished: threading.Event) -> None:
    finished.wait()
    os.kill(os.getpid(), signal.SIGTERM)  # only a signal wakes it when nothing more comes


main()
