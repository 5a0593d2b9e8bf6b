"""What an operator can do wrong: one clear line, exit code 1, and nothing left running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.operator_tool import Operator
from tests.support.ports import free_port


@pytest.fixture
def operator(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Operator]:
    """An operator whose instance must not run when the test ends."""
    one = Operator(data=tmp_path_factory.mktemp("o") / "d", cwd=tmp_path)
    yield one
    left = one.run("status").returncode
    one.run("stop")
    assert left == 3, "something was left running"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_without_authentication_only_loopback_is_listened_on(operator: Operator, host: str) -> None:
    line = operator.refused("start", "--host", host, "--port", str(free_port()))
    assert host in line
    assert "allow_remote_noauth" in line


def test_an_address_of_another_machine_is_refused(operator: Operator) -> None:
    line = operator.refused("start", "--host", "192.0.2.1", "--auth", "basic", "--port", str(free_port()))
    assert "192.0.2.1" in line
    assert "--host" in line


def test_a_config_file_that_is_not_there_is_named(operator: Operator) -> None:
    assert "missing.conf" in operator.refused("start", "--config", "missing.conf")


@pytest.mark.parametrize(
    ("text", "named"),
    [("[api]\nport = many\n", "port"), ("[api]\nauth = none\n", "auth"), ("port = 1\n", "broken.conf")],
)
def test_a_bad_value_in_a_file_is_named(operator: Operator, tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "broken.conf").write_text(text)
    assert named in operator.refused("start", "--config", "broken.conf")


def test_a_lost_master_key_is_not_replaced_where_a_database_exists(operator: Operator) -> None:
    operator.good("start", "--port", str(free_port()))
    operator.good("stop")
    key = operator.data / "master.key"
    key.rename(operator.data / "elsewhere")
    line = operator.refused("start", "--port", str(free_port()))
    assert "master key" in line
    assert str(key) in line
    assert not key.exists()


def test_a_database_that_cannot_be_reached_is_told_in_one_line(operator: Operator, tmp_path: Path) -> None:
    connection = f"postgresql+psycopg://nobody:hidden@127.0.0.1:{free_port()}/none"
    (tmp_path / "far.conf").write_text(f"[database]\nconnection = {connection}\n")
    line = operator.refused("start", "--config", "far.conf", "--port", str(free_port()))
    assert "the database cannot be used" in line
    assert "hidden" not in line


def test_a_folder_that_others_use_is_not_taken_over(operator: Operator) -> None:
    operator.data.mkdir(mode=0o755)
    (operator.data / "letter.txt").write_text("dear")
    assert "chmod 700" in operator.refused("start", "--port", str(free_port()))
    assert operator.data.stat().st_mode & 0o777 == 0o755


def test_an_empty_open_folder_is_made_private(operator: Operator) -> None:
    operator.data.mkdir(mode=0o755)
    operator.good("start", "--port", str(free_port()))
    assert operator.data.stat().st_mode & 0o777 == 0o700
    operator.good("stop")


def test_a_file_in_place_of_the_folder_is_named(operator: Operator) -> None:
    operator.data.write_text("")
    assert str(operator.data) in operator.refused("start", "--port", str(free_port()))
    operator.data.unlink()


def test_an_api_that_cannot_start_ends_the_start_with_the_end_of_its_log(
    operator: Operator, tmp_path: Path
) -> None:
    (tmp_path / "broken.conf").write_text(
        "[api]\npaste_file = /nonexistent/paste.ini\n[live]\nenable = false\n"
    )
    done = operator.run("start", "--config", "broken.conf", "--port", str(free_port()))
    assert done.returncode == 1
    assert "api.log" in done.stderr
    assert "/nonexistent/paste.ini" in done.stderr


def test_restart_of_what_was_never_started_says_so(operator: Operator) -> None:
    operator.data.mkdir(mode=0o700)
    assert "use start" in operator.refused("restart")


def test_a_damaged_memory_is_named(operator: Operator) -> None:
    (operator.data / "run").mkdir(parents=True, mode=0o700)
    (operator.data / "run" / "instance.json").write_text("{")
    assert "instance.json" in operator.refused("restart")
    (operator.data / "run" / "instance.json").unlink()
