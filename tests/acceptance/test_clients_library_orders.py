"""python-barbicanclient's library, unmodified: orders, and the containers that they make.

The client knows containers of the types generic, rsa and certificate: it raises TypeError for the dsa
container of a DSA order, as it does with Barbican. The keys of other pairs are found by their names.
"""

import datetime as dt
from typing import Any

import pytest
from barbicanclient.exceptions import HTTPClientError
from barbicanclient.v1.containers import RSAContainer
from barbicanclient.v1.orders import AsymmetricOrder, KeyOrder
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, types, x25519

from tests.support.instance import Instance, awaited, completed

TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).replace(tzinfo=None)
PASSPHRASE = "correct horse"


def loaded(private: bytes, passphrase: str | None = None) -> types.PrivateKeyTypes:
    """A private key in whichever of the two forms it comes."""
    password = passphrase.encode() if passphrase else None
    if private.startswith(b"-----BEGIN"):
        return serialization.load_pem_private_key(private, password)
    return serialization.load_der_private_key(private, password)


def public_bytes(private: types.PrivateKeyTypes, like: bytes) -> bytes:
    """The public half of a key, in the form of another."""
    encoding = serialization.Encoding.PEM if like.startswith(b"-----") else serialization.Encoding.DER
    return private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("algorithm", "bit_length", "mode", "size"),
    [
        ("aes", 256, "gcm", 32),
        ("aes", 128, "xts", 32),
        ("hmacsha256", 256, None, 32),
        ("3des", 192, "cbc", 24),
    ],
)
def test_a_key_is_ordered_and_got(
    client: Any, algorithm: str, bit_length: int, mode: str | None, size: int
) -> None:
    order = client.orders.create_key(
        name="key",
        algorithm=algorithm,
        bit_length=bit_length,
        mode=mode,
        payload_content_type="application/octet-stream",
        expiration=TOMORROW.isoformat(),
    )
    done = awaited(client, order.submit())
    assert isinstance(done, KeyOrder)
    assert (done.status, done.error_status_code, done.error_reason) == ("ACTIVE", None, None)
    key = client.secrets.get(done.secret_ref)
    for made in (done, key):
        assert (made.name, made.algorithm, made.bit_length, made.mode) == ("key", algorithm, bit_length, mode)
        assert made.expiration.replace(tzinfo=None) == TOMORROW
    assert key.secret_type == "symmetric"
    assert len(key.payload) == size


@pytest.mark.parametrize(
    ("algorithm", "bit_length", "kind"),
    [
        ("rsa", 2048, rsa.RSAPrivateKey),
        ("dsa", 1024, dsa.DSAPrivateKey),
        ("ec", 256, ec.EllipticCurvePrivateKey),
        ("ec", 521, ec.EllipticCurvePrivateKey),
        ("ed25519", 256, ed25519.Ed25519PrivateKey),
        ("x25519", 256, x25519.X25519PrivateKey),
    ],
)
def test_a_pair_is_ordered_and_fits(client: Any, algorithm: str, bit_length: int, kind: type) -> None:
    order = client.orders.create_asymmetric(
        name=algorithm, algorithm=algorithm, bit_length=bit_length, expiration=TOMORROW.isoformat()
    )
    done = awaited(client, order.submit())
    assert isinstance(done, AsymmetricOrder)
    assert (done.status, done.error_reason) == ("ACTIVE", None)
    assert done.container_ref
    halves = {secret.secret_type: secret for secret in client.secrets.list(name=algorithm)}
    assert halves.keys() == {"private", "public"}
    for half in halves.values():
        assert (half.algorithm, half.bit_length) == (algorithm, bit_length)
        assert half.expiration.replace(tzinfo=None) == TOMORROW
    private = loaded(halves["private"].payload)
    assert isinstance(private, kind)
    public = halves["public"].payload
    assert public_bytes(private, like=public) == public


