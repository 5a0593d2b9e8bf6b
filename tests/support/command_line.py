"""Clients that are programs, run as a user runs them in a terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 60


@dataclass(frozen=True)
class CommandLine:
    """A program of the tests' own environment, with the words and variables that every call has."""

    program: str
    words: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command; nothing of the caller's own clouds and instances is seen by it."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "BARBICAN_"))}
        return subprocess.run(
            [str(Path(sys.executable).parent / self.program), *self.words, *words],
            cwd=self.cwd,
            env=kept | {"HOME": str(self.cwd)} | dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def good(self, *words: str) -> str:
        """Run a command that must succeed; what it prints."""
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def shown(self, *words: str) -> Any:
        """Run a command that shows something; the rows as dictionaries."""
        return json.loads(self.good(*words, "-f", "json"))

    def refused(self, *words: str) -> str:
        """Run a command that must fail; what it says about it."""
        done = self.run(*words)
        assert done.returncode == 1, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stderr
