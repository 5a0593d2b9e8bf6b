"""barbican-manage activity watch: the feed on an operator's screen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like.cmd import manage
from barbican_like.common import log
from tests.support.application import Instance, prepare, running
from tests.support.caller import id_of


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """A deployment; the test run keeps its own log."""
    monkeypatch.setattr(log, "configure", lambda *, debug: None)
    with running(prepare(tmp_path), worker=False) as started:
        yield started


def file_of(instance: Instance) -> str:
    return str(Path(instance.conf.data_dir) / "barbican.conf")


def watch(instance: Instance, *words: str) -> int:
    return manage.main(["--config-file", file_of(instance), "activity", "watch", "--once", *words])


def test_each_change_is_a_line(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    alice = instance.caller("demo", X_User_Id="alice")
    path = alice.new_secret(name="x")
    alice.post(f"{path}/metadata", {"key": "a", "value": "b"})
    order = alice.new_order()
    alice.delete(path)
    assert watch(instance, "--since", "0") == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    secret, order = f"SECRET/{id_of(path)}", f"ORDER/{id_of(order)}"
    who = ["project=demo", "actor=alice"]
    assert [[number, *rest] for number, _time, *rest in lines] == [
        ["1", secret, "created", "ACTIVE", *who],
        ["2", secret, "updated metadata", "ACTIVE", *who],
        ["3", order, "created", "PENDING", *who],
        ["4", secret, "deleted", "ACTIVE -> -", *who],
    ]


def test_json_is_what_the_api_shows(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    alice = instance.caller("demo")
    alice.new_secret(name="x")
    alice.new_order()
    assert watch(instance, "--since", "0", "--json", "--filter", '{"object": ["ORDER"]}') == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert printed == alice.get("/api/v1/activity/changes").json["result"][1:]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--filter", '{"names": []}'), "--filter: "),
        (("--since", "9"), "--since 9: it is not kept any more, or has never been: oldest = 1, last_seq = 0"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    instance: Instance, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    assert watch(instance, *words) == 2
    assert complaint in capsys.readouterr().err


def test_changes_are_printed_as_they_come(instance: Instance) -> None:
    """From the present end on, in a process of its own that goes on until it is interrupted."""
    alice = instance.caller("demo")
    alice.new_secret(name="before")
    words = [sys.executable, "-m", "barbican_like.cmd.manage", "--config-file", file_of(instance)]
    with subprocess.Popen(
        [*words, "activity", "watch", "--since", "1"], stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        try:
            path = alice.new_secret(name="after")
            assert f"SECRET/{id_of(path)}" in watching.stdout.readline()
            alice.delete(path)
            assert "deleted" in watching.stdout.readline()
            watching.send_signal(2)
            assert watching.wait(30) == 0
        finally:
            watching.kill()
