"""Procrastinate over PostgreSQL: asynchronous tasks, several at a time in one process."""

from __future__ import annotations

import asyncio
import logging
import sys

import procrastinate
from stopwatch import Stopwatch

CONCURRENCY = 10  # the default is 1, which gives less; more gives no more


async def main() -> None:
    """``store COUNT URL``, or ``work COUNT URL``."""
    order, count, url = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    watch = Stopwatch(count)
    logging.disable(logging.WARNING)  # that the application stands in the main module is meant
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    @app.task
    async def nothing() -> None:
        watch.note()

    async with app.open_async():
        if order == "store":
            await app.schema_manager.apply_schema_async()
            await nothing.batch_defer_async(*({} for _ in range(count)))
            return
        # A job that is done is deleted, as ours is; to keep it would be slower.
        await app.run_worker_async(
            wait=False, concurrency=CONCURRENCY, delete_jobs="always", install_signal_handlers=False
        )
    print(watch.report())


asyncio.run(main())
