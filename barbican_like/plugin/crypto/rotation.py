"""Rotation of a store's keyring: a new term, then every project key wrapped under it, while all goes on.

Payloads are not touched: only the projects' keys, a few bytes each, are wrapped anew. A term is never
removed, so that a row that names it can always be opened.
"""

from __future__ import annotations

from collections.abc import Iterator

from barbican_like.common.errors import ConfigurationError
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.crypto.keyring import Keyring, open_keyring, seal_term
from barbican_like.plugin.crypto.master_key import MasterKey


def rotate(master: MasterKey, database: Database, store: str) -> int:
    """Add a term to a store's keyring.

    It wraps the new project keys of every process from now on, also of those that run already.

    :returns: its number.
    :raises ConfigurationError: when another rotation came first.
    """
    with Reading(database) as view:
        keyring = open_keyring(master, view, store)
    term = keyring.current + 1
    # Before the transaction: a token may take its time.
    sealed = seal_term(master, keyring.deployment, term)
    with UnitOfWork(database) as uow:
        if not uow.keyring_terms.add(store, term, sealed):
            raise ConfigurationError(f"another rotation has just made term {term} of {store}")
        uow.commit()
    return term


def rewrap(database: Database, keyring: Keyring, *, batch: int) -> Iterator[int]:
    """Wrap the project keys of older terms under the newest, ``batch`` of them in a transaction.

    It may be broken off at any point and begun again: what is done is no longer of an older term.

    :returns: how many keys each transaction wrapped.
    :raises IntegrityFailure: when a key cannot be opened; those before it are done.
    """
    while True:
        with UnitOfWork(database) as uow:
            behind = uow.project_keys.list_before(keyring.store, keyring.current, batch)
            for key in behind:
                secret = keyring.unwrap(key).secret
                uow.project_keys.rewrap(key, *keyring.wrap(key.id, key.project_id, secret))
            uow.commit()
        if not behind:
            return
        yield len(behind)
