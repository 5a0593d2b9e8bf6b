"""castellan's BarbicanKeyManager, unmodified, as Cinder and Nova use it.

castellan takes its credentials from Keystone, or from a RequestContext that brings a keystoneauth1
plug-in by ``get_auth_plugin``, as services' own contexts do. The tests bring one that sends X-Project-Id;
all the rest is castellan's configuration.
"""

import datetime as dt
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, call

import pytest
from castellan.common import exception
from castellan.common.objects import managed_object, passphrase, private_key, public_key, symmetric_key
from castellan.key_manager import barbican_key_manager
from cryptography.hazmat.primitives import serialization

from tests.support.castellan import MANAGED_OBJECTS, PluginContext, manager_of
from tests.support.instance import EMBEDDED, MARIADB, POSTGRES, RABBIT, Instance
from tests.support.noauth_plugin import ProjectNoAuth

# In standalone mode the API answers the same way, which the tests of the library show.
pytestmark = pytest.mark.parametrize("instance", [EMBEDDED, RABBIT, POSTGRES, MARIADB], indirect=True)

CREATED_KEYS = 10
#: A machine that is busy with other things gets a second chance; without wake-ups no chance suffices.
ROUNDS = 3
#: castellan waits this long after its first look at an order, whatever it saw (seconds).
UNCONDITIONAL_PAUSE = 0.25
CONSUMER = {"service": "glance", "resource_type": "image", "resource_id": "0f4a2b"}


@pytest.fixture
def manager(instance: Instance, tmp_path: Path) -> Any:
    """The key manager of the instance."""
    return manager_of(instance.endpoint, tmp_path)


@pytest.fixture
def context(project: str) -> PluginContext:
    """The context of a request in the test's project."""
    return PluginContext(ProjectNoAuth(project_id=project))


@pytest.fixture(params=MANAGED_OBJECTS)
def managed(request: pytest.FixtureRequest) -> managed_object.ManagedObject:
    """One of each type that castellan manages."""
    made: managed_object.ManagedObject = MANAGED_OBJECTS[request.param](f"a {request.param}")
    return made


def test_what_is_stored_is_got_back_listed_and_deleted(
    manager: Any, context: PluginContext, managed: managed_object.ManagedObject
) -> None:
    """Each type comes back equal, in DER where castellan wants DER, and alone without its value."""
    object_id = manager.store(context, managed)
    got = manager.get(context, object_id)
    assert type(got) is type(managed)
    assert got == managed
    assert (got.id, got.name) == (object_id, managed.name)
    assert got.created is not None
    described = manager.get(context, object_id, metadata_only=True)
    assert described.is_metadata_only()
    assert described.name == managed.name
    assert manager.list(context, object_type=type(managed)) == [managed]
    manager.delete(context, object_id)
    with pytest.raises(exception.ManagedObjectNotFoundError):
        manager.get(context, object_id)


def test_consumers_keep_an_object_from_deletion(
    manager: Any, context: PluginContext, managed: managed_object.ManagedObject
) -> None:
    """A consumer is added, shown, prevents the deletion, and is removed."""
    object_id = manager.store(context, managed)
    manager.add_consumer(context, object_id, CONSUMER)
    assert manager.get(context, object_id, metadata_only=True).consumers == [CONSUMER]
    with pytest.raises(exception.KeyManagerError, match="Secret cannot be deleted as it has consumers"):
        manager.delete(context, object_id)
    manager.remove_consumer(context, object_id, CONSUMER)
    assert manager.get(context, object_id).consumers == []
    manager.delete(context, object_id)


def test_force_deletes_an_object_that_has_consumers(manager: Any, context: PluginContext) -> None:
    object_id = manager.store(context, passphrase.Passphrase(b"x"))
    manager.add_consumer(context, object_id, CONSUMER)
    manager.delete(context, object_id, force=True)
    with pytest.raises(exception.ManagedObjectNotFoundError):
        manager.get(context, object_id)


