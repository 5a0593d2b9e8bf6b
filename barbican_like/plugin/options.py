"""The options of the secret stores and of what they seal with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oslo_config import cfg

from barbican_like.common.config import Groups, data_folder

KEYRING_OPTS = [
    cfg.StrOpt("master_key_file", help="File with the master key. Unset: master.key in the data folder."),
    cfg.IntOpt("project_key_cache_size", default=1024, min=0, help="Unwrapped project keys held in memory."),
    cfg.FloatOpt("project_key_cache_ttl", default=300.0, min=0, help="Seconds an unwrapped key is held."),
]

SECRETSTORE_OPTS: list[cfg.Opt] = [
    cfg.MultiStrOpt("enabled_secretstore_plugins", help="Store plug-ins. Unset: store_crypto."),
    cfg.BoolOpt(
        "enable_multiple_secret_stores",
        default=False,
        help="Offer several stores, of which each project may prefer one.",
    ),
    cfg.ListOpt(
        "stores_lookup_suffix",
        help="The stores offered: for each name here a section [secretstore:NAME] with secret_store_plugin, "
        "crypto_plugin and, in one of them, global_default = true.",
    ),
]

CRYPTO_OPTS: list[cfg.Opt] = [
    cfg.MultiStrOpt(
        "enabled_crypto_plugins",
        help="What store_crypto seals with: the first seals, each opens what it has sealed. "
        "Unset: simple_crypto.",
    ),
]

SIMPLE_CRYPTO_OPTS: list[cfg.Opt] = [
    cfg.StrOpt("plugin_name", default="Software Only Crypto", help="Its name in lists of stores."),
]

P11_CRYPTO_OPTS: list[cfg.Opt] = [
    cfg.StrOpt("library_path", help="The PKCS#11 library of the token's vendor."),
    cfg.StrOpt("token_serial_number", help="The token's serial number; it counts before its label."),
    cfg.ListOpt(
        "token_labels",
        help="The token's label; of several, the first that is there. It counts before its slot.",
    ),
    cfg.IntOpt("slot_id", help="The slot that the token is in."),
    cfg.StrOpt("login", secret=True, help="The token's PIN."),
    cfg.StrOpt("login_file", help="A file with the PIN, mode 0600 or 0400, instead of login."),
    cfg.StrOpt("mkek_label", help="Label of the master key in the token."),
    cfg.IntOpt(
        "mkek_length",
        default=256,
        choices=[256, 32],
        help="Length of the master key: 256 bits, which may be said as 32 bytes too.",
    ),
    cfg.StrOpt("plugin_name", default="PKCS11 HSM", help="Its name in lists of stores."),
]

GROUPS: Final[Groups] = {
    "keyring": KEYRING_OPTS,
    "secretstore": SECRETSTORE_OPTS,
    "crypto": CRYPTO_OPTS,
    "simple_crypto_plugin": SIMPLE_CRYPTO_OPTS,
    "p11_crypto_plugin": P11_CRYPTO_OPTS,
}
"""All of them."""


def master_key_file(conf: cfg.ConfigOpts) -> Path:
    """The master key's file, by default one in the data folder."""
    return Path(conf.keyring.master_key_file or data_folder(conf) / "master.key").expanduser()
