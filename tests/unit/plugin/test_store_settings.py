"""The sections that say which secret stores are offered."""

from pathlib import Path

import pytest

from barbican_like import rooms
from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin import store_settings
from barbican_like.plugin.store_settings import Configured, StoreSetting

KNOWN = ["simple_crypto", "vault_plugin", "hsm"]
OFFER = "[secretstore]\nenable_multiple_secret_stores = true\nstores_lookup_suffix = software, vault\n"
SOFTWARE = "[secretstore:software]\nsecret_store_plugin = store_crypto\ncrypto_plugin = simple_crypto\n"
VAULT = "[secretstore:vault]\nsecret_store_plugin = vault_plugin\n"
ONLY_VAULT = "[secretstore]\nenabled_secretstore_plugins = vault_plugin\n"
DEFAULT = "global_default = true\n"


def read(folder: Path, text: str) -> Configured:
    """What a file names."""
    file = folder / "barbican.conf"
    file.write_text(text)
    return store_settings.read(rooms.load(["--config-file", str(file)]), KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SOFTWARE + DEFAULT,
        "[secretstore]\nstores_lookup_suffix = software\n",
        "[secretstore]\nenabled_secretstore_plugins = store_crypto\n",
    ],
)
def test_nothing_is_offered_unless_the_switch_says_so(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Configured(stores=("simple_crypto",), default="simple_crypto")


@pytest.mark.parametrize(
    ("text", "stores"),
    [
        ("[crypto]\nenabled_crypto_plugins = hsm\n", ("hsm",)),
        (
            "[crypto]\nenabled_crypto_plugins = hsm\nenabled_crypto_plugins = simple_crypto\n",
            ("hsm", "simple_crypto"),
        ),
        ("[crypto]\nenabled_crypto_plugins = hsm\n" + ONLY_VAULT, ("vault_plugin",)),
    ],
)
def test_without_a_choice_the_first_plugin_takes_what_is_new(
    tmp_path: Path, text: str, stores: tuple[str, ...]
) -> None:
    """The others are there to open what they have sealed."""
    assert read(tmp_path, text) == Configured(stores=stores, default=stores[0])


def test_each_suffix_is_a_store(tmp_path: Path) -> None:
    configured = read(tmp_path, OFFER + SOFTWARE + VAULT + DEFAULT)
    software, vault = configured.offered
    assert (configured.stores, configured.default) == (("simple_crypto", "vault_plugin"), "vault_plugin")
    assert software == StoreSetting(
        name="Software Only Crypto",
        store_plugin="store_crypto",
        crypto_plugin="simple_crypto",
        global_default=False,
    )
    assert (software.store, vault.store) == ("simple_crypto", "vault_plugin")
    assert (vault.crypto_plugin, vault.global_default) == (None, True)


def test_people_see_the_name_that_the_operator_chose(tmp_path: Path) -> None:
    text = OFFER.replace(", vault", "") + SOFTWARE + DEFAULT + "[simple_crypto_plugin]\nplugin_name = Ours\n"
    assert [store.name for store in read(tmp_path, text).offered] == ["Ours"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[secretstore]\nenabled_secretstore_plugins = kmip_plugin\n", "kmip_plugin"),
        (
            "[crypto]\nenabled_crypto_plugins = kmip\n",
            "[crypto] enabled_crypto_plugins: there is no store kmip",
        ),
        ("[secretstore]\nenable_multiple_secret_stores = true\n", "stores_lookup_suffix is needed"),
        (OFFER + SOFTWARE + DEFAULT, "[secretstore:vault] secret_store_plugin is needed"),
        (OFFER + SOFTWARE + VAULT, "global_default"),
        (OFFER + SOFTWARE + DEFAULT + VAULT + DEFAULT, "here 2 do"),
        (OFFER + SOFTWARE + DEFAULT + VAULT.replace("vault_p", "kmip_p"), "there is no store kmip_plugin"),
        (OFFER + SOFTWARE + DEFAULT + SOFTWARE.replace(":software", ":vault"), "more than one section"),
        (OFFER + SOFTWARE + DEFAULT + VAULT.replace("vault_p", "store_crypto #"), "[secretstore:vault]"),
        (OFFER + SOFTWARE + DEFAULT + VAULT + "crypto_plugin = simple_crypto\n", "belongs to store_crypto"),
        (OFFER + SOFTWARE + "global_default = perhaps\n" + VAULT, "[secretstore:software]"),
    ],
)
def test_a_wrong_section_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    assert said in refused.value.message