def test_a_list_holds_every_type_and_can_leave_the_values_out(manager: Any, context: PluginContext) -> None:
    made = [make(name) for name, make in MANAGED_OBJECTS.items()]
    ids = {manager.store(context, one) for one in made}
    assert {one.id for one in manager.list(context)} == ids
    assert {type(one) for one in manager.list(context)} == {type(one) for one in made}
    assert all(one.is_metadata_only() for one in manager.list(context, metadata_only=True))


def test_create_key_gives_a_key_of_the_size_asked_for_and_leaves_no_order(
    manager: Any, context: PluginContext, client: Any
) -> None:
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).replace(tzinfo=None)
    key_id = manager.create_key(context, "AES", 256, name="volume", expiration=soon.isoformat())
    key = manager.get(context, key_id)
    assert isinstance(key, symmetric_key.SymmetricKey)
    assert (key.name, key.algorithm, key.bit_length, len(key.get_encoded())) == ("volume", "AES", 256, 32)
    assert client.secrets.get(key_id).expiration.replace(tzinfo=None) == soon
    assert client.orders.total() == 0


def test_create_key_pair_gives_two_keys_that_fit_and_leaves_neither_order_nor_container(
    manager: Any, context: PluginContext, client: Any
) -> None:
    private_id, public_id = manager.create_key_pair(context, "RSA", 2048, name="pair")
    private, public = manager.get(context, private_id), manager.get(context, public_id)
    assert isinstance(private, private_key.PrivateKey)
    assert isinstance(public, public_key.PublicKey)
    loaded = serialization.load_der_private_key(private.get_encoded(), password=None)
    assert loaded.public_key() == serialization.load_der_public_key(public.get_encoded())
    assert client.orders.total() == client.containers.total() == 0


def test_a_key_that_cannot_be_made_is_an_error_with_the_servers_reason(
    manager: Any, context: PluginContext
) -> None:
    with pytest.raises(exception.KeyManagerError, match="supported plugin not found"):
        manager.create_key(context, "rot13", 128)


@pytest.mark.timed
def test_create_key_never_sleeps_until_it_asks_again(
    manager: Any, context: PluginContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten orders in a row are ACTIVE at castellan's first look: its fixed pause, and no retry_delay."""
    sleep = Mock(wraps=barbican_key_manager.time.sleep)
    monkeypatch.setattr(barbican_key_manager, "time", SimpleNamespace(sleep=sleep))
    keys, retries = set(), []
    while len(retries) < ROUNDS and 0 not in retries:
        sleep.reset_mock()
        keys |= {manager.create_key(context, "AES", 256) for _ in range(CREATED_KEYS)}
        assert sleep.call_args_list.count(call(UNCONDITIONAL_PAUSE)) == CREATED_KEYS
        retries.append(sleep.call_count - CREATED_KEYS)
    assert len(keys) == CREATED_KEYS * len(retries)
    assert 0 in retries, f"times that castellan slept to ask again, of {CREATED_KEYS} keys: {retries}"


def test_an_unknown_id_is_told_apart_from_other_errors(manager: Any, context: PluginContext) -> None:
    unknown = str(uuid.uuid4())
    for ask in (manager.get, manager.delete):
        with pytest.raises(exception.ManagedObjectNotFoundError):
            ask(context, unknown)
    for change in (manager.add_consumer, manager.remove_consumer):
        with pytest.raises(exception.ManagedObjectNotFoundError):
            change(context, unknown, CONSUMER)


def test_another_projects_object_is_refused(manager: Any, context: PluginContext) -> None:
    object_id = manager.store(context, passphrase.Passphrase(b"x"))
    other = PluginContext(ProjectNoAuth(project_id="another"))
    with pytest.raises(exception.KeyManagerError, match="Forbidden"):
        manager.get(other, object_id)
    assert manager.list(other) == []
