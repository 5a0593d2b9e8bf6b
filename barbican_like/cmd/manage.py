"""barbican-manage: what operators do to a deployment: its master key, its database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oslo_config import cfg

from barbican_like import bootstrap
from barbican_like.cmd import common, db
from barbican_like.common import config
from barbican_like.common.errors import ConfigurationError
from barbican_like.model.unit_of_work import Reading
from barbican_like.plugin.crypto import master_key, rotation


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command."""
    conf = config.new_config()
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
    _register_keyring(categories)
    db.register(
        categories.add_parser("db", help="the database's schema and its leftovers").add_subparsers(
            required=True, metavar="ACTION"
        )
    )


def _register_keyring(categories: Any) -> None:
    keyring = categories.add_parser("keyring", help="the keys that wrap the projects' keys").add_subparsers(
        required=True, metavar="ACTION"
    )
    keyring.add_parser("status", help="print each term and how many project keys it wraps").set_defaults(
        do=_keyring_status
    )
    keyring.add_parser("rotate", help="add a term; it wraps new project keys").set_defaults(do=_rotate)
    _register_rewrap(keyring, "rewrap")
    # The original's name for the same.
    software = categories.add_parser("simple_crypto", help="keyring rewrap by its old name")
    _register_rewrap(software.add_subparsers(required=True, metavar="ACTION"), "rewrap_pkek")


def _register_rewrap(actions: Any, name: str) -> None:
    rewrap = actions.add_parser(name, help="wrap the project keys of older terms under the newest")
    rewrap.add_argument("--batch", type=int, default=100, help="keys in one transaction; default: 100")
    rewrap.set_defaults(do=_rewrap)


def _keyring_status(conf: cfg.ConfigOpts) -> int:
    database = db.usable(conf)
    keyring = bootstrap.open_keyring(bootstrap.new_master_key(conf), database)
    with Reading(database) as view:
        for term, keys in view.project_keys.count_by_term():
            print(f"term {term}: {keys} project keys{', wraps new ones' if term == keyring.current else ''}")
    return 0


def _rotate(conf: cfg.ConfigOpts) -> int:
    term = rotation.rotate(bootstrap.new_master_key(conf), db.usable(conf))
    print(f"term {term} wraps new project keys; barbican-manage keyring rewrap brings the others under it")
    return 0


def _rewrap(conf: cfg.ConfigOpts) -> int:
    if conf.category.batch < 1:
        raise ConfigurationError("--batch must be 1 or more")
    database = db.usable(conf)
    keyring = bootstrap.open_keyring(bootstrap.new_master_key(conf), database)
    done = 0
    for count in rotation.rewrap(database, keyring, batch=conf.category.batch):
        done += count
        print(f"{done} project keys wrapped under term {keyring.current}", flush=True)
    print(f"no project key is of a term before {keyring.current}")
    return 0


def _create_master_key(conf: cfg.ConfigOpts) -> int:
    path = Path(conf.category.key_file or config.master_key_file(conf))
    master_key.create_file(path)
    print(f"wrote {path}: back it up, nothing can be read without it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
