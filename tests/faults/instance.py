"""One installation of the product in a folder of the test's own: its configuration and its processes."""

import configparser
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.client import Client
from tests.faults.processes import ROOT, Process
from tests.faults.waiting import wait_for
from tests.support.ports import free_port

START_SECONDS = 30

Options = Mapping[str, Mapping[str, str]]


@dataclass
class Instance:
    """An installation; every process still there at the end is killed."""

    folder: Path
    port: int
    database_url: str
    processes: list[Process] = field(default_factory=list)

    @classmethod
    def make(
        cls,
        folder: Path,
        *,
        options: Options | None = None,
        database_url: str | None = None,
        template: Path | None = None,
    ) -> Self:
        """Write the configuration, the master key and the schema.

        :param template: a data folder to copy, instead of making the key and a SQLite schema anew.
        """
        port = free_port()
        made = cls(folder, port, database_url or f"sqlite:///{folder / 'data' / 'barbican.sqlite'}")
        made._configure(options or {})
        if template is not None:
            shutil.copytree(template, made.data, dirs_exist_ok=True)
        else:
            made.data.mkdir(mode=0o700, parents=True)
            made.manage("master-key", "create")
            made.manage("db", "upgrade")
        return made

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def configuration(self) -> Path:
        """The configuration file."""
        return self.folder / "barbican.conf"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self.processes):
            process.kill()

    def client(self, project: str = "faults", *, timeout: float = 30) -> Client:
        """A client of the API."""
        return Client(self.port, project=project, timeout=timeout)

    def api(self) -> Process:
        """Start the API and wait until it answers."""
        process = self.launch("api")
        wait_for("the API answers", lambda: _answers(process, self.port), START_SECONDS)
        return process

    def worker(self, name: str = "worker") -> Process:
        """Start a worker and wait until it says that it works."""
        process = self.launch("worker", name)
        wait_for("the worker has started", lambda: _says(process, "worker.started"), START_SECONDS)
        return process

    def launch(self, command: str, name: str | None = None) -> Process:
        """Start a program of the product, without waiting."""
        process = Process(self._words(command), self.folder / f"{name or command}.log")
        self.processes.append(process)
        return process

    def manage(self, *words: str) -> None:
        """Run barbican-manage, which must succeed."""
        done = subprocess.run(
            self._words("manage", *words),
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def logs(self) -> str:
        """Everything that every process has said."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("*.log")))

    def _words(self, command: str, *more: str) -> list[str]:
        module = f"barbican_like.cmd.{command}"
        return [sys.executable, "-m", module, "--config-file", str(self.configuration), *more]

    def _configure(self, options: Options) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        merged: dict[str, dict[str, str]] = {
            "DEFAULT": {"data_dir": str(self.data), "host_href": ""},
            "api": {"port": str(self.port), "workers": "1"},  # each one costs a second at the start
            "database": {"connection": self.database_url},
        }
        for section, values in options.items():
            merged[section] = merged.get(section, {}) | dict(values)
        parser = configparser.RawConfigParser(default_section="")
        parser.read_dict(merged)
        with self.configuration.open("w") as file:
            parser.write(file)
        self.configuration.chmod(0o600)


def _answers(process: Process, port: int) -> bool:
    assert process.running, process.said()
    with suppress(OSError), Client(port, timeout=2) as client:
        return client.get("/healthcheck").status == 200
    return False


def _says(process: Process, text: str) -> bool:
    assert process.running, process.said()
    return text in process.said()
