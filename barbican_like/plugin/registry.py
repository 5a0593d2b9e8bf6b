"""The plug-ins in use: which store takes new payloads, which opens a given one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from barbican_like.common.errors import IntegrityFailure
from barbican_like.plugin.interface import KeyGenerator, SecretStore
from barbican_like.plugin.store_settings import StoreSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """Every plug-in that ``bootstrap`` built."""

    stores: Mapping[str, SecretStore]
    default_store: str
    generator: KeyGenerator
    offered: tuple[StoreSetting, ...] = ()  # what projects may choose from; empty: nothing is said of stores

    @property
    def has_choice(self) -> bool:
        """Whether a project's preference can make a difference."""
        return len(self.offered) > 1

    def store_for_new(self, preferred: str | None = None) -> SecretStore:
        """The store of new payloads.

        :param preferred: the store that the project prefers, if it does.
        :raises IntegrityFailure: when this process has no such store.
        """
        return self.store_named(preferred or self.default_store)

    def store_named(self, name: str) -> SecretStore:
        """The store that a payload's row names.

        :raises IntegrityFailure: when this process has no such store.
        """
        store = self.stores.get(name)
        if store is None:
            raise IntegrityFailure(f"no secret store named {name!r} is configured")
        return store
