"""A store's keyring: terms, each a random key sealed by the store's master key, that wrap the projects' keys.

The newest term wraps new project keys; older ones still unwrap theirs. Opening the terms at start is
the check that the master key is the right one. No seal names the store: a term opens under the master
key of its own store alone, a project key under a term of its own, and the master keys of two stores differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from barbican_like.common.errors import ConfigurationError, IntegrityFailure
from barbican_like.model.models import KeyringTerm, ProjectKey
from barbican_like.model.unit_of_work import Repositories
from barbican_like.plugin.crypto import envelope
from barbican_like.plugin.crypto.envelope import SealingKey, associated
from barbican_like.plugin.crypto.master_key import MasterKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """The opened terms of one store of a deployment."""

    store: str
    deployment: str
    terms: dict[int, SealingKey]

    @classmethod
    def open(cls, master: MasterKey, store: str, deployment: str, rows: Iterable[KeyringTerm]) -> Keyring:
        """Open every term of a store.

        :param rows: the store's.

        :raises ConfigurationError: when the master key is not the one that sealed them.
        """
        terms: dict[int, SealingKey] = {}
        for row in rows:
            try:
                secret = master.unseal(row.sealed, _term_context(deployment, row.term))
            except IntegrityFailure:
                raise ConfigurationError(
                    f"the master key does not open term {row.term} of the keyring of {store}: "
                    "it is not this database's master key"
                ) from None
            terms[row.term] = SealingKey(_term_id(row.term), secret)
        return cls(store, deployment, terms)

    @property
    def current(self) -> int:
        """The term that wraps new keys; 0 before there is any."""
        return max(self.terms, default=0)

    def wrap(self, key_id: str, project_id: str, secret: bytes) -> tuple[int, bytes]:
        """Seal a project's key under the newest term; returns that term and the sealed key."""
        term = self.current
        return term, envelope.seal(self.terms[term], secret, self._context(key_id, project_id, term))

    def unwrap(self, key: ProjectKey) -> SealingKey:
        """Open a project's key. Returns key material.

        :raises IntegrityFailure: when it was altered, or belongs to another project or term.
        """
        term = self.terms.get(key.term)
        if term is None:
            raise IntegrityFailure
        context = self._context(key.id, key.project_id, key.term)
        return SealingKey(id_bytes(key.id), envelope.unseal(term, key.wrapped, context))

    def _context(self, key_id: str, project_id: str, term: int) -> bytes:
        return associated("project-key/1", self.deployment, project_id, key_id, str(term))


def open_keyring(master: MasterKey, repositories: Repositories, store: str) -> Keyring:
    """A store's keyring as the database has it now.

    :raises ConfigurationError: when the master key is not the one that sealed it.
    """
    deployment = repositories.projects.deployment_id()
    return Keyring.open(master, store, deployment, repositories.keyring_terms.all(store))


def ensure_first_term(master: MasterKey, repositories: Repositories, store: str) -> None:
    """Write term 1 into a store's empty keyring; of two processes that try, one does.

    :raises ConfigurationError: when the keyring is lost: a new term would open no key that is there.
    """
    if not repositories.keyring_terms.all(store):
        if repositories.project_keys.exist(store):
            raise ConfigurationError(
                f"the keyring is empty although there are project keys of {store}: restore keyring_terms"
            )
        deployment = repositories.projects.deployment_id()
        repositories.keyring_terms.add(store, 1, seal_term(master, deployment, 1))


def seal_term(master: MasterKey, deployment: str, term: int) -> bytes:
    """A fresh term's key, sealed."""
    return master.seal(envelope.random_key(), _term_context(deployment, term))


def id_bytes(text: str) -> bytes:
    """The 16 bytes of a UUID."""
    return bytes.fromhex(text.replace("-", ""))


def _term_context(deployment: str, term: int) -> bytes:
    return associated("keyring-term/1", deployment, str(term))


def _term_id(term: int) -> bytes:
    return b"term" + term.to_bytes(12, "big")
