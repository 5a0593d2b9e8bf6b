"""What ``[p11_crypto_plugin]`` says: which PKCS#11 token, which key in it, and the PIN."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from oslo_config import cfg

from barbican_like.common import config
from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.crypto import private_file

_GROUP: Final = "[p11_crypto_plugin]"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """A token's key and the way to it. Of serial, labels and slot the first that is given counts."""

    library: str  # path of the vendor's library
    key_label: str
    pin: str = field(repr=False)
    lock_file: Path  # those that use the token on this machine take turns by it
    serial: str | None = None
    labels: tuple[str, ...] = ()
    slot: int | None = None

    @property
    def token(self) -> str:
        """The token in an operator's words."""
        if self.serial is not None:
            return f"the token with serial number {self.serial}"
        if self.labels:
            return f"the token labelled {' or '.join(self.labels)}"
        return f"the token in slot {self.slot}"


def read(conf: cfg.ConfigOpts, key_label: str | None = None) -> TokenSettings:
    """The settings of the configuration.

    :param key_label: a key's label instead of the configured one.
    :raises ConfigurationError: naming the option that is missing, or the PIN's file that cannot be read.
    """
    section = conf.p11_crypto_plugin
    settings = TokenSettings(
        library=_needed(section, "library_path"),
        key_label=key_label or _needed(section, "mkek_label"),
        serial=section.token_serial_number or None,
        labels=tuple(section.token_labels or ()),
        slot=section.slot_id,
        pin=_pin(section),
        lock_file=config.data_folder(conf) / "token.lock",
    )
    if settings.serial is None and not settings.labels and settings.slot is None:
        raise ConfigurationError(f"{_GROUP} one of token_serial_number, token_labels and slot_id is needed")
    return settings


def _needed(section: Any, option: str) -> str:
    if not section[option]:
        raise ConfigurationError(f"{_GROUP} {option} is needed")
    return str(section[option])


def _pin(section: Any) -> str:
    if bool(section.login) == bool(section.login_file):
        raise ConfigurationError(f"{_GROUP} one of login and login_file is needed, with the token's PIN")
    if section.login:
        return str(section.login)
    path = Path(section.login_file).expanduser()
    try:
        pin = private_file.read(path, "PIN file").decode().rstrip("\r\n")
    except UnicodeDecodeError:
        pin = ""
    if not pin:
        raise ConfigurationError(f"PIN file {path} has no PIN in it")
    return pin
