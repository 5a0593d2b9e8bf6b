"""The projects' keys in a store, unwrapped once and held for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from barbican_like.common import ids
from barbican_like.common.errors import StaleProject
from barbican_like.common.timed_cache import TimedCache
from barbican_like.model.models import Project, ProjectKey
from barbican_like.model.unit_of_work import Repositories
from barbican_like.plugin.crypto import envelope
from barbican_like.plugin.crypto.envelope import SealingKey
from barbican_like.plugin.crypto.keyring import Keyring


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """What sealing for a project needs: its row, its key's row, the key."""

    project: Project
    row: ProjectKey
    key: SealingKey


class ProjectKeys:
    """Gives a project's key, from memory where it is there.

    :param keyring: unwraps and wraps.
    :param size: keys held at most.
    :param ttl: seconds a key is held.
    :param reload: the keyring as it is now, for a key of a term that another process has made since.
    """

    def __init__(
        self, keyring: Keyring, *, size: int, ttl: float, reload: Callable[[], Keyring] | None = None
    ) -> None:
        self._keyring = keyring
        self._reload = reload
        self._active: TimedCache[ActiveKey] = TimedCache(size, ttl)
        self._opened: TimedCache[tuple[ProjectKey, SealingKey]] = TimedCache(size, ttl)

    @property
    def store(self) -> str:
        """The store whose keys these are."""
        return self._keyring.store

    @property
    def deployment(self) -> str:
        """The id that every seal is bound to."""
        return self._keyring.deployment

    def cached(self, external_id: str) -> ActiveKey | None:
        """The key that seals for a project, without any look at the database."""
        return self._active.get(external_id)

    def active(self, repositories: Repositories, external_id: str) -> ActiveKey:
        """The key that seals for a project; project and key are made where they are missing.

        Not remembered before :meth:`remember`, since the transaction that made it may be rolled back.
        """
        active = self._active.get(external_id)
        if active is not None:
            return active
        project = repositories.projects.find_or_create(external_id)
        row = repositories.project_keys.find_active(self.store, project) or self._make(repositories, project)
        return ActiveKey(project, row, self._unwrap(row))

    def remember(self, active: ActiveKey) -> None:
        """Hold a key that is known to be committed."""
        self._active.put(active.project.external_id, active)
        self._opened.put(active.row.id, (active.row, active.key))

    def forget(self, external_id: str) -> None:
        """Drop a project's sealing key, as after a rotation or the project's removal."""
        self._active.forget(external_id)

    def opened(self, row: ProjectKey) -> SealingKey:
        """The key of a row read from the database.

        :raises IntegrityFailure: when the row is not as it was written.
        """
        opened = self._opened.get(row.id)
        if opened is not None and opened[0] == row:
            return opened[1]
        key = self._unwrap(row)
        self._opened.put(row.id, (row, key))
        return key

    def _unwrap(self, row: ProjectKey) -> SealingKey:
        self._know(row.term)
        return self._keyring.unwrap(row)

    def _know(self, term: int) -> None:
        """Have a term that another process may have made since."""
        if term not in self._keyring.terms and self._reload is not None:
            self._keyring = self._reload()

    def _make(self, repositories: Repositories, project: Project) -> ProjectKey:
        # Looked up for each new key, which is rare: so a rotation holds for all once it is committed.
        self._know(repositories.keyring_terms.newest(self.store))
        key_id = ids.new_id()
        term, wrapped = self._keyring.wrap(key_id, project.external_id, envelope.random_key())
        key = ProjectKey(
            id=key_id, project_id=project.external_id, store=self.store, term=term, wrapped=wrapped
        )
        if repositories.project_keys.add_active(key, project):
            return key
        other = repositories.project_keys.find_active(self.store, project)
        if other is None:  # the project went, and took that key with it
            raise StaleProject
        return other
