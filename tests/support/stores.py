"""The kinds of secret stores that ship with the product, as parameters of fixtures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pytest

from barbican_like.plugin.crypto.master_key import MasterKey
from barbican_like.plugin.crypto.token_master_key import TokenMasterKey
from tests.support import hsm

#: All but the first need something on the machine.
KINDS: Final = (pytest.param("simple_crypto"), pytest.param("p11_crypto", marks=pytest.mark.softhsm))


TWO_STORES_OFFERED: Final = """
[secretstore]
enable_multiple_secret_stores = true
stores_lookup_suffix = software, second
[secretstore:software]
secret_store_plugin = store_crypto
crypto_plugin = simple_crypto
global_default = true
[secretstore:second]
secret_store_plugin = second_plugin
"""
"""The second one is a plug-in that a test has to bring."""


@dataclass(frozen=True)
class StoreKind:
    """A store's name with the master key of its keyring."""

    name: str
    master: MasterKey = field(repr=False)


def token_master_key(label: str) -> TokenMasterKey:
    """The key of a token in the SoftHSM that is in use."""
    return TokenMasterKey(hsm.settings(label))
