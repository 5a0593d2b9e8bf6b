"""Two real stores over HTTP, a file's and a token's: which takes what, and what a token that is away does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from barbican_like import key_stores, rooms
from barbican_like.common.errors import ConfigurationError
from barbican_like.model.tables import keyring_terms, project_keys, secret_payloads
from barbican_like.plugin.crypto import rotation
from tests.support import hsm
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller, id_of, path_of
from tests.support.stores import token_master_key

pytestmark = pytest.mark.softhsm

SOFTWARE = "[secretstore:software]\nsecret_store_plugin = store_crypto\ncrypto_plugin = simple_crypto\n"
TOKEN = "[secretstore:token]\nsecret_store_plugin = store_crypto\ncrypto_plugin = p11_crypto\n"
OFFER = "[secretstore]\nenable_multiple_secret_stores = true\nstores_lookup_suffix = software, token\n"
BOTH = OFFER + SOFTWARE + "global_default = true\n" + TOKEN
PAYLOAD = {"payload": "hello", "payload_content_type": "text/plain"}


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> hsm.TokenFolder:
    """A SoftHSM of the test's own, with a token that has a master key."""
    made = hsm.TokenFolder.make(tmp_path / "softhsm", "one")
    made.use(monkeypatch)
    token_master_key("one").create()
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def both(tokens: hsm.TokenFolder, data: Path) -> Iterator[Instance]:
    """An application that offers both stores."""
    with running(prepare(data, BOTH + hsm.section("one"))) as instance:
        yield instance


@contextmanager
def again(data: Path, stores: str) -> Iterator[Instance]:
    """Another process on the same data, which has nothing in its memory yet, perhaps configured otherwise."""
    file = data / "another.conf"
    file.write_text(f"[DEFAULT]\ndata_dir = {data}\n{stores}{hsm.section('one')}")
    with running(rooms.load(["--config-file", str(file)]), worker=False) as instance:
        yield instance


def preferring(instance: Instance, plugin: str, project_id: str | None = None) -> Caller:
    """An admin of a project, by default a fresh one, that prefers a store."""
    caller = instance.caller(project_id)
    stores = caller.get("/v1/secret-stores").json["secret_stores"]
    path = path_of(next(s["secret_store_ref"] for s in stores if s["crypto_plugin"] == plugin))
    assert caller.post(f"{path}/preferred").status_int == 204
    return caller


def home_of(instance: Instance, secret: str) -> tuple[str, str]:
    """The store that the rows of a payload, and of the key that seals it, name."""
    statement = (
        sa.select(secret_payloads.c.store, project_keys.c.store)
        .join(project_keys, project_keys.c.id == secret_payloads.c.project_key_id)
        .where(secret_payloads.c.secret_id == id_of(secret))
    )
    with instance.runtime.database.reading() as connection:
        payload, key = connection.execute(statement).one()
    return payload, key


def everything_of(instance: Instance, caller: Caller) -> dict[str, bytes]:
    """Payloads by their secret's path, in every way that a project gets them."""
    whole, half = caller.new_secret(**PAYLOAD), caller.new_secret()
    assert caller.put(half, b"later", "text/plain").status_int == 204
    key, pair = caller.new_order(), caller.new_order("asymmetric", algorithm="ec", bit_length=256)
    for order in (key, pair):
        instance.orders_done.wait_for(id_of(order))
        assert caller.get(order).json["status"] == "ACTIVE"
    container = caller.get(path_of(caller.get(pair).json["container_ref"])).json
    made = [caller.get(key).json["secret_ref"], *(ref["secret_ref"] for ref in container["secret_refs"])]
    assert len(made) == 3
    return {secret: payload_of(caller, secret) for secret in (whole, half, *map(path_of, made))}


def payload_of(caller: Caller, secret: str) -> bytes:
    answer = caller.get(f"{secret}/payload")
    assert answer.status_int == 200, answer
    return answer.body


def test_both_are_offered(both: Instance) -> None:
    """By the names that operators and people know; one of them is the default."""
    stores = both.caller().get("/v1/secret-stores").json["secret_stores"]
    shown = {
        (s["name"], s["secret_store_plugin"], s["crypto_plugin"], s["global_default"], s["status"])
        for s in stores
    }
    assert shown == {
        ("Software Only Crypto", "store_crypto", "simple_crypto", True, "ACTIVE"),
        ("PKCS11 HSM", "store_crypto", "p11_crypto", False, "ACTIVE"),
    }
    default = both.caller().get("/v1/secret-stores/global-default").json
    assert default["crypto_plugin"] == "simple_crypto"


def test_each_projects_payloads_are_in_its_own_store(both: Instance, data: Path) -> None:
    """Secrets of one and two steps, keys and pairs of orders; a fresh process reads each from there too."""
    callers = {
        "p11_crypto": preferring(both, "p11_crypto"),
        "simple_crypto": preferring(both, "simple_crypto"),
        "default": both.caller(),
    }
    kept = {name: everything_of(both, caller) for name, caller in callers.items()}
    for name, payloads in kept.items():
        store = "simple_crypto" if name == "default" else name
        assert {home_of(both, secret) for secret in payloads} == {(store, store)}
    with again(data, BOTH) as other:
        for name, payloads in kept.items():
            reader = other.caller(callers[name].project_id)
            assert {secret: payload_of(reader, secret) for secret in payloads} == payloads


