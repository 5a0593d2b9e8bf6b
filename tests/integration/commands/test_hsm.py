"""What operators type who keep the master key in a token: hsm gen_mkek, check_mkek, keyring --store."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from barbican_like import bootstrap, rooms
from barbican_like.cmd import manage, status
from barbican_like.common import log
from tests.support import application, hsm
from tests.support.stores import token_master_key

pytestmark = pytest.mark.softhsm

ALONE = "[crypto]\nenabled_crypto_plugins = p11_crypto\n"
BOTH = ALONE + "enabled_crypto_plugins = simple_crypto\n"
WRONG_PIN = "8531-not-the-pin"

Run = Callable[..., int]


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test run keeps its own log: a command would send it all to standard error."""
    monkeypatch.setattr(log, "configure", lambda *, debug: None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> hsm.TokenFolder:
    """A SoftHSM with a token that has no key yet."""
    made = hsm.TokenFolder.make(tmp_path / "softhsm", "one")
    made.use(monkeypatch)
    return made


def conf_file(tmp_path: Path, stores: str = ALONE, **changes: str | None) -> str:
    """The configuration of a prepared deployment."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    application.prepare(folder, stores + hsm.section("one", **changes))
    return str(folder / "barbican.conf")


def run(conf_file: str, *words: str) -> int:
    return manage.main(["--config-file", conf_file, *words])


def test_a_key_is_made_checked_and_used(
    folder: hsm.TokenFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the token alone a deployment needs no file with a master key, and none is made."""
    conf = conf_file(tmp_path)
    assert run(conf, "hsm", "gen_mkek") == 0
    assert run(conf, "hsm", "check_mkek") == 0
    made, checked = capsys.readouterr().out.splitlines()
    assert made == "made the key test-mkek in the token: back the token up, nothing can be read without it"
    assert checked == "the key test-mkek is in the token; it seals and opens"
    bootstrap.Runtime(rooms.load(["--config-file", conf])).close()
    assert status.main(["--config-file", conf, "upgrade", "check"]) == 0
    assert "Master key and keyring: Success" in capsys.readouterr().out
    assert not Path(conf).with_name("master.key").exists()


def test_a_label_may_be_given(
    folder: hsm.TokenFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instead of the configured one, as for a key that is to come."""
    conf = conf_file(tmp_path)
    assert run(conf, "hsm", "gen_mkek", "--label", "next") == 0
    assert run(conf, "hsm", "check_mkek", "--label", "next") == 0
    assert run(conf, "hsm", "check_mkek") == 2
    assert "has no key labelled test-mkek" in capsys.readouterr().err


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "no library": ({"library_path": "/nonexistent.so"}, "library_path /nonexistent.so cannot be used"),
    "no library named": ({"library_path": None}, "library_path is needed"),
    "no token": ({"token_labels": "away"}, "the token labelled away is not there"),
    "no token named": ({"token_labels": None}, "one of token_serial_number, token_labels and slot_id"),
    "wrong PIN": ({"login": WRONG_PIN}, "refuses the PIN"),
    "no PIN": ({"login": None}, "one of login and login_file is needed"),
    "no label": ({"mkek_label": None}, "mkek_label is needed"),
}


@pytest.mark.parametrize("command", ["gen_mkek", "check_mkek"])
@pytest.mark.parametrize(("changes", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_one_line(
    folder: hsm.TokenFolder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    changes: dict[str, str | None],
    said: str,
) -> None:
    """On standard error, with exit code 2 and without the PIN."""
    assert run(conf_file(tmp_path, **changes), "hsm", command) == 2
    refuses(capsys, said)


def refuses(capsys: pytest.CaptureFixture[str], said: str) -> None:
    """The command has written one line, to standard error."""
    written = capsys.readouterr()
    (line,) = written.err.splitlines()
    assert line.startswith("barbican-manage: ")
    assert said in line
    assert written.out == ""
    assert hsm.PIN not in line
    assert WRONG_PIN not in line


def test_a_key_that_is_missing_there_or_another_is_one_line(
    folder: hsm.TokenFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """check_mkek wants one, gen_mkek wants none."""
    conf = conf_file(tmp_path)
    assert run(conf, "hsm", "check_mkek") == 2
    refuses(capsys, "has no key labelled test-mkek")
    token_master_key("one").create()
    assert run(conf, "hsm", "gen_mkek") == 2
    refuses(capsys, "has an object labelled test-mkek already")


def test_a_missing_python_package_is_one_line(
    folder: hsm.TokenFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is an optional dependency; the line says what to install."""
    conf = conf_file(tmp_path)
    monkeypatch.delitem(sys.modules, "barbican_like.plugin.crypto.token_master_key")
    monkeypatch.delitem(sys.modules, "barbican_like.plugin.crypto.pkcs11_token")
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert run(conf, "hsm", "check_mkek") == 2
    refuses(capsys, "needs the Python package python-pkcs11: install barbican_like[pkcs11]")


def test_rotation_acts_on_each_store_or_on_one(
    folder: hsm.TokenFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terms are counted in each store by itself."""
    conf = conf_file(tmp_path, BOTH)
    token_master_key("one").create()
    bootstrap.Runtime(rooms.load(["--config-file", conf])).close()
    assert run(conf, "keyring", "rotate") == 0
    assert run(conf, "keyring", "rotate", "--store", "p11_crypto") == 0
    assert run(conf, "keyring", "rewrap") == 0
    assert run(conf, "hsm", "rewrap_pkek") == 0
    capsys.readouterr()
    assert run(conf, "keyring", "status") == 0
    assert capsys.readouterr().out.splitlines() == [
        "p11_crypto: term 1: 0 project keys",
        "p11_crypto: term 2: 0 project keys",
        "p11_crypto: term 3: 0 project keys, wraps new ones",
        "simple_crypto: term 1: 0 project keys",
        "simple_crypto: term 2: 0 project keys, wraps new ones",
    ]
    assert run(conf, "keyring", "status", "--store", "simple_crypto") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_store_that_is_not_in_use_is_refused(
    folder: hsm.TokenFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name, with those that are."""
    assert run(conf_file(tmp_path), "keyring", "rotate", "--store", "simple_crypto") == 2
    refuses(capsys, "--store simple_crypto: it is not in use; in use: p11_crypto")
