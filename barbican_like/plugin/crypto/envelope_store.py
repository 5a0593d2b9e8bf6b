"""The secret store that ships with the product: sealed here, kept in this database."""

from __future__ import annotations

from barbican_like.common.errors import IntegrityFailure
from barbican_like.model.models import SealedPayload
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin.crypto.envelope import associated, seal, unseal
from barbican_like.plugin.crypto.project_keys import ProjectKeys
from barbican_like.plugin.interface import PayloadIdentity, StoredPayload


class EnvelopeStore:
    """Seals payloads under the owning project's key. Stores of this class differ in their master keys alone.

    :param keys: gives the projects' keys, and the store its name.
    """

    def __init__(self, keys: ProjectKeys) -> None:
        self.name = keys.store
        self._keys = keys

    def store(self, uow: UnitOfWork, identity: PayloadIdentity, payload: bytes) -> StoredPayload:
        """Seal a payload; makes the project and its key where this is their first."""
        active = self._keys.cached(identity.project_id)
        if active is None:
            active = self._keys.active(uow, identity.project_id)
            remembered = active
            uow.after_commit(lambda: self._keys.remember(remembered))
        sealed = seal(active.key, payload, self._context(identity))
        return StoredPayload(
            project=active.project,
            payload=SealedPayload(store=self.name, sealed=sealed, version=identity.version, key=active.row),
        )

    def retrieve(self, identity: PayloadIdentity, stored: SealedPayload) -> bytes:
        """Open a payload. Returns plaintext."""
        if stored.key is None:
            raise IntegrityFailure
        return unseal(self._keys.opened(stored.key), stored.sealed, self._context(identity))

    def forget(self, project_id: str) -> None:
        """Drop the project's key."""
        self._keys.forget(project_id)

    def _context(self, identity: PayloadIdentity) -> bytes:
        return associated(
            "payload/1",
            self._keys.deployment,
            identity.project_id,
            identity.secret_id,
            str(identity.version),
            identity.content_type,
        )
