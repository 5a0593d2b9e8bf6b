"""The commands on the database: ``barbican-manage db ...``, also known as ``barbican-db-manage ...``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from oslo_config import cfg

from barbican_like import bootstrap, rooms
from barbican_like.cmd import common
from barbican_like.common import clock
from barbican_like.common.errors import ConfigurationError
from barbican_like.model import migrate
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import removal


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command."""
    conf = rooms.new_config()
    conf.register_cli_opt(
        cfg.SubCommandOpt("category", title="commands", handler=register, help="what to do")
    )
    return common.run("barbican-db-manage", arguments, lambda parsed: int(parsed.category.do(parsed)), conf)


def register(actions: Any) -> None:
    """Add the commands to a parser's subparsers."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--db-url", "-d", help="SQLAlchemy URL; default: [database] connection")
    shared.add_argument(
        "--verbose", "-V", action="store_true", help="for old scripts: without it as much is printed"
    )
    upgrade = actions.add_parser("upgrade", parents=[shared], help="bring the schema to a revision")
    upgrade.add_argument(
        "--version", "-v", dest="revision", default="head", help="default: head, of every branch"
    )
    _does(upgrade, _upgrade)
    _does(actions.add_parser("current", parents=[shared], help="print each branch's revision"), _current)
    _does(actions.add_parser("history", parents=[shared], help="print every revision"), _history)
    _register_clean(actions, shared)
    sync = actions.add_parser(
        "sync_secret_stores",
        parents=[shared],
        help="bring the table of secret stores to what [secretstore] offers, as the API does when it starts",
    )
    _does(sync, _sync_secret_stores)


def _does(parser: argparse.ArgumentParser, work: Callable[[cfg.ConfigOpts], int]) -> None:
    """Let a command do ``work``, on the database that --db-url names."""

    def do(conf: cfg.ConfigOpts) -> int:
        if conf.category.db_url:
            conf.set_override("connection", conf.category.db_url, group="database")
        return work(conf)

    parser.set_defaults(do=do)


def _register_clean(actions: Any, shared: argparse.ArgumentParser) -> None:
    clean = actions.add_parser(
        "clean",
        parents=[shared],
        help="remove expired secrets or unused projects; what is deleted is removed at once anyway",
    )
    clean.add_argument(
        "--min-days", "-m", type=int, default=90, help="days since a secret expired; default: 90"
    )
    clean.add_argument(
        "--soft-delete-expired-secrets",
        "--expired-secrets",
        "-e",
        dest="expired",
        action="store_true",
        help="remove secrets that expired that long ago, with their payloads",
    )
    clean.add_argument(
        "--clean-unassociated-projects",
        "-p",
        dest="unused",
        action="store_true",
        help="remove projects that own nothing and have no quotas, with their keys",
    )
    clean.add_argument("--batch", type=int, default=500, help="rows in one transaction; default: 500")
    _does(clean, _clean)


def usable(conf: cfg.ConfigOpts) -> Database:
    """The configured database, at the schema's right revision.

    :raises ConfigurationError: when it is not.
    """
    database = bootstrap.new_database(conf)
    migrate.require_head(database, rooms.migrations())
    return database


def _upgrade(conf: cfg.ConfigOpts) -> int:
    database = bootstrap.new_database(conf)
    migrate.upgrade(database, conf.category.revision, rooms.migrations())
    for branch, revision in migrate.describe(database, rooms.migrations()):
        print(f"the schema of {branch} is at revision {revision}")
    return 0


def _current(conf: cfg.ConfigOpts) -> int:
    branches = migrate.describe(bootstrap.new_database(conf), rooms.migrations())
    for branch, revision in branches:
        print(branch, revision)
    if not branches:
        print("none")
    return 0


def _history(_conf: cfg.ConfigOpts) -> int:
    for branch, revision, title in migrate.history(rooms.migrations()):
        print(branch, revision, title)
    return 0


def _clean(conf: cfg.ConfigOpts) -> int:
    asked = conf.category
    if asked.min_days < 0 or asked.batch < 1:
        raise ConfigurationError("--min-days must be 0 or more, and --batch 1 or more")
    if not asked.expired and not asked.unused:
        print("nothing to remove: say --expired-secrets, --clean-unassociated-projects or both")
        return 0
    database = usable(conf)
    before = clock.now() - timedelta(days=asked.min_days)
    if asked.expired:
        _remove(
            database, "expired secrets", lambda uow: removal.remove_expired_secrets(uow, before, asked.batch)
        )
    if asked.unused:
        _remove(database, "unused projects", lambda uow: uow.projects.remove_unused(asked.batch))
    return 0


def _sync_secret_stores(conf: cfg.ConfigOpts) -> int:
    runtime = bootstrap.Runtime(conf, bounded=False)
    try:
        changes = bootstrap.offer_stores(runtime)
    finally:
        runtime.close()
    for change, store in changes:
        print(f"{change} {store}")
    if not runtime.plugins.offered:
        print("[secretstore] enable_multiple_secret_stores is not set: the table is left as it is")
    elif not changes:
        print("nothing to change: the table has what the configuration offers")
    return 0


def _remove(database: Database, what: str, remove_some: Callable[[UnitOfWork], int]) -> None:
    """Remove batch after batch, each in a transaction, so that nobody waits long for a lock."""
    total = 0
    while True:
        with UnitOfWork(database) as uow:
            count = remove_some(uow)
            uow.commit()
        if count == 0:
            break
        total += count
        print(f"{total} {what} removed so far", flush=True)
    print(f"{total} {what} removed")


if __name__ == "__main__":
    sys.exit(main())
