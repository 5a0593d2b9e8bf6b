"""The commands of doc/source/contexts.rst do what the page says, in its order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.contexts.programs import Folder
from tests.support.contexts.supervised import wait_until
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "doc/source/contexts.rst").read_text()
BLOCK = re.compile(r"\.\. code-block:: sh\n   :name: contexts-(\w+)\n\n((?:   .*\n|\n)+)")
BLOCKS = {name: re.sub(r"^   ", "", text, flags=re.MULTILINE) for name, text in BLOCK.findall(PAGE)}


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Where the page has /srv/echo; the page makes it."""
    return Folder(tmp_path / "echo", (free_port(), free_port()), tmp_path_factory.mktemp("r"))


def run(folder: Folder, name: str) -> subprocess.CompletedProcess[str]:
    """A block of the page in a shell, with this folder and these ports."""
    text = BLOCKS[name].replace("/srv/echo", str(folder.path))
    for port, ours in zip((5556, 5557), folder.ports, strict=True):
        text = text.replace(str(port), str(ours))
    return subprocess.run(
        ["sh", "-euc", text],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "XDG_RUNTIME_DIR": str(folder.runtime),
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def good(folder: Folder, name: str) -> str:
    """The output of a block that must end well."""
    ran = run(folder, name)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_pages_commands_work_in_its_order(folder: Folder) -> None:
    """From nothing to the echo in the log, and back."""
    assert list(BLOCKS) == ["create", "test", "run", "start", "log", "end"]
    made = good(folder, "create").replace(str(folder.path), "/srv/echo").splitlines()
    assert made == re.findall(r"^   (made /srv/echo/.*)$", PAGE, re.MULTILINE)
    assert "1 passed" in good(folder, "test")
    assert BLOCKS["run"].strip() == "cd /srv/echo && service_context Conf/Context-EchoAction.xml"
    with folder.provider("EchoAction", ends=False) as provider:
        assert '"state": "RUNNING"' in good(folder, "start")
        wait_until(lambda: run(folder, "log").returncode == 0, "the echo in the log")
        # `top` needs the bus, which comes up beside the services.
        with folder.listening():
            assert '"contextName": "EchoAction"' in good(folder, "end")
        assert provider.wait(20) == 0
