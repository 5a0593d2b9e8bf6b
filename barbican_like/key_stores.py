"""The secret stores of this program: each is built with the master key that the configuration names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin import options, store_settings
from barbican_like.plugin.crypto import keyring, token_settings
from barbican_like.plugin.crypto.envelope_store import EnvelopeStore
from barbican_like.plugin.crypto.keyring import Keyring
from barbican_like.plugin.crypto.master_key import FileMasterKey, MasterKey
from barbican_like.plugin.crypto.project_keys import ProjectKeys
from barbican_like.plugin.interface import SecretStore
from barbican_like.plugin.store_settings import P11_CRYPTO, SIMPLE_CRYPTO, Configured

if TYPE_CHECKING:
    from barbican_like.plugin.crypto.token_master_key import TokenMasterKey


def configured_stores(conf: cfg.ConfigOpts) -> Configured:
    """The secret stores that the configuration names.

    :raises ConfigurationError: naming the option or section that is wrong.
    """
    return store_settings.read(conf, list(MASTER_KEYS))


def new_master_key(conf: cfg.ConfigOpts, store: str) -> MasterKey:
    """The configured master key of a store.

    :raises ConfigurationError: when it cannot be had.
    """
    return MASTER_KEYS[store](conf)


def open_keyring(master: MasterKey, database: Database, store: str) -> Keyring:
    """A store's keyring as the database has it now.

    :raises ConfigurationError: when this master key does not open it.
    """
    with Reading(database) as view:
        return keyring.open_keyring(master, view, store)


def new_store(conf: cfg.ConfigOpts, database: Database, name: str, master: MasterKey) -> SecretStore:
    """A store, whose first key is made where there is none.

    :raises ConfigurationError: when this master key does not open what is stored.
    """
    with UnitOfWork(database) as uow:
        keyring.ensure_first_term(master, uow, name)
        uow.commit()
    keys = ProjectKeys(
        open_keyring(master, database, name),
        size=conf.keyring.project_key_cache_size,
        ttl=conf.keyring.project_key_cache_ttl,
        reload=lambda: open_keyring(master, database, name),
    )
    return EnvelopeStore(keys)


def _file_master_key(conf: cfg.ConfigOpts) -> MasterKey:
    return FileMasterKey.load(options.master_key_file(conf))


def new_token_master_key(conf: cfg.ConfigOpts, key_label: str | None = None) -> TokenMasterKey:
    """The master key in the configured PKCS#11 token; the token is not asked yet.

    :param key_label: its label instead of the configured one.
    :raises ConfigurationError: when an option or the library is missing.
    """
    # Imported here: the library is an optional dependency.
    try:
        from barbican_like.plugin.crypto.token_master_key import TokenMasterKey
    except ModuleNotFoundError as error:
        if error.name != "pkcs11":
            raise
        raise ConfigurationError(
            "p11_crypto needs the Python package python-pkcs11: install barbican_like[pkcs11], "
            "or in a checkout requirements/pkcs11.txt"
        ) from error
    return TokenMasterKey(token_settings.read(conf, key_label))


MASTER_KEYS: dict[str, Callable[[cfg.ConfigOpts], MasterKey]] = {
    SIMPLE_CRYPTO: _file_master_key,
    P11_CRYPTO: new_token_master_key,
}
"""Every store of this program, by the name that payloads' rows have, with what gives its master key."""
