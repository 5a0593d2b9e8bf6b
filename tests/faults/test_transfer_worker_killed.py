"""kill -9 of transfer workers: every file once, byte for byte, nothing left behind, tries counted right."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.client import Client
from tests.faults.conftest import Place, opened
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger
from tests.faults.processes import Process
from tests.faults.waiting import let_pass, tell, wait_for
from tests.support import sshd
from tests.support.sshd import Sshd

API = "/workqueue/api/v1.0"
_SLOW = 500_000  # B/s: a hundred workers die before all is copied
_ENDED = {"DONE", "FAILED", "CANCELLED"}
_OPTIONS = {"workqueue": {"threads": "4"}, "worker": {"claim_term": "5"}}


@dataclass
class Copying:
    """An instance, a tree to copy, and where to."""

    instance: Instance
    ledger: Ledger
    client: Client

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """JSON of a call that succeeds."""
        answer = self.client.call(method, API + path, body)
        assert answer.status < 300, answer
        return answer.json()

    def site(self, name: str, url: str, **fields: object) -> int:
        """A site."""
        endpoint = {"protocol": url.partition(":")[0], "url": url}
        return int(self.ask("POST", "/sites", {"name": name, "endpoints": [endpoint], **fields})["id"])

    def folder(self, name: str) -> tuple[int, Path]:
        """A site that is a folder."""
        folder = self.instance.folder / "sites" / name
        folder.mkdir(parents=True)
        return self.site(name, folder.as_uri()), folder

    def worker(self) -> Process:
        """A transfer worker at work."""
        return self.instance.at_work(self.instance.launch("transfer_worker"))

    def status(self, job: int) -> str:
        """The job's status."""
        return str(self.ask("GET", f"/jobs/{job}/status")["status"])

    def at_work(self) -> bool:
        """Whether an element is reserved."""
        return self.ledger.number("select count(*) from transfer_elements where slot is not null") > 0

    def recount(self, job: int) -> None:
        """The counters are what the rows say."""
        shown = self.ask("GET", f"/jobs/{job}")
        rows = self.ledger.rows(
            "select status, count(*) from transfer_elements where job_id = :job group by status", job=job
        )
        counted = {status: int(number) for status, number in rows}
        for status in ("new", "submitted", "running", "done", "failed", "cancelled"):
            assert shown[f"num_{status}"] == counted.get(status.upper(), 0)

    def far(self, name: str, server: Sshd) -> tuple[int, Path]:
        """A site that is a folder behind a server."""
        folder = self.instance.folder / "sites" / name
        folder.mkdir(parents=True)
        url = f"sftp://127.0.0.1:{server.port}{folder}"
        site = self.site(name, url, auth="SSH_KEY", host_keys=[server.host_key])
        body = {"payload": json.dumps(server.credential), "payload_content_type": "text/plain"}
        secret = self.client.call("POST", "/v1/secrets", body).json()["secret_ref"]
        self.ask("PUT", f"/sites/{site}/credential", {"secret_ref": secret})
        return site, folder


def begun(place: Place) -> Instance:
    roots = place.folder / "instance" / "sites"
    queue = {"threads": "4", "file_roots": str(roots), "allowed_hosts": "127.0.0.1"}
    options = {**_OPTIONS, "workqueue": queue}
    return place.instance(options=options)


def fill(folder: Path, files: int) -> dict[str, str]:
    """Files of all sizes in a few directories, and odd names; the digests by path."""
    chance = random.Random(7)
    digests = {}
    for number in range(files):
        path = folder / f"tree/{number % 13}/{number % 5}/file {number} + % # ?:\n'.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = chance.randbytes(chance.choice([0, 1, 4096, 100_000]))
        path.write_bytes(content)
        digests[str(path.relative_to(folder / "tree"))] = hashlib.sha256(content).hexdigest()
    return digests


def found(folder: Path) -> dict[str, str]:
    """The digests of all files below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def attempts_are_right(copying: Copying, job: int) -> None:
    """Each element's attempts are numbered from 1 to as many as it has, each with its log."""
    for element, attempts, rows in copying.ledger.rows(
        "select e.id, e.attempts, count(a.number) from transfer_elements e left join transfer_attempts a "
        "on a.job_id = e.job_id and a.element_id = e.id where e.job_id = :job group by e.id, e.attempts",
        job=job,
    ):
        assert attempts == rows, element
        assert attempts >= 1


def kill_and_start(copying: Copying, job: int, kills: int) -> int:
    """Kill the worker again and again while it copies; how often it was."""
    chance = random.Random()
    killed = 0
    worker = copying.worker()
    while killed < kills and copying.status(job) not in _ENDED:
        let_pass(chance.uniform(0.05, 0.6))
        worker.kill()
        killed += 1
        worker = copying.worker()
    return killed


def copy_with_kills(
    place: Place, files: int, kills: int, server: Sshd | None = None, bandwidth: int | None = None
) -> None:
    """Copy a tree while workers are killed.

    :param bandwidth: B/s of each file, so that there is something left to be killed in.
    :param server: what the destination is behind; None: it is a folder of the worker's machine.
    """
    instance = begun(place)
    with opened(instance) as ledger, instance.client(timeout=30) as client:
        instance.api()
        copying = Copying(instance, ledger, client)
        src, source = copying.folder("src")
        dst, target = copying.folder("dst") if server is None else copying.far("dst", server)
        digests = fill(source, files)
        body = {
            "src_siteid": src,
            "src_filepath": "tree",
            "dst_siteid": dst,
            "dst_filepath": "new",
            "max_tries": 20,
            "extra_opts": {} if bandwidth is None else {"bandwidth": bandwidth},
        }
        job = copying.ask("POST", "/copy", body)["id"]
        killed = kill_and_start(copying, job, kills)
        wait_for("the job has ended", lambda: copying.status(job) in _ENDED, 300)
        shown = copying.ask("GET", f"/jobs/{job}")
        assert shown["status"] == "DONE", shown
        assert found(target) == {f"new/{path}": digest for path, digest in digests.items()}
        copying.recount(job)
        attempts_are_right(copying, job)
        again = ledger.number("select count(*) from transfer_elements where attempts > 1")
        by = "FILE" if server is None else "SFTP"
        tell(f"{place.name}, {by}: {files} files, {killed} kills, {again} elements tried more than once")


