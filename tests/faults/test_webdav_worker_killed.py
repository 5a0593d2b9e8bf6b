"""kill -9 of a transfer worker in a copy over WebDAV: every file once, byte for byte, no part left behind."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.faults.conftest import Place, opened
from tests.faults.test_transfer_worker_killed import (
    _ENDED,
    Copying,
    attempts_are_right,
    begun,
    found,
    kill_and_start,
)
from tests.faults.waiting import wait_for
from tests.support import web_servers


def filled(folder: Path) -> dict[str, str]:
    """Small files, and some that are sent while they are read; the digests by path."""
    chance = random.Random(7)
    for number in range(60):
        path = folder / f"tree/{number % 3}/file {number} + % # ?:'.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(5_000_000 if number % 20 == 0 else 4096))
    return found(folder / "tree")


@pytest.mark.slow
def test_killed_workers_leave_no_part_behind_at_a_web_server(embedded: Place, tmp_path: Path) -> None:
    """Two of them; the second try sends each part anew under the same name. The secret is in no log."""
    (tmp_path / "webdav").mkdir()
    instance = begun(embedded)
    with (
        web_servers.webdav(tmp_path / "webdav") as server,
        opened(instance) as ledger,
        instance.client(timeout=30) as client,
    ):
        instance.api()
        copying = Copying(instance, ledger, client)
        name, target = server.empty()
        src, source = copying.folder("src")
        digests = filled(source)
        url = f"{server.url}/{name}"
        endpoint = {"protocol": "WEBDAV", "url": url}
        made = copying.ask("POST", "/sites", {"name": "dav", "endpoints": [endpoint], "auth": "PASSWORD"})
        body = {"payload": json.dumps(server.credential), "payload_content_type": "text/plain"}
        secret = client.call("POST", "/v1/secrets", body).json()["secret_ref"]
        copying.ask("PUT", f"/sites/{made['id']}/credential", {"secret_ref": secret})
        job = copying.ask(
            "POST",
            "/copy",
            {
                "src_siteid": src,
                "src_filepath": "tree",
                "dst_siteid": made["id"],
                "dst_filepath": "new",
                "max_tries": 20,
                "extra_opts": {"bandwidth": 4_000_000},
            },
        )["id"]
        kill_and_start(copying, job, 2)
        wait_for("the job has ended", lambda: copying.status(job) in _ENDED, 100)
        shown = copying.ask("GET", f"/jobs/{job}")
        assert shown["status"] == "DONE", shown
        assert found(target) == {f"new/{path}": digest for path, digest in digests.items()}
        attempts_are_right(copying, job)
        for path in instance.folder.rglob("*"):
            if path.is_file():
                assert server.credential["password"].encode() not in path.read_bytes(), path
