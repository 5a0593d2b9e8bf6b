"""Which secret stores the configuration offers, in the words of the original key manager's operators.

Without ``[secretstore] enable_multiple_secret_stores`` there is one store and nothing to choose. With it,
each suffix of ``stores_lookup_suffix`` names a section ``[secretstore:SUFFIX]``, and one of these sections
says ``global_default = true``; ``enabled_secretstore_plugins`` does not count then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError

STORE_CRYPTO: Final = "store_crypto"
"""The store plug-in that seals with a crypto plug-in and keeps the result in the database."""

_SECTION_OPTS: Final = [
    cfg.StrOpt("secret_store_plugin", help="Store plug-in."),
    cfg.StrOpt("crypto_plugin", help="What store_crypto seals with."),
    cfg.BoolOpt("global_default", default=False, help="Whether projects that prefer none use it."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSetting:
    """One store that is offered."""

    name: str  # as people read it
    store_plugin: str
    crypto_plugin: str | None
    global_default: bool

    @property
    def store(self) -> str:
        """The name by which payloads' rows know it: of the plug-in that does the work."""
        return self.crypto_plugin or self.store_plugin


def read(conf: cfg.ConfigOpts, known: Sequence[str]) -> tuple[StoreSetting, ...]:
    """The stores that projects may choose from, the default among them; empty where there is no choice.

    :param known: the stores that this program has.
    :raises ConfigurationError: naming the section that is missing, incomplete or not to be served.
    """
    options = conf.secretstore
    if not options.enable_multiple_secret_stores:
        for plugin in options.enabled_secretstore_plugins or ():
            if plugin != STORE_CRYPTO and plugin not in known:
                raise ConfigurationError(
                    f"[secretstore] enabled_secretstore_plugins: there is no store {plugin}"
                )
        return ()
    suffixes = options.stores_lookup_suffix
    if not suffixes:
        raise ConfigurationError(
            "[secretstore] stores_lookup_suffix is needed with enable_multiple_secret_stores = true"
        )
    found = tuple(_section(conf, suffix, known) for suffix in suffixes)
    _require_distinct(found)
    defaults = sum(setting.global_default for setting in found)
    if defaults != 1:
        raise ConfigurationError(
            f"exactly one section [secretstore:...] says global_default = true; here {defaults} do"
        )
    return found


def _section(conf: cfg.ConfigOpts, suffix: str, known: Sequence[str]) -> StoreSetting:
    group = f"secretstore:{suffix}"
    conf.register_opts(_SECTION_OPTS, group=group)
    section = conf[group]
    try:
        setting = StoreSetting(
            name=_display_name(conf, section.crypto_plugin or section.secret_store_plugin),
            store_plugin=section.secret_store_plugin,
            crypto_plugin=section.crypto_plugin or None,
            global_default=section.global_default,
        )
    except ValueError as error:
        raise ConfigurationError(f"configuration: [{group}]: {error}") from error
    if not setting.store_plugin:
        raise ConfigurationError(f"[{group}] secret_store_plugin is needed")
    if (setting.store_plugin == STORE_CRYPTO) != (setting.crypto_plugin is not None):
        raise ConfigurationError(f"[{group}] crypto_plugin belongs to {STORE_CRYPTO}, which needs it")
    if setting.store not in known:
        raise ConfigurationError(f"[{group}] there is no store {setting.store}; there are {', '.join(known)}")
    return setting


def _display_name(conf: cfg.ConfigOpts, store: str | None) -> str:
    return str(conf.simple_crypto_plugin.plugin_name) if store == "simple_crypto" else str(store)


def _require_distinct(settings: Sequence[StoreSetting]) -> None:
    stores = [setting.store for setting in settings]
    twice = sorted({store for store in stores if stores.count(store) > 1})
    if twice:
        raise ConfigurationError(f"more than one section [secretstore:...] names {twice[0]}")
