"""Which secret stores the configuration names, in the words of the original key manager's operators.

Without ``[secretstore] enable_multiple_secret_stores`` there is nothing to choose: the first
plug-in that ``[crypto] enabled_crypto_plugins`` names takes every new payload, and the others open what they
have sealed. With it, each suffix of ``stores_lookup_suffix`` names a section ``[secretstore:SUFFIX]``, and
one of these sections says ``global_default = true``; neither ``enabled_secretstore_plugins`` nor
``enabled_crypto_plugins`` counts then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError

SIMPLE_CRYPTO: Final = "simple_crypto"
"""The crypto plug-in whose master key is a file."""

P11_CRYPTO: Final = "p11_crypto"
"""The crypto plug-in whose master key is in a PKCS#11 token."""

KNOWN: Final = (SIMPLE_CRYPTO, P11_CRYPTO)
"""The stores of this program."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The stores of a deployment, by the names that payloads' rows have."""

    stores: tuple[str, ...]  # those in use; no other is built
    default: str  # takes the payloads of projects that prefer none
    offered: tuple[StoreSetting, ...] = ()  # what projects may choose from; empty: nothing is said of stores


def read(conf: cfg.ConfigOpts, known: Sequence[str] = KNOWN) -> Configured:
    """The stores that the configuration names.

    :param known: the stores that this program has.
    :raises ConfigurationError: naming the option or section that is missing, incomplete or not to be served.
    """
    if not conf.secretstore.enable_multiple_secret_stores:
        stores = tuple(dict.fromkeys(_enabled(conf, known)))
        return Configured(stores=stores, default=stores[0])
    offered = _offered(conf, known)
    return Configured(
        stores=tuple(setting.store for setting in offered),
        default=next(setting.store for setting in offered if setting.global_default),
        offered=offered,
    )


def _enabled(conf: cfg.ConfigOpts, known: Sequence[str]) -> Iterator[str]:
    for plugin in conf.secretstore.enabled_secretstore_plugins or (STORE_CRYPTO,):
        if plugin != STORE_CRYPTO:
            yield _known("[secretstore] enabled_secretstore_plugins", plugin, known)
            continue
        for crypto_plugin in conf.crypto.enabled_crypto_plugins or (SIMPLE_CRYPTO,):
            yield _known("[crypto] enabled_crypto_plugins", crypto_plugin, known)


def _known(option: str, plugin: str, known: Sequence[str]) -> str:
    if plugin not in known:
        raise ConfigurationError(f"{option}: there is no store {plugin}; there are {', '.join(known)}")
    return plugin


def _offered(conf: cfg.ConfigOpts, known: Sequence[str]) -> tuple[StoreSetting, ...]:
    suffixes = conf.secretstore.stores_lookup_suffix
    if not suffixes:
        raise ConfigurationError(
            "[secretstore] stores_lookup_suffix is needed with enable_multiple_secret_stores = true"
        )
    settings = tuple(_section(conf, suffix, known) for suffix in suffixes)
    _require_distinct(settings)
    defaults = sum(setting.global_default for setting in settings)
    if defaults != 1:
        raise ConfigurationError(
            f"exactly one section [secretstore:...] says global_default = true; here {defaults} do"
        )
    return settings


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
    _known(f"[{group}]", setting.store, known)
    return setting


def _display_name(conf: cfg.ConfigOpts, store: str | None) -> str:
    group = f"{store}_plugin"
    return str(conf[group].plugin_name if group in conf else store)


def _require_distinct(settings: Sequence[StoreSetting]) -> None:
    stores = [setting.store for setting in settings]
    twice = sorted({store for store in stores if stores.count(store) > 1})
    if twice:
        raise ConfigurationError(f"more than one section [secretstore:...] names {twice[0]}")
