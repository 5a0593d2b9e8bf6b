"""Sites that drop every packet: their jobs are cancelled in time, and the slot is free again."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.waiting import wait_for
from tests.integration.workqueue.test_sftp_jobs import OTHER_KEY, give
from tests.support.application import Instance
from tests.support.deaf_port import deaf_port
from tests.support.transfers import Mover, mover, moving

IN_TIME = 5.0  # seconds, as the contract has it
CREDENTIALS = {
    "SFTP": ("PASSWORD", {"username": "u", "password": "p"}),
    "S3": ("S3_KEY", {"access_key": "k", "secret_key": "s"}),
    "WEBDAV": ("NONE", None),
    "HTTP": ("NONE", None),
}


@pytest.fixture(scope="module")
def reaching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An application whose operator allows sites at this machine."""
    with moving(tmp_path_factory.mktemp("deaf"), section="allowed_hosts = 127.0.0.1", threads=4) as instance:
        yield instance


@pytest.fixture
def someone(reaching: Instance) -> Mover:
    return mover(reaching)


def deaf_site(someone: Mover, protocol: str, port: int) -> int:
    scheme = "sftp" if protocol == "SFTP" else "https"
    auth, credential = CREDENTIALS[protocol]
    more = {"host_keys": [OTHER_KEY]} if protocol == "SFTP" else {}
    limits = {"limits": {"connections": 1, "per_link": 1}}
    site = someone.site("deaf", f"{scheme}://127.0.0.1:{port}/x", protocol, auth=auth, **limits, **more)
    if credential is not None:
        give(someone, site, credential)
    return site


@pytest.mark.timed
@pytest.mark.parametrize("protocol", CREDENTIALS)
def test_a_job_is_cancelled_while_its_site_drops_every_packet(someone: Mover, protocol: str) -> None:
    with deaf_port() as port:
        site = deaf_site(someone, protocol, port)
        job = someone.post("/list", {"src_siteid": site, "src_filepath": "/"})
        wait_for(
            "it is at work", lambda: someone.get(f"/jobs/{job['id']}/elements/0")["status"] == "RUNNING", 30
        )
        begun = time.monotonic()
        someone.post(f"/jobs/{job['id']}/cancel")
        ended = someone.ended(job)
        assert (ended["status"], time.monotonic() - begun < IN_TIME) == ("CANCELLED", True)
