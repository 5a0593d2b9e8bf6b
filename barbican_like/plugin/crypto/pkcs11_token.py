"""A PKCS#11 token: opened for one piece of work, then closed, so that no process inherits it by a fork.

The library of the token is initialised, a session is opened with the PIN, the work is done, and all of
that is ended again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, TokenFlag
from pkcs11 import exceptions as errors
from pkcs11.types import SecretKey, Session, Token

from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.crypto.token_settings import TokenSettings
from barbican_like.plugin.crypto.token_turn import turn

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class whose name does not say so

KEY_BITS: Final = 256

_WAIT_SECONDS: Final = 20.0
"""For another thread or process to be done with the token."""
_PIN_REFUSED: Final = (errors.PinIncorrect, errors.PinInvalid, errors.PinLenRange, errors.PinExpired)
_ATTRIBUTES: Final = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.ENCRYPT: True,
    Attribute.DECRYPT: True,
}
"""What a key must be to be used."""


class AesKey(Protocol):
    """A key in the token; it can be used and not be had."""

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: pkcs11.GCMParams) -> bytes:
        """Encrypt in the token."""

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: pkcs11.GCMParams) -> bytes:
        """Decrypt in the token."""


class Pkcs11Token:
    """The configured token with its key.

    A PIN that was refused is not tried again by this process, and none is tried when the token says that it
    would be the last time: tokens lock themselves after a few wrong ones.
    """

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._refused: str | None = None

    @contextmanager
    def key(self) -> Iterator[AesKey]:
        """The key, for as long as the block lasts.

        :raises ConfigurationError: in one line, when library, token, login or key cannot be used.
        :raises Overloaded: when another thread or process uses the token for too long.
        """
        with self._session() as session:
            yield self._find_key(session)

    def make_key(self) -> None:
        """Generate the key in the token.

        :raises ConfigurationError: when a key of that label is there already, or as :meth:`key` does.
        """
        label = self._settings.key_label
        with self._session(writable=True) as session:
            if list(session.get_objects({Attribute.LABEL: label})):
                raise ConfigurationError(
                    f"{self._settings.token} has an object labelled {label} already; it is left as it is"
                )
            session.generate_key(
                KeyType.AES,
                KEY_BITS,
                label=label,
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )

    @contextmanager
    def _session(self, *, writable: bool = False) -> Iterator[Session]:
        with (
            turn(self._settings.lock_file, _WAIT_SECONDS),
            self._told(),
            self._library() as library,
            self._log_in(self._find_token(library), writable=writable) as session,
        ):
            yield session

    def _log_in(self, token: Token, *, writable: bool) -> Session:
        if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise ConfigurationError(
                f"{self._settings.token} would lock its PIN at one more wrong try: log in with the vendor's "
                "tool first"
            )
        return token.open(rw=writable, user_pin=self._settings.pin)

    @contextmanager
    def _library(self) -> Iterator[Library]:
        try:
            library = pkcs11.lib(self._settings.library)
        except errors.PKCS11Error as error:
            raise ConfigurationError(
                f"[p11_crypto_plugin] library_path {self._settings.library} cannot be used: {_words(error)}"
            ) from error
        try:
            yield library
        finally:
            library.finalize()

    def _find_token(self, library: Library) -> Token:
        settings = self._settings
        tokens = [token for token in library.get_tokens() if token.flags & TokenFlag.TOKEN_INITIALIZED]
        if settings.serial is not None:
            matches = [token for token in tokens if _serial(token) == settings.serial]
        elif settings.labels:
            by_label = ([token for token in tokens if token.label == label] for label in settings.labels)
            matches = next(filter(None, by_label), [])
        else:
            matches = [token for token in tokens if token.slot.slot_id == settings.slot]
        if not matches:
            names = ", ".join(f"{token.label} (serial number {_serial(token)})" for token in tokens) or "none"
            raise ConfigurationError(f"{settings.token} is not there; {settings.library} shows: {names}")
        if len(matches) > 1:
            raise ConfigurationError(
                f"{settings.token} is there more than once: "
                "[p11_crypto_plugin] token_serial_number tells which"
            )
        return matches[0]

    def _find_key(self, session: Session) -> AesKey:
        token, label = self._settings.token, self._settings.key_label
        objects = list(session.get_objects({Attribute.LABEL: label}))
        if not objects:
            raise ConfigurationError(
                f"{token} has no key labelled {label}: [p11_crypto_plugin] mkek_label names it, and "
                "barbican-manage hsm gen_mkek makes one"
            )
        if len(objects) > 1:
            raise ConfigurationError(f"{token} has more than one object labelled {label}")
        if not _is_suitable(objects[0]):
            raise ConfigurationError(
                f"the object labelled {label} in {token} is no AES key of {KEY_BITS} bits that encrypts and "
                "decrypts, is sensitive and cannot be extracted"
            )
        return cast(AesKey, objects[0])

    @contextmanager
    def _told(self) -> Iterator[None]:
        if self._refused is not None:
            raise ConfigurationError(self._refused)
        try:
            yield
        except _PIN_REFUSED as error:
            self._refused = (
                f"{self._settings.token} refuses the PIN of [p11_crypto_plugin] login or login_file"
            )
            raise ConfigurationError(self._refused) from error
        except errors.PinLocked as error:
            self._refused = f"{self._settings.token} has locked its PIN"
            raise ConfigurationError(self._refused) from error
        except errors.PKCS11Error as error:
            raise ConfigurationError(f"{self._settings.token} cannot be used: {_words(error)}") from error


def _is_suitable(key: Any) -> bool:
    return (
        isinstance(key, SecretKey)
        and key.key_type == KeyType.AES
        and key.key_length == KEY_BITS
        and all(key[attribute] == value for attribute, value in _ATTRIBUTES.items())
    )


def _serial(token: Token) -> str:
    return token.serial.decode("ascii", "replace").strip("\0 ")


def _words(error: errors.PKCS11Error) -> str:
    """What an error says of itself; most say no more than their name."""
    return str(error) or type(error).__name__
