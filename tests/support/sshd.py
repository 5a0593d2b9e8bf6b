"""OpenSSH's own server for tests: on a port of its own, with keys of its own, for the user who runs them."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.waiting import wait_for
from tests.support.ports import free_port, listens

_PROGRAMS = ("/usr/sbin/sshd", "/usr/bin/ssh-keygen")


@dataclass(frozen=True)
class Sshd:
    """A server that runs."""

    port: int
    host_key: str
    private_key: str  # of its one user
    user: str

    @property
    def credential(self) -> dict[str, str]:
        """What the user shows."""
        return {"username": self.user, "private_key": self.private_key}


def _key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Sshd]:
    """A server until the end of the block."""
    if not all(Path(program).exists() for program in _PROGRAMS):
        pytest.fail("OpenSSH's server is missing: .ci/services sshd installs it")
    for name in ("host", "user"):
        _key(folder / name)
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    port = free_port()
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'authorized'}",
        f"PidFile {folder / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "MaxStartups 100",
        "Subsystem sftp internal-sftp",
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    Path("/run/sshd").mkdir(exist_ok=True)  # where it separates its privileges
    with (folder / "log").open("wb") as log:
        words = [shutil.which("sshd", path="/usr/sbin") or "sshd", "-D", "-e", "-f", str(folder / "config")]
        server = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        wait_for("sshd listens", lambda: listens(port), 20)
        host_key = " ".join((folder / "host.pub").read_text().split()[:2])
        yield Sshd(port, host_key, (folder / "user").read_text(), getpass.getuser())
    finally:
        server.terminate()
        server.wait(20)
