"""Instances of this program for a run: started as an operator starts them, stopped at the end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import kombu

from benchmarks.support import databases
from benchmarks.support.trees import ROOT

RABBIT: Final = "postgresql+rabbit"
FLAVOURS: Final = (*databases.KINDS, RABBIT)
"""Ways to run it: which database, and whether wake-ups travel over RabbitMQ."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance."""

    url: str
    tool: tuple[str, ...]  # the command that looks after it, without its verb
    data: Path

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        words = [*self.tool, "status", "--json", "--data", str(self.data)]
        done = subprocess.run(words, check=True, env=_environment(), capture_output=True)
        return [row["pid"] for row in json.loads(done.stdout)["processes"] if row["role"] == "worker"]


@contextmanager
def running(folder: Path, flavour: str, *, tree: Path = ROOT) -> Iterator[Instance]:
    """An instance with two API processes and one worker.

    :param folder: where it keeps everything.
    :param flavour: one of :data:`FLAVOURS`.
    :param tree: the checkout that it runs from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with databases.empty(flavour.removesuffix("+rabbit"), folder) as url:
        topic = f"benchmark.{uuid.uuid4()}"
        lines = [f"[database]\nconnection = {url}"]
        if flavour == RABBIT:
            lines.append(f"[DEFAULT]\ntransport_url = {databases.BROKER}\n[queue]\ntopic = {topic}")
        (folder / "benchmark.conf").write_text("\n".join(lines))
        try:
            yield from _started(folder, tree)
        finally:
            if flavour == RABBIT:
                _remove_queues(topic)


def _started(folder: Path, tree: Path) -> Iterator[Instance]:
    tool, data, port = (str(tree / "bin" / "barbican.sh"),), folder / "data", _free_port()
    own = ["--data", str(data)]
    settings = ["--port", str(port), "--api-workers", "2", "--config", str(folder / "benchmark.conf")]
    try:
        _run([*tool, "start", *own, *settings])
        yield Instance(f"http://127.0.0.1:{port}", tool, data)
    finally:
        _run([*tool, "stop", *own])


def _run(words: list[str]) -> None:
    """Run a command quietly; what it says is shown where it fails."""
    done = subprocess.run(
        words, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}")


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {"BARBICAN_PYTHON": sys.executable} | own


def _remove_queues(topic: str) -> None:
    with kombu.Connection(databases.BROKER.replace("rabbit://", "amqp://", 1)) as connection:
        for name in (topic, f"{topic}.barbican.queue"):
            connection.default_channel.queue_delete(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
