"""What operators of the original type: sync_secret_stores, --db-url, barbican-retry."""

import sys
from pathlib import Path

import pytest

from barbican_like import bootstrap, rooms
from barbican_like.cmd import db, manage, retry
from barbican_like.common import log
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support import application
from tests.support.command_line import CommandLine

OFFER = """
[secretstore]
enable_multiple_secret_stores = true
stores_lookup_suffix = software
[secretstore:software]
secret_store_plugin = store_crypto
crypto_plugin = simple_crypto
global_default = true
[simple_crypto_plugin]
plugin_name = {name}
"""


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test run keeps its own log: a command would send it all to standard error."""
    monkeypatch.setattr(log, "configure", lambda *, debug: None)


@pytest.fixture
def conf_file(tmp_path: Path) -> Path:
    """The configuration of a deployment that has never offered a choice of stores."""
    application.prepare(tmp_path)
    return tmp_path / "barbican.conf"


def offer(conf_file: Path, name: str) -> None:
    """Change the configuration."""
    own = conf_file.read_text().partition("\n[secretstore]")[0]
    conf_file.write_text(own + OFFER.format(name=name))


def sync(conf_file: Path) -> int:
    return manage.main(["--config-file", str(conf_file), "db", "sync_secret_stores", "--verbose"])


def stores(conf_file: Path) -> list[str]:
    """The names in the table of stores."""
    database = bootstrap.new_database(rooms.load(["--config-file", str(conf_file)]))
    with Reading(database) as view:
        names = [store.name for store in view.secret_stores.list()]
    database.close()
    return names


def test_sync_brings_the_table_to_the_configuration_and_says_what_changed(
    conf_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, said in (("One", "added"), ("Two", "changed")):
        offer(conf_file, name)
        assert sync(conf_file) == 0
        assert capsys.readouterr().out == f"{said} simple_crypto\n"
        assert stores(conf_file) == [name]
    assert sync(conf_file) == 0
    assert capsys.readouterr().out.startswith("nothing to change")


def test_sync_says_what_it_removes(conf_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offer(conf_file, "One")
    database = bootstrap.new_database(rooms.load(["--config-file", str(conf_file)]))
    with UnitOfWork(database) as uow:
        uow.secret_stores.offer([_Gone()])
        uow.commit()
    database.close()
    assert sync(conf_file) == 0
    assert capsys.readouterr().out == "added simple_crypto\nremoved gone\n"


class _Gone:
    """A store that this program does not have any more."""

    store = name = store_plugin = "gone"
    crypto_plugin = None
    global_default = False


def test_sync_without_a_choice_of_stores_leaves_the_table_and_says_so(
    conf_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sync(conf_file) == 0
    assert "enable_multiple_secret_stores is not set" in capsys.readouterr().out
    assert stores(conf_file) == []


def test_db_url_wins_over_the_configuration(
    conf_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    assert db.main(["--config-file", str(conf_file), "current", "--db-url", other]) == 0
    assert db.main(["--config-file", str(conf_file), "upgrade", "-d", other, "-v", "0001"]) == 0
    assert db.main(["--config-file", str(conf_file), "current", "-d", other]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.endswith(" none")] == [  # which the other branches are at
        "none",
        "the schema of key_manager is at revision 0001",
        "key_manager 0001",
    ]


def test_barbican_retry_ends_well_whatever_it_is_given(tmp_path: Path) -> None:
    """A service unit that starts it must not fail."""
    command = CommandLine(Path(sys.executable).name, ("-m", retry.__name__), Path(__file__).parents[3])
    said = command.good("--config-file", str(tmp_path / "missing.conf"))
    assert said.startswith("barbican-retry: nothing to do; every barbican-worker")
    assert len(said.splitlines()) == 1
