"""What operators type: barbican-manage, barbican-db-manage and barbican-status, each by its main function."""

from datetime import timedelta
from pathlib import Path

import pytest

from barbican_like import bootstrap, rooms
from barbican_like.cmd import db, manage, status
from barbican_like.common import clock, log
from barbican_like.model.unit_of_work import Reading
from tests.support import application
from tests.support.entities import a_secret, add_secrets


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test run keeps its own log: a command would send it all to standard error."""
    monkeypatch.setattr(log, "configure", lambda *, debug: None)


@pytest.fixture
def conf_file(tmp_path: Path) -> str:
    """The configuration of a prepared deployment."""
    bootstrap.Runtime(application.prepare(tmp_path)).close()
    return str(tmp_path / "barbican.conf")


def run_manage(conf_file: str, *words: str) -> int:
    return manage.main(["--config-file", conf_file, *words])


def secrets_left(conf_file: str) -> int:
    database = bootstrap.new_database(rooms.load(["--config-file", conf_file]))
    with Reading(database) as view:
        left = len(view.connection.exec_driver_sql("select id from secrets").all())
    database.close()
    return left


def add_expired(conf_file: str, count: int) -> None:
    database = bootstrap.new_database(rooms.load(["--config-file", conf_file]))
    expired = clock.now() - timedelta(days=100)
    add_secrets(database, a_secret(), *(a_secret(expiration=expired) for _ in range(count)))
    database.close()


def test_clean_removes_expired_secrets_in_batches(conf_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each batch is told; only what expired long enough ago goes."""
    add_expired(conf_file, 5)
    assert run_manage(conf_file, "db", "clean", "--expired-secrets", "--batch", "2") == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 expired secrets removed so far",
        "4 expired secrets removed so far",
        "5 expired secrets removed so far",
        "5 expired secrets removed",
    ]
    assert secrets_left(conf_file) == 1


def test_clean_keeps_what_expired_less_than_min_days_ago(conf_file: str) -> None:
    """--min-days counts from the expiration."""
    add_expired(conf_file, 2)
    assert db.main(["--config-file", conf_file, "clean", "-e", "-m", "101"]) == 0
    assert secrets_left(conf_file) == 3


@pytest.mark.parametrize("words", [["--min-days", "-1", "-e"], ["--batch", "0", "-e"]], ids=["days", "batch"])
def test_clean_refuses_what_makes_no_sense(
    conf_file: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says what to do, exit code 2, and nothing removed."""
    add_expired(conf_file, 1)
    assert run_manage(conf_file, "db", "clean", *words) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert secrets_left(conf_file) == 2


def test_a_plain_clean_of_an_old_cron_job_has_nothing_to_do(
    conf_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The original removes soft-deleted rows; here are none, and expired secrets stay until it is said."""
    add_expired(conf_file, 1)
    assert run_manage(conf_file, "db", "clean", "--min-days", "1", "-V") == 0
    assert capsys.readouterr().out.startswith("nothing to remove")
    assert secrets_left(conf_file) == 2


def test_clean_removes_unused_projects(conf_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A project that owns nothing any more goes."""
    add_expired(conf_file, 1)
    assert run_manage(conf_file, "db", "clean", "-e", "-p") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 unused projects removed"


def test_status_of_a_sound_deployment_is_success(conf_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every check succeeds, exit code 0."""
    assert status.main(["--config-file", conf_file, "upgrade", "check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.endswith(": Success") for line in lines)


def test_status_names_what_is_wrong(conf_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A lost master key is a failure of its check alone, exit code 2."""
    Path(conf_file).with_name("master.key").unlink()
    assert status.main(["--config-file", conf_file, "upgrade", "check"]) == 2
    text = capsys.readouterr().out
    assert "Master key and keyring: Failure - master key" in text
    assert "Database schema: Success" in text


def test_an_old_schema_is_refused_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that needs the schema says which revision it found and what to do."""
    file = tmp_path / "barbican.conf"
    file.write_text(f"[DEFAULT]\ndata_dir = {tmp_path}\n")
    assert run_manage(str(file), "keyring", "status") == 2
    assert "run barbican-manage db upgrade" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("keyring", "rewrap"), ("simple_crypto", "rewrap_pkek")])
def test_rotation_by_command(
    conf_file: str, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """rotate adds a term, rewrap brings every key under it, status shows both."""
    assert run_manage(conf_file, "keyring", "rotate") == 0
    assert run_manage(conf_file, *words) == 0
    assert "no project key is of a term before 2" in capsys.readouterr().out
    assert run_manage(conf_file, "keyring", "status") == 0
    assert capsys.readouterr().out.splitlines() == [
        "simple_crypto: term 1: 0 project keys",
        "simple_crypto: term 2: 0 project keys, wraps new ones",
    ]
