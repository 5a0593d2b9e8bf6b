"""Those who want a token take turns, threads and processes alike."""

import fcntl
import os
import stat
from pathlib import Path

import pytest

from barbican_like.common.errors import ConfigurationError, Overloaded
from barbican_like.plugin.crypto.token_turn import turn
from tests.support.threads import at_once


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The lock's file, in a folder that is not there yet."""
    return tmp_path / "data" / "token.lock"


def test_the_file_is_private_and_so_is_a_folder_made_for_it(path: Path) -> None:
    """As everything in a data folder."""
    with turn(path, 1):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_threads_are_never_inside_together(path: Path) -> None:
    """Six threads, each of them twenty times."""
    inside: list[int] = []

    def one(number: int) -> int:
        for _ in range(20):
            with turn(path, 30):
                inside.append(number)
                assert inside == [number]
                inside.remove(number)
        return number

    assert at_once(6, one) == list(range(6))


def test_a_turn_waits_for_another_process_but_not_for_ever(path: Path) -> None:
    """flock(2) knows files as they were opened: one that is opened here stands for another process."""
    path.parent.mkdir()
    held = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(Overloaded, match="token was not free"), turn(path, 0.05):
        pass
    os.close(held)
    with turn(path, 0.05):
        pass


def test_a_thread_waits_no_longer_than_it_is_told(path: Path) -> None:
    """While another one has its turn."""
    with turn(path, 1), pytest.raises(Overloaded, match="token was not free"), turn(path, 0.05):
        pass


def test_a_file_that_cannot_be_made_is_named(path: Path) -> None:
    """The operator reads which, and why."""
    path.parent.write_text("not a folder")
    with (
        pytest.raises(ConfigurationError, match=r"token\.lock: (Not a directory|File exists)"),
        turn(path, 1),
    ):
        pass


def test_a_failure_inside_ends_the_turn(path: Path) -> None:
    """The next one gets it."""
    with pytest.raises(ZeroDivisionError), turn(path, 1):
        _ = 1 / 0
    with turn(path, 0.05):
        pass
