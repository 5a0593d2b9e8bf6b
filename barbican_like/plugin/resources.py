"""What the API and the tasks do with secrets: store, get, generate, delete.

The functions that return plaintext are ``get_secret``, ``values.open_value`` and, inside the plug-ins,
``retrieve`` and ``unseal``; nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from barbican_like.common import clock
from barbican_like.common.errors import OperationRefused, StaleProject
from barbican_like.common.notices import CREATED, DELETED, UPDATED
from barbican_like.model import telling
from barbican_like.model.models import Container, Order, SealedPayload, Secret
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import content
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
    telling.of_secret(uow, secret, CREATED)
    if new.payload is None or secret.content_type is None:
        uow.secrets.add(secret, uow.projects.find_or_create(secret.project_id))
        return
    store = store_for_new(uow, plugins, secret.project_id)
    stored = store.store(uow, _identity(secret, secret.content_type), new.payload)
    with forgetting(store, secret.project_id):
        uow.secrets.add(secret, stored.project)
        uow.secrets.add_payload(secret.id, stored.payload)


def passphrase_of(order: Order, secret_id: str) -> Secret:
    """The secret that an order's passphrase becomes when the order is done."""
    now = clock.now()
    return Secret(
        id=secret_id,
        project_id=order.project_id,
        creator_id=order.creator_id,
        name=order.meta["name"],
        secret_type="passphrase",  # noqa: S106  the kind, not one
        algorithm=None,
        bit_length=None,
        mode=None,
        expiration=None,
        content_type=content.TEXT,
        created_at=now,
        updated_at=now,
    )


def keep_passphrase(uow: UnitOfWork, plugins: Plugins, order: Order, secret_id: str, passphrase: str) -> None:
    """Seal the passphrase of an order whose row is there, for the secret that it will be.

    A user orders a pair and gets it whole: until then the passphrase is no secret, neither listed nor read
    nor counted. It becomes one together with the keys, or goes.
    """
    store = store_for_new(uow, plugins, order.project_id)
    identity = _identity(passphrase_of(order, secret_id), content.TEXT)
    stored = store.store(uow, identity, passphrase.encode())
    with forgetting(store, order.project_id):
        uow.order_passphrases.add(order.id, secret_id, stored.payload)


def release_passphrase(uow: UnitOfWork, order: Order, secret_id: str) -> None:
    """Make a secret of the passphrase of an order that is done."""
    secret = passphrase_of(order, secret_id)
    uow.secrets.add(secret, uow.projects.find_or_create(secret.project_id))
    uow.order_passphrases.release(order.id)
    telling.of_secret(uow, secret, CREATED)


def store_payload(
    uow: UnitOfWork, plugins: Plugins, secret: Secret, content_type: str, payload: bytes
) -> None:
    """Give a secret its payload, the second step.

    :raises Conflict: when it has one already.
    """
    store = store_for_new(uow, plugins, secret.project_id)
    stored = store.store(uow, _identity(secret, content_type), payload)
    now = uow.secrets.set_content_type(secret.id, content_type)
    telling.of_secret(uow, secret._replace(content_type=content_type, updated_at=now), UPDATED, "payload")
    with forgetting(store, secret.project_id):
        uow.secrets.add_payload(secret.id, stored.payload)


def move_secret(uow: UnitOfWork, plugins: Plugins, secret: Secret, to: str) -> None:
    """Seal a secret's payload anew in another store; whoever reads it meanwhile finds it in the old one.

    :param secret: with its guard.
    :param to: the store's name. Where the payload is in it already, nothing happens.
    :raises NotFound: when another removed the secret first.
    :raises OperationRefused: when there is no payload.
    :raises IntegrityFailure: when the payload cannot be opened, or this process has no such store.
    """
    held = uow.secrets.hold_payload(secret.id)
    if held is None or secret.content_type is None:
        raise OperationRefused("The secret has no payload that could be moved")
    if held.store == to:
        return
    store = plugins.store_named(to)
    # The next version, so that the seal that is replaced does not pass for this one.
    identity = _identity(secret, secret.content_type, held.version + 1)
    stored = store.store(uow, identity, get_secret(plugins, secret, held))
    with forgetting(store, secret.project_id):
        uow.secrets.set_payload(secret.id, stored.payload)
    telling.of_secret(uow, secret, UPDATED, "store")


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
    telling.of_container(uow, container, CREATED)


def delete_secret(uow: UnitOfWork, secret: Secret) -> None:
    """Remove a secret with everything that hangs on it."""
    emptied = uow.secrets.delete(secret.id)
    telling.of_containers_without(uow, emptied)
    telling.of_secret(uow, secret, DELETED)


def store_for_new(uow: UnitOfWork, plugins: Plugins, project_id: str) -> SecretStore:
    """The store that the project prefers, or the default. The database is asked if there is a choice."""
    preferred = uow.secret_stores.find_preferred(project_id) if plugins.has_choice else None
    return plugins.store_for_new(preferred.store if preferred else None)


@contextmanager
def forgetting(store: SecretStore, project_id: str) -> Iterator[None]:
    """Let a store forget a project that turns out to be gone, so that the next try makes it anew."""
    try:
        yield
    except StaleProject:
        store.forget(project_id)
        raise


def _identity(secret: Secret, content_type: str, version: int = 1) -> PayloadIdentity:
    return PayloadIdentity(
        project_id=secret.project_id, secret_id=secret.id, content_type=content_type, version=version
    )
