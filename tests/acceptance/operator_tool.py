"""Runs bin/barbican.sh as an operator does, on data folders and ports of the test's own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
COMMAND_SECONDS = 180  # the first start makes an environment, perhaps on a machine that is busy


@dataclass
class Operator:
    """Runs the tool on one data folder; what is left running at the end of the test is stopped."""

    data: Path
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    project: Path = ROOT
    #: The interpreter to use; None lets the tool make its own environment.
    python: str | None = sys.executable

    def run(
        self, command: str, *words: str, prefix: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run one command on the data folder."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("BARBICAN_")}
        if self.python:
            own["BARBICAN_PYTHON"] = self.python
        return subprocess.run(
            [*prefix, str(self.project / "bin" / "barbican.sh"), command, "--data", str(self.data), *words],
            cwd=self.cwd,
            env=own | dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def good(self, command: str, *words: str) -> str:
        """Run a command that must end with 0; its standard output."""
        done = self.run(command, *words)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def refused(self, command: str, *words: str) -> str:
        """Run a command that must fail for a reason that is told; the last line of what it says."""
        done = self.run(command, *words)
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1]

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        return dict(json.loads(self.run("status", "--json").stdout))

    def pids(self, role: str | None = None) -> set[int]:
        """Process ids, of all processes or of one role."""
        rows = self.status()["processes"]
        return {row["pid"] for row in rows if row["pid"] and role in {None, row["role"]}}


def living(pids: set[int]) -> set[int]:
    """Those of the ids that are processes and no zombies."""
    alive = set()
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                alive.add(pid)
        except psutil.NoSuchProcess:
            continue
    return alive
