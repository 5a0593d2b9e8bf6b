"""The format of sealed values: its bytes, and that nothing but what was sealed ever opens."""

import hashlib
import hmac
import os

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from hypothesis import example, given
from hypothesis import strategies as st

from barbican_like.common.errors import IntegrityFailure
from barbican_like.plugin.crypto.envelope import (
    KEY_BYTES,
    LARGEST,
    OVERHEAD,
    SealingKey,
    associated,
    random_key,
    seal,
    unseal,
)

ID, SECRET, SALT = bytes(range(16)), bytes(range(100, 132)), bytes(range(200, 224))
KEY = SealingKey(ID, SECRET)
CONTEXT = associated("payload/1", "deployment", "project")
FIELDS = st.lists(st.binary(max_size=12) | st.text(max_size=12), max_size=4)


def derived(secret: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """The one-use key and the commitment by RFC 5869, of the standard library alone."""
    extracted = hmac.digest(salt, secret, hashlib.sha512)
    expanded = hmac.digest(extracted, b"barbican-like/seal/1" + b"\x01", hashlib.sha512)
    return expanded[:32], expanded[32:]


def opened_by_hand(sealed: bytes, secret: bytes, context: bytes) -> bytes:
    """What the format's description says, step by step, with another interface of the library."""
    once, commitment = derived(secret, sealed[18:42])
    assert sealed[42:74] == commitment
    decryptor = Cipher(AES(once), GCM(bytes(12), sealed[-16:])).decryptor()
    decryptor.authenticate_additional_data(sealed[:74] + context)
    return decryptor.update(sealed[74:-16]) + decryptor.finalize()


def sealed_by_hand(plaintext: bytes, context: bytes, header: bytes = b"\x01\x01" + ID) -> bytes:
    """The same way back, with a salt that is known."""
    once, commitment = derived(SECRET, SALT)
    head = header + SALT + commitment
    encryptor = Cipher(AES(once), GCM(bytes(12))).encryptor()
    encryptor.authenticate_additional_data(head + context)
    return head + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def opens(key: SealingKey, sealed: bytes, context: bytes) -> bool:
    """Whether something comes out."""
    try:
        unseal(key, sealed, context)
    except IntegrityFailure:
        return False
    return True


@given(plaintext=st.binary(max_size=500), fields=FIELDS)
@example(plaintext=b"", fields=[])
def test_what_is_sealed_opens(plaintext: bytes, fields: list[str | bytes]) -> None:
    """Any bytes, any context, 90 bytes longer."""
    context = associated(*fields)
    sealed = seal(KEY, plaintext, context)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert unseal(KEY, sealed, context) == plaintext


@given(plaintext=st.binary(max_size=64), secret=st.binary(min_size=32, max_size=32))
def test_the_bytes_are_those_that_the_description_says(plaintext: bytes, secret: bytes) -> None:
    """An independent reading of the format opens what ``seal`` made."""
    sealed = seal(SealingKey(ID, secret), plaintext, CONTEXT)
    assert sealed[:18] == b"\x01\x01" + ID
    assert opened_by_hand(sealed, secret, CONTEXT) == plaintext


@given(plaintext=st.binary(max_size=64))
def test_what_is_made_by_the_description_opens(plaintext: bytes) -> None:
    """And ``unseal`` opens what an independent writer of the format made."""
    assert unseal(KEY, sealed_by_hand(plaintext, CONTEXT), CONTEXT) == plaintext


def test_a_known_value_opens_for_ever() -> None:
    """Bytes written down once: a change of the format that cannot read them is seen here."""
    known = bytes.fromhex(
        "0101000102030405060708090a0b0c0d0e0fc8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdd"
        "dedfdd91e012307f6f7c6cd70b755c4e07ae3acd272fd2ede30456a6bea760f587edeae61e222e7a"
        "53df1c074ca40101cc8d23087ee91a5b4492025cd390"
    )
    assert unseal(KEY, known, CONTEXT) == b"known answer"
    assert sealed_by_hand(b"known answer", CONTEXT) == known


@pytest.mark.parametrize("plaintext", [b"", b"payload"], ids=["empty", "payload"])
def test_no_flipped_bit_opens(plaintext: bytes) -> None:
    """Each single bit of the whole value: version, algorithm, id, salt, commitment, ciphertext, tag."""
    sealed = seal(KEY, plaintext, CONTEXT)
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not opens(KEY, bytes(flipped), CONTEXT), bit


def test_no_truncation_and_no_extension_opens() -> None:
    """Every shorter beginning, every shorter end, and bytes more."""
    sealed = seal(KEY, b"payload", CONTEXT)
    others = [sealed[:n] for n in range(len(sealed))] + [sealed[n:] for n in range(1, len(sealed))]
    others += [sealed + b"\0", b"\0" + sealed, sealed + sealed]
    assert not any(opens(KEY, other, CONTEXT) for other in others)


@given(garbage=st.binary(max_size=300))
def test_garbage_is_the_same_error(garbage: bytes) -> None:
    """No bytes make anything else come up than IntegrityFailure."""
    assert not opens(KEY, garbage, CONTEXT)
    assert not opens(KEY, b"\x01\x01" + ID + garbage, CONTEXT)


@given(mine=FIELDS, other=FIELDS)
def test_only_the_same_context_opens(mine: list[str | bytes], other: list[str | bytes]) -> None:
    """Two lists of fields have the same bytes exactly when they are the same lists."""
    same = [f.encode() if isinstance(f, str) else f for f in mine] == [
        f.encode() if isinstance(f, str) else f for f in other
    ]
    assert (associated(*mine) == associated(*other)) == same
    assert opens(KEY, seal(KEY, b"x", associated(*mine)), associated(*other)) == same


@given(parts=st.lists(st.binary(max_size=4), min_size=2, max_size=4, unique=True))
def test_fields_do_not_run_into_each_other(parts: list[bytes]) -> None:
    """The joined fields are another list than the fields."""
    assert associated(*parts) != associated(b"".join(parts))


def test_the_context_is_canonical() -> None:
    """Each field's length in four bytes, big endian, then its UTF-8."""
    assert associated("ab", "", "\u00e9", b"\xff") == (
        b"\0\0\0\x02ab" + b"\0\0\0\0" + b"\0\0\0\x02\xc3\xa9" + b"\0\0\0\x01\xff"
    )


def test_only_the_same_key_opens() -> None:
    """Another secret with the same id, the same secret with another id."""
    sealed = seal(KEY, b"payload", CONTEXT)
    assert not opens(SealingKey(ID, bytes(32)), sealed, CONTEXT)
    assert not opens(SealingKey(bytes(16), SECRET), sealed, CONTEXT)


def test_a_ciphertext_of_another_key_is_refused_by_its_commitment() -> None:
    """GCM alone would open the value, since its one-use key is right; the commitment is another."""
    sealed = bytearray(sealed_by_hand(b"payload", CONTEXT))
    once, _ = derived(SECRET, SALT)
    sealed[42:74] = bytes(32)
    encryptor = Cipher(AES(once), GCM(bytes(12))).encryptor()
    encryptor.authenticate_additional_data(bytes(sealed[:74]) + CONTEXT)
    forged = bytes(sealed[:74]) + encryptor.update(b"payload") + encryptor.finalize() + encryptor.tag
    assert not opens(KEY, forged, CONTEXT)


def test_an_unknown_version_or_algorithm_is_refused_even_when_genuine() -> None:
    """A value sealed with the right key under another header."""
    for start in (b"\x02\x01", b"\x01\x02", b"\x00\x00"):
        assert not opens(KEY, sealed_by_hand(b"payload", CONTEXT, start + ID), CONTEXT)


def test_two_seals_of_one_value_share_nothing_secret() -> None:
    """Salt, commitment and ciphertext differ every time."""
    first, second = seal(KEY, b"payload" * 4, CONTEXT), seal(KEY, b"payload" * 4, CONTEXT)
    for part in (slice(18, 42), slice(42, 74), slice(74, None)):
        assert first[part] != second[part]


def test_the_salt_comes_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """24 bytes, drawn for each value."""
    asked: list[int] = []
    monkeypatch.setattr(os, "urandom", lambda count: asked.append(count) or SALT)
    assert seal(KEY, b"known answer", CONTEXT) == sealed_by_hand(b"known answer", CONTEXT)
    assert asked == [24]


def test_more_than_a_mebibyte_is_refused() -> None:
    """A defect of the caller, which has its own limit."""
    assert len(seal(KEY, bytes(LARGEST), CONTEXT)) == LARGEST + OVERHEAD
    with pytest.raises(ValueError, match="too large"):
        seal(KEY, bytes(LARGEST + 1), CONTEXT)


@pytest.mark.parametrize(("id_bytes", "secret_bytes"), [(15, 32), (17, 32), (16, 31), (16, 33), (0, 0)])
def test_a_key_of_another_size_cannot_be_made(id_bytes: int, secret_bytes: int) -> None:
    """16 bytes of id and 32 of secret, or nothing."""
    with pytest.raises(ValueError, match="16 bytes and a secret of 32"):
        SealingKey(bytes(id_bytes), bytes(secret_bytes))


def test_a_key_does_not_show_its_secret() -> None:
    """Neither its repr nor its str."""
    assert repr(SECRET)[2:-1] not in repr(KEY)
    assert "secret" not in str(KEY)


def test_random_keys_differ() -> None:
    """32 bytes each."""
    drawn = {random_key() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(key) for key in drawn} == {KEY_BYTES}
