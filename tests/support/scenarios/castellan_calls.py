"""Every call of castellan's key manager, once."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from castellan.common import exception
from castellan.common.objects import passphrase
from castellan.key_manager.barbican_key_manager import BarbicanKeyManager
from cryptography.hazmat.primitives import serialization

from tests.support.castellan import MANAGED_OBJECTS

CONSUMER = {"service": "glance", "resource_type": "image", "resource_id": "0f4a2b"}
CALLS = frozenset(
    name for name, _ in inspect.getmembers(BarbicanKeyManager, inspect.isfunction) if not name.startswith("_")
)


class _Noting:
    """A key manager that remembers what was asked of it."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self.manager, name)


def every_call(manager: Any, context: Any) -> None:
    """Play them all in a project that is empty at first, and leave no secret in it."""
    noting = _Noting(manager)
    _objects(noting, context)
    _keys(noting, context)
    _consumers(noting, context)
    assert "barbican" in [group for group, _ in noting.list_options_for_discovery()]
    assert noting.list(context) == []
    assert noting.asked == CALLS


def _objects(manager: Any, context: Any) -> None:
    for name, make in MANAGED_OBJECTS.items():
        made = make(name)
        object_id = manager.store(context, made)
        assert manager.get(context, object_id) == made
        assert manager.get(context, object_id, metadata_only=True).is_metadata_only()
        assert manager.list(context, object_type=type(made)) == [made]
        manager.delete(context, object_id)
        with pytest.raises(exception.ManagedObjectNotFoundError):
            manager.get(context, object_id)


def _keys(manager: Any, context: Any) -> None:
    key_id = manager.create_key(context, "AES", 256, name="volume")
    assert len(manager.get(context, key_id).get_encoded()) == 32
    pair = manager.create_key_pair(context, "RSA", 2048, name="pair")
    private, public = (manager.get(context, object_id).get_encoded() for object_id in pair)
    loaded = serialization.load_der_private_key(private, password=None)
    assert loaded.public_key() == serialization.load_der_public_key(public)
    for object_id in (key_id, *pair):
        manager.delete(context, object_id)


def _consumers(manager: Any, context: Any) -> None:
    object_id = manager.store(context, passphrase.Passphrase(b"x"))
    for _ in range(2):
        manager.add_consumer(context, object_id, CONSUMER)
        assert manager.get(context, object_id).consumers == [CONSUMER]
        manager.remove_consumer(context, object_id, CONSUMER)
    manager.add_consumer(context, object_id, CONSUMER)
    with pytest.raises(exception.KeyManagerError, match="as it has consumers"):
        manager.delete(context, object_id)
    manager.delete(context, object_id, force=True)
