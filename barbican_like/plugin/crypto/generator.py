"""Makes keys in software, in the encodings that clients of the original expect."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from cryptography.hazmat.primitives import serialization as enc
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from barbican_like.common.errors import OperationRefused
from barbican_like.plugin.interface import KeyPair, KeySpec

V = TypeVar("V")

_CIPHER_BITS: Final = frozenset({64, 128, 192, 256})
_SYMMETRIC_BITS: Final = {
    "aes": _CIPHER_BITS,
    "des": _CIPHER_BITS,
    "3des": _CIPHER_BITS,
    **{f"hmacsha{n}": _CIPHER_BITS | {384, 512} for n in (1, 256, 384, 512)},
}
_MODULUS_BITS: Final = frozenset({1024, 2048, 3072, 4096})
_CURVES: Final[dict[int, Callable[[], ec.EllipticCurve]]] = {
    256: ec.SECP256R1,
    384: ec.SECP384R1,
    521: ec.SECP521R1,
}
_UNKNOWN: Final = "Secret generate supported plugin not found."
_UNSUITABLE: Final = "Requested algorithm is not supported"


class SoftwareKeyGenerator:
    """Keys from the operating system's random source and OpenSSL."""

    def generate_symmetric(self, spec: KeySpec) -> bytes:
        """Random bytes; an xts key is two keys long (IEEE Std 1619)."""
        _one_of(_find(_SYMMETRIC_BITS, spec.algorithm), spec.bit_length)
        factor = 2 if (spec.mode or "").lower() == "xts" else 1
        return os.urandom(spec.bit_length // 8 * factor)

    def generate_asymmetric(self, spec: KeySpec) -> KeyPair:
        """A pair: PKCS #8 and SubjectPublicKeyInfo, PEM but for DSA, which clients expect in DER."""
        private = _find(_ASYMMETRIC, spec.algorithm)(spec.bit_length)
        encoding = enc.Encoding.DER if isinstance(private, dsa.DSAPrivateKey) else enc.Encoding.PEM
        return KeyPair(
            private_key=private.private_bytes(
                encoding, enc.PrivateFormat.PKCS8, _protection(spec.passphrase)
            ),
            public_key=private.public_key().public_bytes(encoding, enc.PublicFormat.SubjectPublicKeyInfo),
        )


def _protection(passphrase: str | None) -> enc.KeySerializationEncryption:
    if not passphrase:
        return enc.NoEncryption()
    return enc.BestAvailableEncryption(passphrase.encode())


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_one_of(_MODULUS_BITS, bits))


def _dsa(bits: int) -> dsa.DSAPrivateKey:
    return dsa.generate_private_key(key_size=_one_of(_MODULUS_BITS, bits))


def _ec(bits: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(_CURVES[_one_of(frozenset(_CURVES), bits)]())


def _ed25519(bits: int) -> ed25519.Ed25519PrivateKey:
    _one_of(frozenset({256}), bits)
    return ed25519.Ed25519PrivateKey.generate()


def _x25519(bits: int) -> x25519.X25519PrivateKey:
    _one_of(frozenset({256}), bits)
    return x25519.X25519PrivateKey.generate()


def _one_of(sizes: frozenset[int], bits: int) -> int:
    if bits not in sizes:
        raise OperationRefused(_UNSUITABLE)
    return bits


def _find(kinds: Mapping[str, V], algorithm: str) -> V:
    kind = kinds.get(algorithm.lower())
    if kind is None:
        known = algorithm.lower() in _SYMMETRIC_BITS or algorithm.lower() in _ASYMMETRIC
        raise OperationRefused(_UNSUITABLE if known else _UNKNOWN)
    return kind


_ASYMMETRIC: Final[dict[str, Callable[[int], PrivateKeyTypes]]] = {
    "rsa": _rsa,
    "dsa": _dsa,
    "ec": _ec,
    "ed25519": _ed25519,
    "x25519": _x25519,
}