@pytest.mark.parametrize("algorithm", ["rsa", "ec"])
def test_a_passphrase_protects_the_private_key_and_is_kept_with_it(client: Any, algorithm: str) -> None:
    bit_length = 2048 if algorithm == "rsa" else 256
    order = client.orders.create_asymmetric(
        name="protected", algorithm=algorithm, bit_length=bit_length, pass_phrase=PASSPHRASE
    )
    done = awaited(client, order.submit())
    assert (done.status, done.pass_phrase) == ("ACTIVE", None)
    made = {secret.secret_type: secret for secret in client.secrets.list(name="protected")}
    assert made.keys() == {"private", "public", "passphrase"}
    assert made["passphrase"].payload == PASSPHRASE
    with pytest.raises(TypeError, match="encrypted"):
        loaded(made["private"].payload)
    private = loaded(made["private"].payload, PASSPHRASE)
    assert public_bytes(private, like=made["public"].payload) == made["public"].payload


def test_the_container_of_an_rsa_order_holds_the_pair(client: Any) -> None:
    done = completed(
        client, "asymmetric", name="pair", algorithm="RSA", bit_length=1024, pass_phrase=PASSPHRASE
    )
    for container in (client.containers.get(done.container_ref), client.containers.list()[0]):
        assert isinstance(container, RSAContainer)
        assert (container.name, container.status, container.consumers) == ("pair", "ACTIVE", [])
        assert container.container_ref == done.container_ref
        assert container.private_key_passphrase.payload == PASSPHRASE
        private = loaded(container.private_key.payload, PASSPHRASE)
        assert public_bytes(private, like=b"-----") == container.public_key.payload


def test_containers_are_listed_by_name_and_type_and_deleted_without_their_secrets(client: Any) -> None:
    pair = {"algorithm": "rsa", "bit_length": 1024}
    orders = [completed(client, "asymmetric", name=name, **pair) for name in ("one", "two")]
    assert client.containers.total() == 2
    for wanted, found in [
        ({}, ["one", "two"]),
        ({"name": "two"}, ["two"]),
        ({"type": "rsa"}, ["one", "two"]),
        ({"type": "generic"}, []),
        ({"limit": 1, "offset": 1}, ["two"]),
    ]:
        assert [container.name for container in client.containers.list(**wanted)] == found
    client.containers.delete(orders[0].container_ref)
    client.containers.get(orders[1].container_ref).delete()
    assert client.containers.list() == []
    with pytest.raises(HTTPClientError) as caught:
        client.containers.get(orders[0].container_ref)
    assert caught.value.status_code == 404
    assert client.secrets.total() == 4


def test_orders_are_made_by_their_type_listed_and_deleted_without_their_results(client: Any) -> None:
    key = completed(client, "key", name="key", algorithm="aes", bit_length=128)
    pair = completed(client, "asymmetric", name="pair", algorithm="ec", bit_length=256)
    listed = client.orders.list()
    assert [type(order) for order in listed] == [KeyOrder, AsymmetricOrder]
    assert [order.to_dict() for order in listed] == [key.to_dict(), pair.to_dict()]
    assert [order.name for order in client.orders.list(limit=1, offset=1)] == ["pair"]
    assert client.orders.total() == 2
    assert client.orders.get(key.order_ref.rpartition("/")[2]).secret_ref == key.secret_ref
    client.orders.delete(key.order_ref)
    pair.delete()
    assert client.orders.list() == []
    with pytest.raises(HTTPClientError) as caught:
        client.orders.get(key.order_ref)
    assert caught.value.status_code == 404
    assert client.secrets.total() == 3


@pytest.mark.parametrize(
    ("kind", "algorithm", "reason"),
    [
        ("key", "rot13", "Secret generate supported plugin not found."),
        ("key", "rsa", "Requested algorithm is not supported"),
        ("asymmetric", "aes", "Requested algorithm is not supported"),
    ],
)
def test_an_order_that_cannot_be_done_ends_in_error_with_the_reason(
    client: Any, kind: str, algorithm: str, reason: str
) -> None:
    failed = completed(client, kind, name="x", algorithm=algorithm, bit_length=128)
    assert (failed.status, failed.error_status_code) == ("ERROR", "400")
    assert failed.error_reason.startswith(f"Process TypeOrder issue seen - {reason}")
    assert client.secrets.total() == client.containers.total() == 0


def test_another_projects_order_is_not_found(client: Any, instance: Instance) -> None:
    order = completed(client, "key", name="x", algorithm="aes", bit_length=128)
    stranger = instance.client("stranger")
    with pytest.raises(HTTPClientError, match="Not Found") as caught:
        stranger.orders.get(order.order_ref)
    assert caught.value.status_code == 404
