"""Meters: processes count into files of one folder; whoever reads sums them up, the dead ones' too."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from barbican_like.common.meters import layout, reading
from barbican_like.common.meters.layout import MOST_SERIES, OTHERS, PAST
from barbican_like.common.meters.reading import Counted, read
from barbican_like.common.meters.writing import Meters

KEY = ("request", "GET", "/v1/secrets", "200")
COUNTER = """
import sys
from pathlib import Path
from barbican_like.common.meters.writing import Meters
meters = Meters(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    meters.note(("request", "GET", "/v1/secrets", 200), 0.002)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of meters, not there yet."""
    return tmp_path / "run" / "meters"


@pytest.fixture
def meters(folder: Path) -> Iterator[Meters]:
    """This process's."""
    made = Meters(folder)
    yield made
    made.close()


@pytest.fixture
def counting(folder: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Starts a process that has counted so many when this returns, and lives on."""
    begun = []

    def start(number: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", COUNTER, str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def number(counted: Counted, key: tuple[str, ...] = KEY) -> int:
    series = counted.series.get(key)
    return 0 if series is None else sum(series.buckets)


def end(process: subprocess.Popen[str]) -> None:
    """Kill a process as nothing can be caught."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_what_is_counted_is_read_with_its_durations(folder: Path, meters: Meters) -> None:
    for seconds in (0.0001, 0.003, 0.003, 1000.0):
        meters.note(("task", "a_kind", "done"), seconds)
    series = read(folder).series["task", "a_kind", "done"]
    assert series.microseconds == 1_000_006_100
    assert [count for count in series.buckets if count] == [1, 2, 1]
    assert [sum(counts) for counts in series.steps.values()] in ([4], [3, 1], [2, 2], [1, 3])


def test_the_counts_of_several_processes_add_up(
    folder: Path, counting: Callable[[int], subprocess.Popen[str]]
) -> None:
    for each in (10, 200, 3000):
        counting(each)
    counted = read(folder)
    assert (number(counted), counted.processes) == (3210, 3)


def test_a_killed_process_loses_nothing_and_its_file_goes(
    folder: Path, counting: Callable[[int], subprocess.Popen[str]]
) -> None:
    living, dead = counting(10), counting(200)
    end(dead)
    for _ in range(2):
        counted = read(folder)
        assert (number(counted), counted.processes) == (210, 1)
        assert sum(map(sum, counted.series[KEY].steps.values())) == 210
    assert len(list(folder.glob("*.meter"))) == 2
    assert (folder / PAST).exists()
    end(living)
    assert number(read(folder)) == 210


def test_the_folder_does_not_grow_with_the_processes_that_have_been(folder: Path) -> None:
    for _ in range(50):
        one = Meters(folder)
        one.note(KEY, 0.001)
        one.close()
        read(folder)
    assert number(read(folder)) == 50
    assert sorted(path.name for path in folder.iterdir()) == [layout.LOCK, PAST]


def test_many_dead_ones_at_once_are_folded_bit_by_bit_and_counted_once(folder: Path) -> None:
    for _ in range(200):
        one = Meters(folder)
        one.note(KEY, 0.001)
        one.close()
    for _ in range(4):
        assert number(read(folder)) == 200
    assert len(list(folder.glob("*.meter"))) == 1


@pytest.mark.parametrize(("broken", "suffix"), [("replace", ".new"), ("unlink", ".meter")])
def test_a_fold_that_is_broken_off_counts_nothing_twice(
    folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str, suffix: str
) -> None:
    """Whether before the new sum stands or behind it."""
    for _ in range(3):
        one = Meters(folder)
        one.note(KEY, 0.001)
        one.close()

    def fail(self: Path, *_: object, **__: object) -> None:
        assert self.suffix in {suffix, ".new"}
        if self.suffix == suffix:
            raise OSError(errno.EIO, "broken off")

    with monkeypatch.context() as patched:
        patched.setattr(Path, broken, fail)
        with pytest.raises(OSError, match="broken off"):
            read(folder)
    assert number(read(folder)) == 3
    assert number(read(folder)) == 3


def test_only_its_owner_reads_a_file(folder: Path, meters: Meters) -> None:
    meters.note(KEY, 0.001)
    one = Meters(folder)
    one.note(KEY, 0.001)
    one.close()
    read(folder)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_threads_that_count_at_once_lose_nothing(folder: Path, meters: Meters) -> None:
    def count() -> None:
        for _ in range(5000):
            meters.note(KEY, 0.001)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number(read(folder)) == 20_000


def test_what_has_no_place_is_counted_with_the_others(folder: Path, meters: Meters) -> None:
    """The first series is theirs; and memory does not grow with the names that come."""
    for each in range(MOST_SERIES + 9):
        meters.note(("request", str(each)), 0.001)
    counted = read(folder)
    assert len(counted.series) == MOST_SERIES
    assert number(counted, OTHERS) == 10


def test_so_it_is_where_many_processes_together_have_more(folder: Path) -> None:
    for process in range(2):
        one = Meters(folder)
        for each in range(MOST_SERIES - 1):
            one.note(("request", f"{process} {each}"), 0.001)
        one.close()
    for _ in range(2):
        counted = read(folder)
        assert sum(sum(series.buckets) for series in counted.series.values()) == 2 * (MOST_SERIES - 1)


def test_a_full_disk_is_no_end_of_the_process(
    folder: Path, meters: Meters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space is allocated before it is written to by a mapping, where a lack of it would be a signal."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", _no_space)
        meters.note(KEY, 0.001)
        without = Meters(folder)
        without.note(KEY, 0.001)
        without.close()
    assert number(read(folder), OTHERS) == 1
    meters.note(KEY, 0.001)
    assert number(read(folder)) == 1


def test_on_a_full_disk_everything_is_read_although_nothing_is_folded(
    folder: Path, meters: Meters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead process's file stays as it is until there is room, and no try leaves a descriptor open."""
    meters.note(KEY, 0.001)
    dead = Meters(folder)
    dead.note(KEY, 0.001)
    dead.close()
    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", _no_space)
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(10):
            counted = read(folder)
            assert (number(counted), counted.processes) == (2, 1)
        assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert number(read(folder)) == 2
    assert len(list(folder.glob("*.meter"))) == 2


def test_where_there_is_no_room_for_all_requests_give_way_to_tasks(folder: Path) -> None:
    """Callers choose how many different requests there are, and nobody else's counts may go for them."""
    one = Meters(folder)
    for each in range(MOST_SERIES):
        one.note(("request", str(each)), 0.001)
    one.close()
    other = Meters(folder)
    other.note(("task", "process_type_order", "done"), 0.001)
    other.close()
    for _ in range(2):
        assert number(read(folder), ("task", "process_type_order", "done")) == 1


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_of_another_version_is_left_out_and_goes(folder: Path, meters: Meters) -> None:
    meters.note(KEY, 0.001)
    (folder / "of-old.meter").write_bytes(b"meters00" + bytes(layout.SIZE))
    assert number(read(folder)) == 1
    assert not (folder / "of-old.meter").exists()


@pytest.mark.parametrize("content", [b"", b"meters01", b"meters01" + b"\xff" * 9000])
def test_a_file_that_is_damaged_is_left_out(folder: Path, meters: Meters, content: bytes) -> None:
    meters.note(KEY, 0.001)
    (folder / PAST).write_bytes(content)
    assert number(read(folder)) == 1


def test_where_nobody_has_counted_there_is_nothing(folder: Path) -> None:
    assert read(folder) == Counted({}, 0)


def test_a_step_is_written_over_an_hour_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr("barbican_like.common.meters.writing.time", lambda: now[0])
    meters = Meters(folder)
    meters.note(KEY, 0.001)
    now[0] += layout.STEP * layout.STEPS
    meters.note(KEY, 0.001)
    meters.note(KEY, 0.001)
    series = reading.read(folder).series[KEY]
    assert {step: sum(counts) for step, counts in series.steps.items()} == {100_360: 2}
    assert sum(series.buckets) == 3
    meters.close()
