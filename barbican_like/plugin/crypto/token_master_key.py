"""A master key that never leaves a PKCS#11 token (HSM): the token itself seals and opens.

The format of a value that it has sealed::

    offset  bytes  what
    0       1      version, 1
    1       1      algorithm, 2 = AES-256-GCM (NIST SP 800-38D) by a token, CKM_AES_GCM of PKCS#11 v2.40
    2       12     IV, random
    14      n      ciphertext
    14+n    16     GCM tag

Why this way:

* The key is in the token, so the envelope's way (:mod:`barbican_like.plugin.crypto.envelope`) is closed: no
  token derives with HKDF-SHA512 and then encrypts under the result. What every token with AES does is GCM.
* Associated data are the two bytes of the header and the context that the caller gives.
* Random IVs are safe for 2^32 values under a key; what is sealed here is one value for each rotation.
* There is no commitment to the key. To make a value that opens under two keys takes both keys' bytes, and
  nobody has those of a key in a token.

Limits: a plaintext of at most 1024 bytes, which tokens take in one piece. Overhead: 30 bytes. A token that
insists on drawing the IV itself, as some do in FIPS mode, refuses to seal.
"""

from __future__ import annotations

import os
from typing import Final

from pkcs11 import GCMParams, Mechanism
from pkcs11 import exceptions as errors

from barbican_like.common.errors import IntegrityFailure
from barbican_like.plugin.crypto.pkcs11_token import Pkcs11Token
from barbican_like.plugin.crypto.token_settings import TokenSettings

OVERHEAD: Final = 30
LARGEST: Final = 1024

_HEADER: Final = b"\x01\x02"
_IV: Final = slice(2, 14)
_BODY: Final = slice(14, None)
_TAG_BITS: Final = 128

# SoftHSM 2.6 says GeneralError of a tag that is wrong, where the standard has EncryptedDataInvalid.
_DOES_NOT_OPEN: Final = (
    errors.EncryptedDataInvalid,
    errors.EncryptedDataLenRange,
    errors.FunctionFailed,
    errors.GeneralError,
)


class TokenMasterKey:
    """A key in a token, found there by its label each time that it is needed.

    :param settings: which token, which key, and the PIN.
    """

    def __init__(self, settings: TokenSettings) -> None:
        self._token = Pkcs11Token(settings)

    def create(self) -> None:
        """Make the key in the token, which keeps it.

        :raises ConfigurationError: when something of its label is there already, or the token cannot be used.
        """
        self._token.make_key()

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt a term's key.

        :raises ValueError: when the plaintext is over 1024 bytes.
        :raises ConfigurationError: when the token cannot be used.
        """
        if len(plaintext) > LARGEST:
            raise ValueError("too large for a token to seal")
        iv = os.urandom(12)
        with self._token.key() as key:
            body = key.encrypt(
                plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=_parameters(iv, context)
            )
        return _HEADER + iv + body

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a term's key.

        :raises IntegrityFailure: when it was altered, or sealed by another key.
        :raises ConfigurationError: when the token cannot be used.
        """
        if not OVERHEAD <= len(sealed) <= OVERHEAD + LARGEST or not sealed.startswith(_HEADER):
            raise IntegrityFailure
        parameters = _parameters(sealed[_IV], context)
        with self._token.key() as key:
            try:
                return key.decrypt(sealed[_BODY], mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
            except _DOES_NOT_OPEN:
                raise IntegrityFailure from None


def _parameters(iv: bytes, context: bytes) -> GCMParams:
    return GCMParams(iv, _HEADER + context, _TAG_BITS)
