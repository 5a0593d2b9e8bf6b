"""Asymmetric orders: the pair, its container, its passphrase."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

from tests.support.application import Instance
from tests.support.caller import Caller, id_of, path_of

_PASSPHRASE = "correct horse battery staple"
_KINDS = [
    ("rsa", 1024, rsa.RSAPublicKey, b"-----BEGIN"),
    ("RSA", 2048, rsa.RSAPublicKey, b"-----BEGIN"),
    ("dsa", 1024, dsa.DSAPublicKey, b"0\x82"),
    ("ec", 256, ec.EllipticCurvePublicKey, b"-----BEGIN"),
    ("ec", 384, ec.EllipticCurvePublicKey, b"-----BEGIN"),
    ("ec", 521, ec.EllipticCurvePublicKey, b"-----BEGIN"),
    ("ed25519", 256, ed25519.Ed25519PublicKey, b"-----BEGIN"),
    ("x25519", 256, x25519.X25519PublicKey, b"-----BEGIN"),
]


def container_of(instance: Instance, caller: Caller, order: str) -> dict[str, object]:
    """The container that an order ends with."""
    instance.orders_done.wait_for(id_of(order))
    shown = caller.get(order).json
    assert shown["status"] == "ACTIVE", shown
    assert "secret_ref" not in shown
    found: dict[str, object] = caller.get(path_of(shown["container_ref"])).json
    return found


def payloads_of(caller: Caller, container: dict[str, object]) -> dict[str, bytes]:
    """By name in the container the payload of each secret."""
    return {
        reference["name"]: caller.get(path_of(reference["secret_ref"]) + "/payload").body
        for reference in container["secret_refs"]  # type: ignore[attr-defined]
    }


def loaded(private: bytes, public: bytes, password: bytes | None = None) -> tuple[object, object]:
    """Both keys, read as PEM or DER."""
    if private.startswith(b"-----"):
        return (
            serialization.load_pem_private_key(private, password),
            serialization.load_pem_public_key(public),
        )
    return serialization.load_der_private_key(private, password), serialization.load_der_public_key(public)


@pytest.mark.parametrize(("algorithm", "bits", "kind", "start"), _KINDS)
def test_a_pair_fits_together_and_is_named_by_a_container(
    instance: Instance, caller: Caller, algorithm: str, bits: int, kind: type, start: bytes
) -> None:
    order = caller.new_order("asymmetric", algorithm=algorithm, bit_length=bits, name="pair")
    container = container_of(instance, caller, order)
    # The clients know no other types of containers.
    known = algorithm.lower() if algorithm.lower() in {"rsa", "dsa"} else "generic"
    assert (container["name"], container["type"]) == ("pair", known)
    payloads = payloads_of(caller, container)
    assert list(payloads) == ["private_key", "public_key"]
    assert all(payload.startswith(start) for payload in payloads.values())
    private, public = loaded(payloads["private_key"], payloads["public_key"])
    assert isinstance(public, kind)
    assert private.public_key() == public  # type: ignore[attr-defined]


def test_the_pair_s_secrets_are_labelled(any_instance: Instance, any_caller: Caller) -> None:
    order = any_caller.new_order("asymmetric", algorithm="ec", name="pair")
    container = container_of(any_instance, any_caller, order)
    shown = [any_caller.get(path_of(ref["secret_ref"])).json for ref in container["secret_refs"]]  # type: ignore[attr-defined]
    assert [secret["secret_type"] for secret in shown] == ["private", "public"]
    assert {secret["name"] for secret in shown} == {"pair"}
    assert {secret["algorithm"] for secret in shown} == {"ec"}
    assert {secret["content_types"]["default"] for secret in shown} == {"application/octet-stream"}


@pytest.mark.parametrize("word", ["passphrase", "pass_phrase"])
def test_a_passphrase_protects_the_private_key_and_is_never_shown(
    any_instance: Instance, any_caller: Caller, word: str
) -> None:
    meta = {"algorithm": "ec", "name": "pair", word: _PASSPHRASE}
    order = any_caller.new_order("asymmetric", **meta)
    assert _PASSPHRASE not in any_caller.get(order).text
    payloads = payloads_of(any_caller, container_of(any_instance, any_caller, order))
    assert payloads["private_key_passphrase"] == _PASSPHRASE.encode()
    loaded(payloads["private_key"], payloads["public_key"], _PASSPHRASE.encode())
    with pytest.raises(TypeError, match="encrypted"):
        loaded(payloads["private_key"], payloads["public_key"])
    for path in (order, "/v1/orders", "/v1/orders?meta=pair"):
        answer = any_caller.get(path)
        assert _PASSPHRASE not in answer.text
        assert "pass" not in answer.text


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_passphrase_is_none(instance: Instance, caller: Caller, empty: str | None) -> None:
    order = caller.new_order("asymmetric", algorithm="ec", passphrase=empty)
    assert list(payloads_of(caller, container_of(instance, caller, order))) == ["private_key", "public_key"]


def test_a_key_order_has_no_use_for_a_passphrase(instance: Instance, caller: Caller) -> None:
    order = caller.new_order(passphrase=_PASSPHRASE)
    instance.orders_done.wait_for(id_of(order))
    assert caller.get(order).json["status"] == "ACTIVE"
    assert caller.get("/v1/secrets").json["total"] == 1


def test_deleting_an_order_keeps_its_container(any_instance: Instance, any_caller: Caller) -> None:
    order = any_caller.new_order("asymmetric", algorithm="ec", passphrase=_PASSPHRASE)
    container = container_of(any_instance, any_caller, order)
    any_caller.delete(order)
    assert any_caller.get(path_of(str(container["container_ref"]))).json == container
    assert len(payloads_of(any_caller, container)) == 3
