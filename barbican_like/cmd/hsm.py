"""barbican-manage hsm: the master key in the PKCS#11 token of [p11_crypto_plugin]."""

from __future__ import annotations

import os
from typing import Any

from oslo_config import cfg

from barbican_like import key_stores
from barbican_like.cmd import keyring
from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.store_settings import P11_CRYPTO

_TRIAL_CONTEXT = b"trial"


def register(actions: Any) -> None:
    """Add the actions, named as in the original, to a parser of the command line."""
    generate = actions.add_parser("gen_mkek", help="make the master key in the token; never touches another")
    check = actions.add_parser("check_mkek", help="see whether the master key is there, seals and opens")
    for parser, do in ((generate, _generate), (check, _check)):
        parser.add_argument("--label", help="the key's label; default: [p11_crypto_plugin] mkek_label")
        parser.set_defaults(do=do)
    keyring.register_rewrap(actions, "rewrap_pkek", P11_CRYPTO)


def _generate(conf: cfg.ConfigOpts) -> int:
    key_stores.new_token_master_key(conf, conf.category.label).create()
    print(f"made the key {_label(conf)} in the token: back the token up, nothing can be read without it")
    return 0


def _check(conf: cfg.ConfigOpts) -> int:
    master = key_stores.new_token_master_key(conf, conf.category.label)
    trial = os.urandom(32)
    if master.unseal(master.seal(trial, _TRIAL_CONTEXT), _TRIAL_CONTEXT) != trial:
        raise ConfigurationError(f"the key {_label(conf)} in the token does not open what it has sealed")
    print(f"the key {_label(conf)} is in the token; it seals and opens")
    return 0


def _label(conf: cfg.ConfigOpts) -> str:
    return str(conf.category.label or conf.p11_crypto_plugin.mkek_label)
