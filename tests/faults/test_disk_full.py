"""The disk is full under the embedded database: a clear refusal, reads go on, and it heals by itself."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.client import Answer, Client
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import wait_for

REFUSALS = {503, 507}
PAYLOAD = "p" * 15_000
MOST_WRITES = 600
DISK = 12 << 20  # bytes
LEFT = 600 << 10  # bytes left beside the ballast

Fault = Callable[[Instance, list[Process]], None]


def limit_files(instance: Instance, processes: list[Process]) -> None:
    """No file may grow any more beyond a little more than its present length (RLIMIT_FSIZE)."""
    longest = max(path.stat().st_size for path in instance.data.iterdir() if path.is_file())
    for process in processes:
        for pid in process.descendants():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (longest + LEFT, resource.RLIM_INFINITY))


def free_files(_instance: Instance, processes: list[Process]) -> None:
    """Files may grow again."""
    for process in processes:
        for pid in process.descendants():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def fill_disk(instance: Instance, _processes: list[Process]) -> None:
    """Lay a ballast on the disk that leaves a little."""
    free = os.statvfs(instance.data).f_bavail * os.statvfs(instance.data).f_frsize
    (instance.data / "ballast").write_bytes(bytes(free - LEFT))


def empty_disk(instance: Instance, _processes: list[Process]) -> None:
    """Take the ballast away."""
    (instance.data / "ballast").unlink()


def written_until_refused(client: Client) -> tuple[list[str], Answer]:
    """Store texts until one is refused; the ids of the stored ones, and the refusal."""
    stored = []
    for number in range(MOST_WRITES):
        answer = client.post("/v1/secrets", _text(number))
        if answer.status != 201:
            return stored, answer
        stored.append(answer.made)
    raise AssertionError(f"{MOST_WRITES} writes were taken: the disk is not full")


def _text(number: int) -> dict[str, str]:
    return {"payload": f"{number} {PAYLOAD}", "payload_content_type": "text/plain"}


def require_clear_refusal(answer: Answer) -> None:
    """A refusal is a 5xx that says that it is for a while, in JSON, without anything from the inside."""
    assert answer.status in REFUSALS, answer
    assert answer.json()["code"] == answer.status
    assert "Secret creation" in answer.json()["description"]
    inner = ("Traceback", "sqlite", "OperationalError", "File ", PAYLOAD[:20])
    assert not [word for word in inner if word in answer.content.decode()]


def require_readable(client: Client, stored: list[str]) -> None:
    """Every stored text is there."""
    for number, secret_id in enumerate(stored):
        assert client.payload(secret_id).content.decode() == f"{number} {PAYLOAD}"


def require_trial(instance: Instance, ledger: Ledger, fill: Fault, empty: Fault, reason: str) -> None:
    """Fill, see the refusal, read, empty, see that it works again and that nothing is lost.

    :param reason: what the log must tell the operator.
    """
    processes = [instance.api(), instance.worker()]
    with instance.client() as client:
        early = client.order("aes")
        wait_for("an order is done while there is space", ledger.settled, 20)
        fill(instance, processes)
        stored, refusal = written_until_refused(client)
        require_clear_refusal(refusal)
        require_clear_refusal(client.post("/v1/secrets", _text(0)))
        require_readable(client, stored)
        assert client.get("/v1/secrets?limit=5").status == 200
        assert client.get(f"/v1/orders/{early}").json()["status"] == "ACTIVE"
        empty(instance, processes)
        answer = wait_for("a write is taken again", lambda: _taken(client, len(stored)), 20)
        stored.append(answer)
        require_readable(client, stored)
        client.order("ed25519")
        wait_for("an order is done again", ledger.settled, 40)
    assert all(process.running for process in processes)
    assert ledger.rows("pragma integrity_check") == [("ok",)]
    assert ledger.differences(keys=1, pairs=1, stored=len(stored)) == {}
    assert f"reason=database: {reason}" in instance.logs()
    assert PAYLOAD[:20] not in instance.logs()


def _taken(client: Client, number: int) -> str | None:
    answer = client.post("/v1/secrets", _text(number))
    return answer.made if answer.status == 201 else None


def test_a_file_that_may_not_grow_refuses_writes_and_heals(embedded: Place) -> None:
    """With a limit on the size of files writes are refused, reads work; without it all works again."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        require_trial(instance, ledger, limit_files, free_files, "disk I/O error")


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A memory disk of 12 MiB on a folder."""
    folder.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts disks; the test above needs no root")
def test_a_full_disk_refuses_writes_and_heals(template: Path, tmp_path: Path) -> None:
    """On a disk without space writes are refused, reads work; with space all works again."""
    folder = tmp_path / "instance"
    with small_disk(folder / "data"):
        instance = Instance.make(folder, template=template)
        with opened(instance) as ledger:
            require_trial(instance, ledger, fill_disk, empty_disk, "database or disk is full")
