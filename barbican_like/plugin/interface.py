"""The port that payloads go through: what a secret store is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from barbican_like.model.models import Project, SealedPayload
from barbican_like.model.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadIdentity:
    """Which payload is meant; a store binds its seal to all of it."""

    project_id: str  # external id of the owner
    secret_id: str
    content_type: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayload:
    """A store's answer to :meth:`SecretStore.store`."""

    project: Project
    payload: SealedPayload


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpec:
    """What kind of key is wanted; the words are the API's free text, lower-cased."""

    algorithm: str
    bit_length: int
    mode: str | None = None
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A generated pair, encoded as clients expect it."""

    private_key: bytes = field(repr=False)
    public_key: bytes


class SecretStore(Protocol):
    """Keeps payloads. Implementations stand the suite in tests/contract/test_secret_store.py."""

    name: str

    def store(self, uow: UnitOfWork, identity: PayloadIdentity, payload: bytes) -> StoredPayload:
        """Seal a payload within the caller's transaction; the caller writes what is returned."""

    def retrieve(self, identity: PayloadIdentity, stored: SealedPayload) -> bytes:
        """The payload, exactly as it was given. IntegrityFailure where it cannot be had."""

    def forget(self, project_id: str) -> None:
        """Drop what is remembered of a project that was removed."""


class KeyGenerator(Protocol):
    """Makes keys. OperationRefused where it does not know the kind."""

    def generate_symmetric(self, spec: KeySpec) -> bytes:
        """Random bytes for a symmetric key."""

    def generate_asymmetric(self, spec: KeySpec) -> KeyPair:
        """A private key with its public key."""
