"""Keys made in software: every kind and size, in the encodings that clients load."""

import os

import pytest
from cryptography.hazmat.primitives import serialization as enc
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

from barbican_like.common.errors import OperationRefused
from barbican_like.plugin.crypto.generator import SoftwareKeyGenerator
from barbican_like.plugin.interface import KeyPair, KeySpec

GENERATOR = SoftwareKeyGenerator()
CIPHERS = [(name, bits) for name in ("aes", "des", "3des") for bits in (64, 128, 192, 256)]
HMACS = [
    (f"hmacsha{digest}", bits) for digest in (1, 256, 384, 512) for bits in (64, 128, 192, 256, 384, 512)
]
UNKNOWN = "Secret generate supported plugin not found."
UNSUITABLE = "Requested algorithm is not supported"
SLOW = pytest.mark.slow


def symmetric(algorithm: str, bits: int, mode: str | None = None) -> bytes:
    """A key."""
    return GENERATOR.generate_symmetric(KeySpec(algorithm=algorithm, bit_length=bits, mode=mode))


def pair(algorithm: str, bits: int, passphrase: str | None = None) -> KeyPair:
    """A pair."""
    return GENERATOR.generate_asymmetric(KeySpec(algorithm=algorithm, bit_length=bits, passphrase=passphrase))


@pytest.mark.parametrize(("algorithm", "bits"), CIPHERS + HMACS)
def test_a_symmetric_key_has_its_length(algorithm: str, bits: int) -> None:
    """In bytes; the algorithm's name in any case; a mode changes nothing but for xts."""
    for name in (algorithm, algorithm.upper()):
        assert len(symmetric(name, bits)) == bits // 8
        assert len(symmetric(name, bits, "cbc")) == bits // 8


@pytest.mark.parametrize("mode", ["xts", "XTS"])
def test_an_xts_key_is_two_keys_long(mode: str) -> None:
    """IEEE Std 1619: one for the data, one for the tweak."""
    assert [len(symmetric("aes", bits, mode)) for bits in (128, 256)] == [32, 64]


def test_keys_come_from_the_system_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are never the same, and nothing else than os.urandom is asked."""
    assert symmetric("aes", 256) != symmetric("aes", 256)
    monkeypatch.setattr(os, "urandom", lambda count: b"r" * count)
    assert symmetric("aes", 256) == b"r" * 32


@pytest.mark.parametrize(
    ("algorithm", "bits", "text"),
    [
        ("", 256, UNKNOWN),
        ("aes ", 256, UNKNOWN),
        ("blowfish", 128, UNKNOWN),
        ("a\u017fs", 128, UNKNOWN),
        ("rsa", 2048, UNSUITABLE),
        ("aes", 512, UNSUITABLE),
        ("aes", 8, UNSUITABLE),
        ("aes", 0, UNSUITABLE),
        ("hmacsha256", 1024, UNSUITABLE),
        ("hmacsha224", 256, UNKNOWN),
    ],
)
def test_a_symmetric_key_that_cannot_be_made_is_refused(algorithm: str, bits: int, text: str) -> None:
    """Unknown kinds and unsuitable sizes, in the words that clients know."""
    with pytest.raises(OperationRefused) as caught:
        symmetric(algorithm, bits)
    assert caught.value.message == text


def check(made: KeyPair, kind: type, *, der: bool = False, passphrase: bytes | None = None) -> int:
    """Both halves load, are of that kind and fit each other; the size in bits."""
    load_private = enc.load_der_private_key if der else enc.load_pem_private_key
    load_public = enc.load_der_public_key if der else enc.load_pem_public_key
    private = load_private(made.private_key, passphrase)
    assert isinstance(private, kind)
    as_bytes = (enc.Encoding.DER, enc.PublicFormat.SubjectPublicKeyInfo)
    assert private.public_key().public_bytes(*as_bytes) == load_public(made.public_key).public_bytes(
        *as_bytes
    )
    return int(getattr(private, "key_size", 0))


def test_a_pem_pair_is_pkcs8_and_subject_public_key_info() -> None:
    """The first line of each says so; DSA has no such lines."""
    made = pair("rsa", 2048)
    assert made.private_key.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert made.public_key.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    locked = pair("ec", 256, "pass")
    assert locked.private_key.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert pair("dsa", 1024).private_key.startswith(b"\x30")


@pytest.mark.parametrize("bits", [1024, 2048, pytest.param(3072, marks=SLOW), pytest.param(4096, marks=SLOW)])
def test_an_rsa_pair_is_pem_of_its_size(bits: int) -> None:
    """With the public exponent 65537."""
    made = pair("RSA", bits)
    assert check(made, rsa.RSAPrivateKey) == bits
    public = enc.load_pem_public_key(made.public_key)
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.public_numbers().e == 65537


@pytest.mark.parametrize(
    "bits",
    [1024, pytest.param(2048, marks=SLOW), pytest.param(3072, marks=SLOW), pytest.param(4096, marks=SLOW)],
)
def test_a_dsa_pair_is_der_of_its_size(bits: int) -> None:
    """Clients of the original expect DER."""
    assert check(pair("dsa", bits), dsa.DSAPrivateKey, der=True) == bits


@pytest.mark.parametrize("bits", [256, 384, 521])
def test_an_ec_pair_is_pem_on_the_nist_curve_of_its_size(bits: int) -> None:
    """P-256, P-384 and P-521."""
    made = pair("ec", bits)
    assert check(made, ec.EllipticCurvePrivateKey) == bits
    public = enc.load_pem_public_key(made.public_key)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == f"secp{bits}r1"


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("ed25519", ed25519.Ed25519PrivateKey), ("X25519", x25519.X25519PrivateKey)]
)
def test_a_curve25519_pair_is_pem(algorithm: str, kind: type) -> None:
    """It has one size, which is called 256."""
    check(pair(algorithm, 256), kind)


@pytest.mark.parametrize(
    ("algorithm", "bits", "der"),
    [("rsa", 1024, False), ("dsa", 1024, True), ("ec", 256, False), ("ed25519", 256, False)],
)
def test_a_passphrase_is_needed_to_open_the_private_key(algorithm: str, bits: int, der: bool) -> None:
    """Any characters; without it, or with another, nothing opens."""
    made = pair(algorithm, bits, "p\u00e4ss \U0001f511")
    check(made, object, der=der, passphrase="p\u00e4ss \U0001f511".encode())
    load = enc.load_der_private_key if der else enc.load_pem_private_key
    for wrong in (None, b"another"):
        with pytest.raises((ValueError, TypeError)):
            load(made.private_key, wrong)


@pytest.mark.parametrize(
    ("algorithm", "bits", "text"),
    [
        ("dh", 2048, UNKNOWN),
        ("aes", 256, UNSUITABLE),
        ("rsa", 512, UNSUITABLE),
        ("rsa", 2047, UNSUITABLE),
        ("dsa", 8192, UNSUITABLE),
        ("ec", 255, UNSUITABLE),
        ("ed25519", 2048, UNSUITABLE),
    ],
)
def test_a_pair_that_cannot_be_made_is_refused(algorithm: str, bits: int, text: str) -> None:
    """Unknown kinds and unsuitable sizes, in the words that clients know."""
    with pytest.raises(OperationRefused) as caught:
        pair(algorithm, bits)
    assert caught.value.message == text


def test_key_material_is_not_shown() -> None:
    """Neither a pair's private half nor a passphrase stands in a repr."""
    made = KeyPair(private_key=b"hush", public_key=b"open")
    assert "hush" not in repr(made)
    assert "hush" not in repr(KeySpec(algorithm="rsa", bit_length=8, passphrase="hush"))
