"""The example of doc/source/barbican-jobs.rst, run as somebody runs it who has copied it."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like.cmd.jobs.exits import MEANINGS
from tests.support import sshd
from tests.support.instance import Instance, running
from tests.support.jobs_command import JobsCommand
from tests.support.sshd import Sshd

PAGE = Path(__file__).parents[2] / "doc/source/barbican-jobs.rst"
BLOCK = re.compile(r"^\.\. code-block:: sh\n   :name: (\S+)\n\n((?:   .*\n|\n)+)", re.MULTILINE)
BLOCKS = ["two-sites", "a-credential", "a-copy-and-a-failure", "a-retry"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd.running(tmp_path_factory.mktemp("sshd")) as started:
        yield started


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    for name in ("in", "out"):
        (tmp_path / "srv" / name).mkdir(parents=True)
    options = f"[workqueue]\nfile_roots = {tmp_path / 'srv'}\nallowed_hosts = localhost, 127.0.0.1, ::1\n"
    with running(tmp_path, options) as started:
        yield started


def test_the_example_of_the_page_works(instance: Instance, server: Sshd, tmp_path: Path) -> None:
    """Two sites, a credential, a copy, a failure, a retry."""
    (tmp_path / "credential.json").write_text(json.dumps(server.credential))
    (tmp_path / "srv/in/results").mkdir()
    for name in ("summary", "other"):
        (tmp_path / "srv/in/results" / name).write_text(name)
    blocks = dict(BLOCK.findall(PAGE.read_text()))
    assert list(blocks) == BLOCKS
    text = "".join(textwrap.dedent(block) for block in blocks.values())
    real = {
        "http://localhost:9311": instance.endpoint,
        "/srv/": f"{tmp_path}/srv/",
        "-p 22 files.example.com": f"-p {server.port} 127.0.0.1",
        "files.example.com:22": f"127.0.0.1:{server.port}",
    }
    for word, replacement in real.items():
        text = text.replace(word, replacement)
    done = subprocess.run(
        ["bash", "-eu", "-c", text],
        cwd=tmp_path,
        env=JobsCommand(tmp_path).variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "it ended with 4" in done.stdout
    assert re.search(r"element \d: EXISTS: ", done.stderr)
    assert (tmp_path / "srv/out/kept/results/summary").read_text() == "changed\n"
    assert re.search(r"^status +DONE$", done.stdout, re.MULTILINE)


def test_the_page_has_the_exit_codes_of_the_program() -> None:
    table = dict(re.findall(r"^(\d+) +(.+)$", PAGE.read_text(), re.MULTILINE))
    assert {int(code): text.replace("``", "") for code, text in table.items()} == {
        code.value: meaning for code, meaning in MEANINGS.items()
    }
