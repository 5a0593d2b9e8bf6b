"""The registry's driver that keeps things in the database."""

from barbican_like.activity.repository.registry.writing import RegistryRepo

__all__ = ["RegistryRepo"]
