"""What [p11_crypto_plugin] says of the token."""

import logging
from pathlib import Path

import pytest

from barbican_like import rooms
from barbican_like.common import config
from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.crypto import token_settings
from barbican_like.plugin.crypto.token_settings import TokenSettings

PIN = "31415926-pin"
WHOLE = {"library_path": "/lib/p11.so", "token_labels": "one, two", "login": PIN, "mkek_label": "mkek"}


def read(folder: Path, **changes: str | None) -> TokenSettings:
    """What a section says; None leaves an option out."""
    file = folder / "barbican.conf"
    lines = [f"{name} = {value}" for name, value in (WHOLE | changes).items() if value is not None]
    file.write_text("\n".join(["[p11_crypto_plugin]", *lines, ""]))
    return token_settings.read(rooms.load(["--config-file", str(file)]))


def pin_file(folder: Path, content: bytes, mode: int = 0o600) -> str:
    """A file with a PIN."""
    file = folder / "pin"
    file.write_bytes(content)
    file.chmod(mode)
    return str(file)


def test_the_section_is_read(tmp_path: Path) -> None:
    """As it is written; neither the configuration's log nor a repr shows the PIN."""
    settings = read(tmp_path)
    lock_file = config.data_folder(rooms.load([])) / "token.lock"
    assert settings == TokenSettings(
        library="/lib/p11.so", key_label="mkek", pin=PIN, lock_file=lock_file, labels=("one", "two")
    )
    assert PIN not in repr(settings)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "the token labelled one or two"),
        ({"slot_id": "7"}, "the token labelled one or two"),
        ({"token_serial_number": "0815"}, "the token with serial number 0815"),
        ({"token_labels": None, "slot_id": "0"}, "the token in slot 0"),
    ],
)
def test_the_token_is_named_by_the_first_that_is_given(
    tmp_path: Path, changes: dict[str, str | None], words: str
) -> None:
    """Serial number, then label, then slot."""
    assert read(tmp_path, **changes).token == words


@pytest.mark.parametrize("content", [b"31415926-pin", b"31415926-pin\n", b"31415926-pin\r\n"])
def test_the_pin_may_be_in_a_file(tmp_path: Path, content: bytes) -> None:
    """Of its own, so that the configuration may be shown; a line's end is not part of it."""
    assert read(tmp_path, login=None, login_file=pin_file(tmp_path, content)).pin == PIN


@pytest.mark.parametrize("length", ["256", "32"])
def test_the_keys_length_may_be_said_in_bits_and_in_bytes(tmp_path: Path, length: str) -> None:
    """Operators of the original count bytes."""
    assert read(tmp_path, mkek_length=length).key_label == "mkek"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"library_path": None}, "library_path is needed"),
        ({"mkek_label": None}, "mkek_label is needed"),
        ({"token_labels": None}, "one of token_serial_number, token_labels and slot_id"),
        ({"login": None}, "one of login and login_file"),
        ({"login_file": "/tmp/x"}, "one of login and login_file"),
        ({"login": None, "login_file": "/nonexistent"}, "PIN file /nonexistent: No such file"),
        ({"mkek_length": "128"}, "mkek_length"),
        ({"slot_id": "first"}, "slot_id"),
    ],
)
def test_what_is_missing_or_wrong_is_named(tmp_path: Path, changes: dict[str, str | None], said: str) -> None:
    """In one line, without the PIN."""
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, **changes)
    assert said in refused.value.message
    assert PIN not in refused.value.message


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (PIN.encode(), 0o640, "may be read by others"),
        (b"\n", 0o600, "has no PIN in it"),
        (b"\xff" * 8, 0o600, "has no PIN in it"),
    ],
)
def test_a_pin_file_is_private_and_holds_a_pin(tmp_path: Path, content: bytes, mode: int, said: str) -> None:
    """The same is asked of it as of the master key's file."""
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path, login=None, login_file=pin_file(tmp_path, content, mode))


def test_the_log_of_the_configuration_hides_the_pin(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """oslo.config masks it where it writes all options out."""
    file = tmp_path / "barbican.conf"
    file.write_text(f"[p11_crypto_plugin]\nlogin = {PIN}\n")
    conf = rooms.load(["--config-file", str(file)])
    with caplog.at_level(logging.INFO):
        conf.log_opt_values(logging.getLogger("all"), logging.INFO)
    assert "p11_crypto_plugin.login" in caplog.text
    assert PIN not in caplog.text
