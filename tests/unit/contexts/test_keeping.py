"""Files of the supervisor: logs that turn over, wishes, and an outbox whose numbers go on."""

import errno
import json
import os
from pathlib import Path

import pytest

from barbican_like.contexts.keeping import AlreadyHeld, Hold, Outbox, Wishes
from barbican_like.contexts.logs import KEPT, Log


def numbers(folder: Path) -> list[int]:
    lines = [line for file in sorted(folder.iterdir()) for line in file.read_text().splitlines()]
    return [json.loads(line)["number"] for line in lines]


def test_a_log_turns_over_and_keeps_five_private_files(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log", largest=100)
    for number in range(40):
        log.write(f"{number:039}\n".encode())
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["a.log", *(f"a.log.{n}" for n in range(1, KEPT + 1))]
    assert all(file.stat().st_size <= 100 and file.stat().st_mode & 0o077 == 0 for file in files)
    assert files[0].read_text().endswith("39\n")
    assert log.last_lines()[-1] == f"{39:039}"


def test_the_numbers_of_an_outbox_go_on_and_a_broken_line_is_cut_away(tmp_path: Path) -> None:
    for _ in range(2):
        outbox = Outbox(tmp_path / "o")
        outbox.add({"new": "RUNNING"})
        outbox.add({"new": "STOPPED"})
    newest = max((tmp_path / "o").iterdir())
    newest.write_bytes(newest.read_bytes() + b'{"number": 5, "ne')
    Outbox(tmp_path / "o").add({"new": "RUNNING"})
    assert numbers(tmp_path / "o") == [1, 2, 3, 4, 5]


def test_what_a_full_disk_does_not_take_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(tmp_path / "o")
    outbox.add({"new": "STARTING"})

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        outbox.add({"new": "RUNNING"})
    outbox.add({"new": "STOPPED"})
    assert numbers(tmp_path / "o") == [1, 2, 3]


def test_wishes_that_a_disk_takes_half_of_are_not_kept_and_the_old_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = Wishes(tmp_path / "w")
    wishes.keep({"T": {"a": "up"}})
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 2]))
        with pytest.raises(OSError, match="No space left"):
            wishes.keep({"T": {"a": "down"}})
    assert Wishes(tmp_path / "w").read() == {"T": {"a": "up"}}
    wishes.keep({"T": {"a": "down"}})
    assert Wishes(tmp_path / "w").read() == {"T": {"a": "down"}}


def test_wishes_come_back_as_they_were_kept(tmp_path: Path) -> None:
    wishes = {"T": {"a": "up", "b": "down", "c": "done"}}
    Wishes(tmp_path / "w").keep(wishes)
    assert Wishes(tmp_path / "w").read() == wishes
    assert (tmp_path / "w").stat().st_mode & 0o077 == 0
    assert Wishes(tmp_path / "none").read() == {}


@pytest.mark.parametrize("text", ["", "[]", '{"T": 1}', "{"])
def test_damaged_wishes_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "w").write_text(text)
    with pytest.raises(ValueError, match=r"Expecting|wishes"):
        Wishes(tmp_path / "w").read()


def test_only_one_holds_a_context(tmp_path: Path) -> None:
    first = Hold(tmp_path / "h")
    with pytest.raises(AlreadyHeld):
        Hold(tmp_path / "h")
    first.release()
    Hold(tmp_path / "h").release()
