"""barbican-status: whether this deployment is fit for this version of the program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from oslo_config import cfg

from barbican_like import bootstrap, key_stores, rooms
from barbican_like.cmd import common
from barbican_like.common.errors import BarbicanError
from barbican_like.http.policy import Policy
from barbican_like.model import migrate


class Result(IntEnum):
    """How a check ended; the worst is the exit code, as operators know it from other services."""

    SUCCESS = 0
    WARNING = 1
    FAILURE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    result: Result
    details: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command."""
    conf = rooms.new_config()
    conf.register_cli_opt(
        cfg.SubCommandOpt("category", title="commands", handler=_register, help="what to look at")
    )
    return common.run("barbican-status", arguments, lambda parsed: int(parsed.category.do(parsed)), conf)


def _register(categories: Any) -> None:
    upgrade = categories.add_parser("upgrade", help="readiness for this version").add_subparsers(
        required=True, metavar="ACTION"
    )
    upgrade.add_parser(
        "check", help="check everything; exit code 0, 1 (warnings) or 2 (failures)"
    ).set_defaults(do=_check)


def _check(conf: cfg.ConfigOpts) -> int:
    worst = Result.SUCCESS
    for name, check in _CHECKS.items():
        try:
            found = check(conf)
        except BarbicanError as error:
            found = Finding(Result.FAILURE, error.message)
        print(f"{name}: {found.result.name.capitalize()}" + (f" - {found.details}" if found.details else ""))
        worst = max(worst, found.result)
    return int(worst)


def _schema(conf: cfg.ConfigOpts) -> Finding:
    migrate.require_head(bootstrap.new_database(conf), rooms.migrations())
    return Finding(Result.SUCCESS, "")


def _keyring(conf: cfg.ConfigOpts) -> Finding:
    database = bootstrap.new_database(conf)
    for store in key_stores.configured_stores(conf).stores:
        keyring = key_stores.open_keyring(key_stores.new_master_key(conf, store), database, store)
        if not keyring.terms:
            return Finding(
                Result.WARNING, f"the keyring of {store} is empty; the first start makes its first term"
            )
    return Finding(Result.SUCCESS, "")


def _policy(conf: cfg.ConfigOpts) -> Finding:
    Policy.from_config(conf, rooms.policies())
    return Finding(Result.SUCCESS, "")


_CHECKS: dict[str, Callable[[cfg.ConfigOpts], Finding]] = {
    "Database schema": _schema,
    "Master key and keyring": _keyring,
    "Policy files": _policy,
}


if __name__ == "__main__":
    sys.exit(main())
