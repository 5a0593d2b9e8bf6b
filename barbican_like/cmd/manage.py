"""barbican-manage: what operators do to a deployment: its master key, its database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oslo_config import cfg

from barbican_like import bootstrap, rooms
from barbican_like.cmd import common, db, hsm, keyring, tasks
from barbican_like.plugin import options
from barbican_like.plugin.crypto import master_key
from barbican_like.plugin.store_settings import SIMPLE_CRYPTO
from barbican_like.queue.transport import NullWaker


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command."""
    conf = rooms.new_config()
    conf.register_cli_opt(
        cfg.SubCommandOpt("category", title="commands", handler=_register, help="what to work on")
    )
    return common.run("barbican-manage", arguments, lambda parsed: int(parsed.category.do(parsed)), conf)


def _register(categories: Any) -> None:
    key = categories.add_parser("master-key", help="the key that seals all others").add_subparsers(
        required=True, metavar="ACTION"
    )
    create = key.add_parser("create", help="write a fresh master key (0600); never touches an existing one")
    create.add_argument(
        "--file", dest="key_file", help="where to write it; default: [keyring] master_key_file"
    )
    create.set_defaults(do=_create_master_key)
    keyring.register(
        categories.add_parser("keyring", help="the keys that wrap the projects' keys").add_subparsers(
            required=True, metavar="ACTION"
        )
    )
    # The original's name for the same.
    software = categories.add_parser("simple_crypto", help="keyring rewrap by its old name").add_subparsers(
        required=True, metavar="ACTION"
    )
    keyring.register_rewrap(software, "rewrap_pkek", SIMPLE_CRYPTO)
    hsm.register(
        categories.add_parser("hsm", help="the master key in a PKCS#11 token").add_subparsers(
            required=True, metavar="ACTION"
        )
    )
    db.register(
        categories.add_parser("db", help="the database's schema and its leftovers").add_subparsers(
            required=True, metavar="ACTION"
        )
    )
    tasks.register(
        categories.add_parser("tasks", help="the work that is owed, also what was given up").add_subparsers(
            required=True, metavar="ACTION"
        )
    )
    for command in rooms.commands():
        category = categories.add_parser(command.name, help=command.help)
        category.set_defaults(do=_work)
        command.register(category.add_subparsers(required=True, metavar="ACTION"))


def _work(conf: cfg.ConfigOpts) -> int:
    """Do a room's command."""
    runtime = bootstrap.Runtime(conf, bounded=False)
    try:
        return int(conf.category.work(runtime.parts(NullWaker()), conf.category))
    finally:
        runtime.close()


def _create_master_key(conf: cfg.ConfigOpts) -> int:
    path = Path(conf.category.key_file or options.master_key_file(conf))
    master_key.create_file(path)
    print(f"wrote {path}: back it up, nothing can be read without it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
