"""What is asked of a token before its PIN is tried, on a library that only says what a test wants."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pkcs11
import pytest
from pkcs11 import TokenFlag

from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.crypto.pkcs11_token import Pkcs11Token
from barbican_like.plugin.crypto.token_settings import TokenSettings


class Library:
    """A vendor's library with one token."""

    def __init__(self, flags: TokenFlag, error: pkcs11.PKCS11Error) -> None:
        self.logins = 0
        self.ended = 0
        self._error = error
        self._token: Any = SimpleNamespace(label="one", serial=b"1", flags=flags, open=self._open)

    def get_tokens(self) -> list[Any]:
        """The token."""
        return [self._token]

    def finalize(self) -> None:
        """The end of a piece of work."""
        self.ended += 1

    def _open(self, **_options: Any) -> Any:
        self.logins += 1
        raise self._error


@pytest.fixture
def token(tmp_path: Path) -> Pkcs11Token:
    """A token as the configuration names it."""
    lock_file = tmp_path / "token.lock"
    return Pkcs11Token(
        TokenSettings(
            library="/lib/p11.so", key_label="mkek", pin="31415926", lock_file=lock_file, labels=("one",)
        )
    )


def use(monkeypatch: pytest.MonkeyPatch, token: Pkcs11Token, library: Library, times: int = 1) -> str:
    """Ask for the key; what the last refusal says."""
    monkeypatch.setattr(pkcs11, "lib", lambda path: library)
    said = ""
    for _ in range(times):
        with pytest.raises(ConfigurationError) as refused, token.key():
            raise AssertionError("there is no key")
        said = refused.value.message
    return said


def test_the_last_try_is_left_to_the_operator(monkeypatch: pytest.MonkeyPatch, token: Pkcs11Token) -> None:
    """A token that would lock its PIN at one more wrong one is not logged in to."""
    library = Library(TokenFlag.TOKEN_INITIALIZED | TokenFlag.USER_PIN_FINAL_TRY, pkcs11.PinIncorrect())
    assert "would lock its PIN" in use(monkeypatch, token, library)
    assert (library.logins, library.ended) == (0, 1)


def test_a_token_that_was_never_made_ready_is_none(
    monkeypatch: pytest.MonkeyPatch, token: Pkcs11Token
) -> None:
    """Libraries show empty slots as tokens without a label."""
    library = Library(TokenFlag(0), pkcs11.PinIncorrect())
    assert "is not there; /lib/p11.so shows: none" in use(monkeypatch, token, library)


@pytest.mark.parametrize(
    ("error", "said", "logins"),
    [
        (pkcs11.PinIncorrect(), "refuses the PIN of [p11_crypto_plugin] login or login_file", 1),
        (pkcs11.PinLocked(), "has locked its PIN", 1),
        (pkcs11.DeviceRemoved(), "cannot be used: DeviceRemoved", 3),
        (pkcs11.GeneralError(), "cannot be used: GeneralError", 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failed_login_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, token: Pkcs11Token, error: pkcs11.PKCS11Error, said: str, logins: int
) -> None:
    """One that the PIN failed is not tried again, any other is; the library is closed each time."""
    library = Library(TokenFlag.TOKEN_INITIALIZED, error)
    assert said in use(monkeypatch, token, library, times=3)
    assert (library.logins, library.ended) == (logins, logins)
