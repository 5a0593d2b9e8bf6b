"""``barbican-jobs`` as its users run it: in a script, on a terminal, with their environment."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

from barbican_like.cmd.jobs.main import main

PROGRAM: Final = "barbican-jobs"
_SECONDS: Final = 100
_BLOCK: Final = 65_536


@dataclass(frozen=True)
class JobsCommand:
    """The program, with the variables of one caller."""

    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """Its whole environment."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "BARBICAN_"))}
        folder = str(Path(sys.executable).parent)
        path = {"PATH": f"{folder}:{kept['PATH']}", "HOME": str(self.cwd)}
        return kept | path | {"COLUMNS": "120", "TERM": "xterm"} | dict(self.environment)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it in this process, which spares its start, without a terminal."""
        printed, complaint = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.variables, clear=True),
            mock.patch("sys.stdin", io.StringIO()),
            redirect_stdout(printed),
            redirect_stderr(complaint),
        ):
            code = main(words)
        return subprocess.CompletedProcess(words, code, printed.getvalue(), complaint.getvalue())

    def process(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it as a process of its own, without a terminal."""
        done = subprocess.run(
            [PROGRAM, *words],
            cwd=self.cwd,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def good(self, *words: str) -> str:
        """Run what must succeed; what it prints."""
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def json(self, *words: str) -> Any:
        """Run what must succeed; the JSON that it prints."""
        return json.loads(self.good(*words, "--json"))

    def refused(self, code: int, *words: str) -> str:
        """Run what must end with this exit code; what it complains of."""
        done = self.run(*words)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stderr

    def on_terminal(self, *words: str) -> tuple[int, str, str]:
        """Run it with a terminal as its standard error: exit code, standard output, what the terminal got."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [PROGRAM, *words],
            cwd=self.cwd,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            shown = b""
            with suppress(OSError):  # EIO: the other end is closed
                while block := os.read(ours, _BLOCK):
                    shown += block
            os.close(ours)
            printed, _ = process.communicate(timeout=_SECONDS)
        return process.returncode, printed.decode(), shown.decode()
