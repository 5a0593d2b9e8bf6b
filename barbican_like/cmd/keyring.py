"""barbican-manage keyring: the keys that wrap the projects' keys, in each store that is in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oslo_config import cfg

from barbican_like import key_stores
from barbican_like.cmd import db
from barbican_like.common.errors import ConfigurationError
from barbican_like.model.unit_of_work import Reading
from barbican_like.plugin.crypto import rotation


def register(actions: Any) -> None:
    """Add the actions to a parser of the command line."""
    status = actions.add_parser("status", help="print each term and how many project keys it wraps")
    rotate = actions.add_parser("rotate", help="add a term; it wraps new project keys")
    for parser, do in ((status, _status), (rotate, _rotate)):
        parser.add_argument("--store", help="only that of this store; default: each store in use")
        parser.set_defaults(do=do)
    rewrap = register_rewrap(actions, "rewrap")
    rewrap.add_argument("--store", help="only those of this store; default: each store in use")


def register_rewrap(actions: Any, name: str, store: str | None = None) -> Any:
    """Add the action that wraps anew, by a name of its own.

    :param store: the one that it acts on; None for each that is in use.
    """
    rewrap = actions.add_parser(name, help="wrap the project keys of older terms under the newest")
    rewrap.add_argument("--batch", type=int, default=100, help="keys in one transaction; default: 100")
    rewrap.set_defaults(do=_rewrap, store=store)
    return rewrap


def _stores(conf: cfg.ConfigOpts) -> Sequence[str]:
    """Those that the command is to act on.

    :raises ConfigurationError: when the one that is asked for is not in use.
    """
    in_use = key_stores.configured_stores(conf).stores
    asked = conf.category.store
    if asked is None:
        return in_use
    if asked not in in_use:
        raise ConfigurationError(f"--store {asked}: it is not in use; in use: {', '.join(in_use)}")
    return (asked,)


def _status(conf: cfg.ConfigOpts) -> int:
    stores = _stores(conf)
    database = db.usable(conf)
    for store in stores:
        keyring = key_stores.open_keyring(key_stores.new_master_key(conf, store), database, store)
        with Reading(database) as view:
            counted = view.project_keys.count_by_term(store)
        for term, keys in counted:
            newest = ", wraps new ones" if term == keyring.current else ""
            print(f"{store}: term {term}: {keys} project keys{newest}")
    return 0


def _rotate(conf: cfg.ConfigOpts) -> int:
    stores = _stores(conf)
    database = db.usable(conf)
    for store in stores:
        term = rotation.rotate(key_stores.new_master_key(conf, store), database, store)
        print(
            f"{store}: term {term} wraps new project keys; "
            "barbican-manage keyring rewrap brings the others under it"
        )
    return 0


def _rewrap(conf: cfg.ConfigOpts) -> int:
    if conf.category.batch < 1:
        raise ConfigurationError("--batch must be 1 or more")
    stores = _stores(conf)
    database = db.usable(conf)
    for store in stores:
        keyring = key_stores.open_keyring(key_stores.new_master_key(conf, store), database, store)
        done = 0
        for count in rotation.rewrap(database, keyring, batch=conf.category.batch):
            done += count
            print(f"{store}: {done} project keys wrapped under term {keyring.current}", flush=True)
        print(f"{store}: no project key is of a term before {keyring.current}")
    return 0