def test_a_project_that_changes_its_mind_has_a_key_in_both(both: Instance) -> None:
    """What it has stored stays where it is, and both are read."""
    caller = both.caller()
    before = caller.new_secret(**PAYLOAD)
    preferring(both, "p11_crypto", project_id=caller.project_id)
    after = caller.new_secret(**PAYLOAD)
    homes = [home_of(both, secret) for secret in (before, after)]
    assert homes == [("simple_crypto",) * 2, ("p11_crypto",) * 2]
    assert [payload_of(caller, secret) for secret in (before, after)] == [b"hello"] * 2


def test_the_token_may_be_the_only_store(tokens: hsm.TokenFolder, data: Path) -> None:
    """Then no file with a master key is needed, and the database has no keyring but the token's."""
    settings = "[crypto]\nenabled_crypto_plugins = p11_crypto\n" + hsm.section("one")
    with running(prepare(data, settings)) as alone:
        secret = alone.caller().new_secret(**PAYLOAD)
        assert home_of(alone, secret) == ("p11_crypto", "p11_crypto")
        with alone.runtime.database.reading() as connection:
            assert connection.execute(sa.select(keyring_terms.c.store)).scalars().all() == ["p11_crypto"]
    assert not (data / "master.key").exists()


def test_payloads_of_a_store_that_is_no_longer_configured_do_not_open(both: Instance, data: Path) -> None:
    """Their secrets are listed, their payloads are a plain 500, all others are as before."""
    token, software = preferring(both, "p11_crypto"), both.caller()
    lost, there = token.new_secret(**PAYLOAD), software.new_secret(**PAYLOAD)
    with again(data, "[crypto]\nenabled_crypto_plugins = simple_crypto\n") as other:
        assert other.caller(token.project_id).get(lost).status_int == 200
        assert other.caller(token.project_id).get(f"{lost}/payload").status_int == 500
        assert payload_of(other.caller(software.project_id), there) == b"hello"


def unplug(tokens: hsm.TokenFolder) -> Callable[[], object]:
    """Take the token away; what is returned puts it back."""
    away = tokens.tokens.rename(tokens.folder / "away")
    tokens.tokens.mkdir()

    def plug() -> None:
        tokens.tokens.rmdir()
        away.rename(tokens.tokens)

    return plug


def test_a_running_process_goes_on_without_the_token(
    both: Instance, tokens: hsm.TokenFolder, data: Path
) -> None:
    """It has opened the terms: it reads and writes, for new projects too. No process starts meanwhile."""
    caller = preferring(both, "p11_crypto")
    secret = caller.new_secret(**PAYLOAD)
    plug = unplug(tokens)
    assert payload_of(caller, secret) == b"hello"
    newcomer = preferring(both, "p11_crypto")
    assert home_of(both, newcomer.new_secret(**PAYLOAD)) == ("p11_crypto", "p11_crypto")
    with pytest.raises(ConfigurationError, match="the token labelled one is not there"), again(data, BOTH):
        pass
    plug()
    with again(data, BOTH) as other:
        assert payload_of(other.caller(caller.project_id), secret) == b"hello"


def test_a_term_that_is_new_to_a_process_wants_the_token(both: Instance, tokens: hsm.TokenFolder) -> None:
    """After a rotation elsewhere and without the token such payloads are a plain 500, until it is back."""
    caller = preferring(both, "p11_crypto")
    secret = caller.new_secret(**PAYLOAD)
    database, master = both.runtime.database, token_master_key("one")
    rotation.rotate(master, database, "p11_crypto")
    keyring = key_stores.open_keyring(master, database, "p11_crypto")
    assert list(rotation.rewrap(database, keyring, batch=10)) == [1]
    plug = unplug(tokens)
    answer = caller.get(f"{secret}/payload")
    assert answer.status_int == 500
    assert "token" not in answer.json["description"]
    plug()
    assert payload_of(caller, secret) == b"hello"


def test_neither_pin_nor_keys_are_in_a_log_or_an_error(
    tokens: hsm.TokenFolder, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With every log at its most talkative, through a start, use, a failed start and a failed read."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")  # which the program keeps quiet also with debug
    conf = prepare(data, "debug = true\n" + BOTH + hsm.section("one"))
    said = [repr(token_master_key("one")), repr(hsm.settings("one"))]
    with running(conf) as instance:
        caller = preferring(instance, "p11_crypto")
        secret = caller.new_secret(**PAYLOAD)
        store = instance.runtime.plugins.stores["p11_crypto"]
        said += [repr(store), repr(instance.runtime.plugins)]
        keyring = key_stores.open_keyring(token_master_key("one"), instance.runtime.database, "p11_crypto")
        rotation.rotate(token_master_key("one"), instance.runtime.database, "p11_crypto")
        said.append(repr(keyring))
        unplug(tokens)
        with pytest.raises(ConfigurationError) as refused, again(data, BOTH):
            pass
        said.append(repr(refused.value))
        said.append(caller.get(f"{secret}/payload").text)
    said += [f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in caplog.records]
    (term,) = keyring.terms.values()
    whole = "\n".join(said)
    assert len(caplog.records) > 10
    for hidden in (hsm.PIN, term.secret.hex(), repr(term.secret), str(list(term.secret))):
        assert hidden not in whole
