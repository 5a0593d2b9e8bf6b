"""What the API and the tasks do with secrets: store, get, generate, delete.

The functions that return plaintext are ``get_secret`` and, inside the plug-ins, ``retrieve`` and
``unseal``; nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from barbican_like.common.errors import StaleProject
from barbican_like.model.models import Container, SealedPayload, Secret
from barbican_like.model.sql import RESERVED
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin.interface import KeyPair, KeySpec, PayloadIdentity, SecretStore
from barbican_like.plugin.registry import Plugins


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A secret to be written, with its payload where it has one already."""

    secret: Secret
    payload: bytes | None = None

    def __repr__(self) -> str:
        return f"NewSecret(secret={self.secret!r})"


def store_secret(uow: UnitOfWork, plugins: Plugins, new: NewSecret) -> None:
    """Write a new secret, sealed where it has a payload."""
    secret = new.secret
    if new.payload is None or secret.content_type is None:
        uow.secrets.add(secret, uow.projects.find_or_create(secret.project_id))
        return
    store = _store_for_new(uow, plugins, secret.project_id)
    stored = store.store(uow, _identity(secret, secret.content_type), new.payload)
    try:
        uow.secrets.add(secret, stored.project)
        uow.secrets.add_payload(secret.id, stored.payload)
    except StaleProject:
        store.forget(secret.project_id)
        raise


def reserve_secret(uow: UnitOfWork, plugins: Plugins, new: NewSecret) -> None:
    """Write what an order will give to its owner, and until then nobody sees; see ``SecretRepo.release``.

    A user orders a pair and gets it whole: while the order is PENDING the passphrase is in no list, cannot be
    read or deleted, and counts for no quota. It becomes a secret together with the keys, or goes.
    """
    store_secret(uow, plugins, replace(new, secret=new.secret._replace(expiration=RESERVED)))


def store_payload(
    uow: UnitOfWork, plugins: Plugins, secret: Secret, content_type: str, payload: bytes
) -> None:
    """Give a secret its payload, the second step.

    :raises Conflict: when it has one already.
    """
    store = _store_for_new(uow, plugins, secret.project_id)
    stored = store.store(uow, _identity(secret, content_type), payload)
    uow.secrets.set_content_type(secret.id, content_type)
    try:
        uow.secrets.add_payload(secret.id, stored.payload)
    except StaleProject:
        store.forget(secret.project_id)
        raise


def get_secret(plugins: Plugins, secret: Secret, stored: SealedPayload) -> bytes:
    """A secret's payload. Returns plaintext.

    :raises IntegrityFailure: when it cannot be opened.
    """
    content_type = secret.content_type or ""
    return plugins.store_named(stored.store).retrieve(_identity(secret, content_type, stored.version), stored)


def generate_secret(plugins: Plugins, spec: KeySpec) -> bytes:
    """Bytes of a new symmetric key. Returns key material.

    :raises OperationRefused: when no plug-in makes such a key.
    """
    return plugins.generator.generate_symmetric(spec)


def generate_asymmetric_secret(plugins: Plugins, spec: KeySpec) -> KeyPair:
    """A new key pair; may take seconds. Returns key material.

    :raises OperationRefused: when no plug-in makes such a pair.
    """
    return plugins.generator.generate_asymmetric(spec)


def store_container(uow: UnitOfWork, container: Container) -> None:
    """Write a new container whose secrets are stored."""
    uow.containers.add(container, uow.projects.find_or_create(container.project_id))


def delete_secret(uow: UnitOfWork, secret: Secret) -> None:
    """Remove a secret with everything that hangs on it."""
    uow.secrets.delete(secret.id)


def _store_for_new(uow: UnitOfWork, plugins: Plugins, project_id: str) -> SecretStore:
    """The store that the project prefers, or the default. The database is asked if there is a choice."""
    preferred = uow.secret_stores.find_preferred(project_id) if plugins.has_choice else None
    return plugins.store_for_new(preferred.store if preferred else None)


def _identity(secret: Secret, content_type: str, version: int = 1) -> PayloadIdentity:
    return PayloadIdentity(
        project_id=secret.project_id, secret_id=secret.id, content_type=content_type, version=version
    )