def test_killed_workers_lose_no_file(embedded: Place) -> None:
    """Three of them among 300 files."""
    copy_with_kills(embedded, 300, 3)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_campaign_of_a_hundred_kills(either: Place) -> None:
    """Among 2,000 files, or until they are copied."""
    copy_with_kills(either, 2000, 100, bandwidth=_SLOW)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_campaign_of_a_hundred_kills_over_sftp(either: Place, tmp_path: Path) -> None:
    """The same with a destination behind OpenSSH's server."""
    (tmp_path / "sshd").mkdir()
    with sshd.running(tmp_path / "sshd") as server:
        copy_with_kills(either, 2000, 100, server, _SLOW)


@pytest.mark.slow
def test_killed_workers_lose_no_file_over_sftp(embedded: Place, tmp_path: Path) -> None:
    """Three of them among 300 files."""
    (tmp_path / "sshd").mkdir()
    with sshd.running(tmp_path / "sshd") as server:
        copy_with_kills(embedded, 300, 3, server)


def test_an_element_that_kills_its_workers_ends_and_the_rest_goes_on(embedded: Place) -> None:
    """FAILED with WORKER_LOST after its two tries; a worker dies by it twice, the others are DONE."""
    instance = begun(embedded)
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        copying = Copying(instance, ledger, client)
        src = copying.site("src", "dummy://any/?files=4&size=60000&rate=20000", limits={"per_link": 1})
        dst = copying.site("dst", "dummy://any/")
        body = {"src_siteid": src, "src_filepath": "a", "dst_siteid": dst, "dst_filepath": "b"}
        job = copying.ask("POST", "/copy", body)["id"]
        at_work = (
            "select count(*) from transfer_elements where id = 1 and status = 'RUNNING' and attempts = :n"
        )
        for n in (1, 2):
            worker = copying.worker()
            wait_for("the first file is at work", lambda n=n: ledger.number(at_work, n=n), 30)
            worker.kill()
        copying.worker()
        wait_for("the job has ended", lambda: copying.status(job) in _ENDED, 60)
        shown = copying.ask("GET", f"/jobs/{job}")
        assert (shown["status"], shown["num_done"], shown["num_failed"]) == ("FAILED", 4, 1)
        assert (shown["error"]["elementid"], shown["error"]["code"]) == (1, "WORKER_LOST")
        outputs = copying.ask("GET", f"/jobs/{job}/elements/1/output/-1")
        assert (outputs["attempt"], outputs["status"]) == (2, "FAILED")
        copying.recount(job)


def test_a_worker_that_was_paused_past_its_term_writes_nothing(embedded: Place) -> None:
    """Another takes its element meanwhile; the late one's result counts for nothing, no FAILED over DONE."""
    instance = begun(embedded)
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        copying = Copying(instance, ledger, client)
        src = copying.site("src", "dummy://any/?files=1&size=40000&rate=10000")
        dst = copying.site("dst", "dummy://any/")
        body = {"src_siteid": src, "src_filepath": "a", "dst_siteid": dst, "dst_filepath": "b"}
        job = copying.ask("POST", "/copy", body)["id"]
        first = copying.worker()
        at_work = "select count(*) from transfer_elements where id = 1 and status = 'RUNNING'"
        wait_for("the file is at work", lambda: ledger.number(at_work), 30)
        first.pause()
        second = instance.at_work(instance.launch("transfer_worker", "second"))
        wait_for("the job has ended", lambda: copying.status(job) in _ENDED, 60)
        before = ledger.rows("select * from transfer_elements order by id")
        first.resume()
        wait_for("it has noticed", lambda: "task.claim_lost" in first.said(), 30)
        assert ledger.rows("select * from transfer_elements order by id") == before
        shown = copying.ask("GET", f"/jobs/{job}")
        assert (shown["status"], shown["num_done"]) == ("DONE", 2)
        attempts_are_right(copying, job)
        assert second.running


def test_a_worker_that_is_told_to_stop_gives_back_what_it_has(embedded: Place) -> None:
    """Within two seconds, and no try is used up."""
    instance = begun(embedded)
    with opened(instance) as ledger, instance.client() as client:
        instance.api()
        copying = Copying(instance, ledger, client)
        src = copying.site("src", "dummy://any/?files=8&size=400000&rate=10000")
        dst = copying.site("dst", "dummy://any/")
        body = {"src_siteid": src, "src_filepath": "a", "dst_siteid": dst, "dst_filepath": "b"}
        job = copying.ask("POST", "/copy", body)["id"]
        worker = copying.worker()
        wait_for("files are at work", copying.at_work, 30)
        wait_for("one is running", lambda: copying.status(job) == "RUNNING", 30)
        worker.terminate()
        assert worker.exit_code() == 0
        left = ledger.rows("select distinct status, suspect, attempts from transfer_elements where id > 0")
        assert [(status, bool(suspect), attempts) for status, suspect, attempts in left] == [
            ("NEW", False, 0)
        ]
        copying.recount(job)
        assert json.dumps(copying.ask("POST", f"/jobs/{job}/cancel")).count("CANCELLED") >= 1
