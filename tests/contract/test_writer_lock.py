"""The lock between the threads and processes that write one SQLite file."""

import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barbican_like.common.errors import Overloaded
from barbican_like.model.writer_lock import WriterLock
from tests.support.lock_holder import add_one
from tests.support.threads import at_once

ROOT = Path(__file__).parents[2]
SHORT, LONG = 0.1, 30.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The lock's file."""
    return tmp_path / "database-writer"


def process(verb: str, *words: str) -> subprocess.Popen[str]:
    """Another process with the lock; see tests/support/lock_holder.py."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.lock_holder", verb, *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock."""
    with process("hold", str(path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def taken_in_another_thread(lock: WriterLock) -> bool:
    """Whether another thread gets the lock before its wait is over."""

    def take(_: int) -> bool:
        try:
            with lock:
                return True
        except Overloaded:
            return False

    return at_once(1, take)[0]


def test_one_thread_holds_it_at_a_time(path: Path) -> None:
    """Eight threads that add to a number without any other care lose nothing."""
    lock, file = WriterLock(path, LONG), path.with_name("number")
    file.touch()

    def count(_: int) -> None:
        for _ in range(25):
            with lock:
                add_one(file)

    at_once(8, count)
    assert file.read_text() == "200"


def test_one_process_holds_it_at_a_time(path: Path) -> None:
    """Three processes, and threads of this one, lose nothing."""
    lock, file = WriterLock(path, LONG), path.with_name("number")
    file.touch()
    others = [process("count", str(path), str(file), "50") for _ in range(3)]

    def count(_: int) -> None:
        for _ in range(25):
            with lock:
                add_one(file)

    at_once(2, count)
    for other in others:
        other.communicate(timeout=60)
    assert [other.returncode for other in others] == [0, 0, 0]
    assert file.read_text() == "200"


def test_waiting_for_a_thread_ends_in_overloaded(path: Path) -> None:
    """The one that waits is told so, the one that holds keeps it, and afterwards it is free."""
    lock = WriterLock(path, SHORT)
    with lock:
        assert not taken_in_another_thread(lock)
    assert taken_in_another_thread(lock)


def test_waiting_for_a_process_ends_in_overloaded(path: Path) -> None:
    """Again and again, and from several threads, as long as the other process holds it."""
    lock = WriterLock(path, SHORT)
    with held_elsewhere(path):
        for _ in range(2):
            with pytest.raises(Overloaded):
                lock.__enter__()
        assert not taken_in_another_thread(lock)


@pytest.mark.parametrize("given_up_before", [False, True], ids=["at once", "after giving up once"])
def test_a_killed_process_frees_it(path: Path, given_up_before: bool) -> None:
    """SIGKILL leaves nothing locked, neither for a new taker nor for one that has given up already."""
    impatient, patient = WriterLock(path, SHORT), WriterLock(path, LONG)
    with held_elsewhere(path) as holder:
        if given_up_before:
            with pytest.raises(Overloaded):
                impatient.__enter__()
        holder.send_signal(signal.SIGKILL)
        holder.wait(timeout=30)
        with patient:
            assert not taken_in_another_thread(impatient)
        with WriterLock(path, LONG):
            pass


def test_who_waits_gets_it_when_the_other_process_lets_go(path: Path) -> None:
    """A thread that waits is woken by the release."""
    lock, got = WriterLock(path, LONG), threading.Event()

    def take() -> None:
        with lock:
            got.set()

    with held_elsewhere(path) as holder:
        waiter = threading.Thread(target=take)
        waiter.start()
        assert not got.wait(SHORT)
        assert holder.stdin is not None
        holder.stdin.close()
        assert got.wait(LONG)
        waiter.join(LONG)


def test_an_error_within_frees_it(path: Path) -> None:
    """The lock is given back however its block ends."""
    lock = WriterLock(path, SHORT)
    with pytest.raises(KeyError), lock:
        raise KeyError
    assert taken_in_another_thread(lock)


def test_its_files_are_the_owners_alone_and_stay_empty(path: Path) -> None:
    """Mode 0600, no content, and they stay for the next one."""
    with WriterLock(path, SHORT):
        pass
    files = list(path.parent.iterdir())
    assert path in files
    assert {(stat.S_IMODE(file.stat().st_mode), file.stat().st_size) for file in files} == {(0o600, 0)}
