"""Jobs over SSH with stored credentials, against OpenSSH's server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import orjson
import pytest

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols import sftp
from tests.faults.waiting import wait_for
from tests.support.application import Instance
from tests.support.sshd import Sshd, running
from tests.support.transfers import Mover, mover, moving

ODD = ["with blank", "+ % # ? :", "line\nfeed", "quote'\"", "x" * 255, "\udcff\udcfe not UTF-8", "-rf"]
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlvX0ZVYF6T1D1tJ5vK0O7vZ1p3U9j0vT0v5x0pXxXx"


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def reaching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An application whose operator allows sites at this machine."""
    with moving(tmp_path_factory.mktemp("reaching"), section="allowed_hosts = 127.0.0.1") as instance:
        yield instance


@pytest.fixture
def someone(reaching: Instance) -> Mover:
    return mover(reaching)


def ssh_site(someone: Mover, server: Sshd, name: str, **fields: object) -> tuple[int, Path]:
    folder = someone.folder / f"{someone.caller.project_id}-{name}"
    folder.mkdir()
    url = f"sftp://127.0.0.1:{server.port}{folder}"
    given = {"auth": "SSH_KEY", "host_keys": [server.host_key], **fields}
    return someone.site(name, url, **given), folder


def secret(someone: Mover, credential: object) -> str:
    body = {"payload": orjson.dumps(credential).decode(), "payload_content_type": "text/plain"}
    return str(someone.caller.post("/v1/secrets", body).json["secret_ref"])


def give(someone: Mover, site: int, credential: object) -> None:
    answer = someone.call(
        "PUT", f"/sites/{site}/credential", json={"secret_ref": secret(someone, credential)}
    )
    assert answer.status_int == 200, answer


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_tree_goes_there_and_back_byte_for_byte(someone: Mover, sshd: Sshd) -> None:
    """Odd names, a large file, and each verb; nothing of another name stays, nothing secret is told."""
    here, source = someone.folder_site("here")
    there, target = ssh_site(someone, sshd, "there")
    give(someone, there, sshd.credential)
    (source / "tree/deep").mkdir(parents=True)
    for name in ODD:
        (source / "tree/deep" / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    (source / "tree/large").write_bytes(bytes(range(256)) * 40_000)
    verified = {"extra_opts": {"verify": "checksum"}}
    someone.done(
        "/copy", src_siteid=here, dst_siteid=there, src_filepath="tree", dst_filepath="a/b", **verified
    )
    assert contents(target / "a/b") == contents(source / "tree")
    someone.done(
        "/copy", src_siteid=there, dst_siteid=here, src_filepath="a/b", dst_filepath="back", **verified
    )
    assert contents(source / "back") == contents(source / "tree")
    job = someone.done("/list", src_siteid=there, src_filepath="a", extra_opts={"depth": -1})
    listing = someone.get(f"/jobs/{job['id']}/elements/0")["listing"]
    assert len(listing["a/b/deep"]) == len(ODD)
    someone.done("/rename", src_siteid=there, src_filepath="a/b", dst_filepath="c/d")
    someone.done("/mkdir", src_siteid=there, src_filepath="e/f")
    someone.done("/remove", src_siteid=there, src_filepath="c")
    assert sorted(str(path.relative_to(target)) for path in target.rglob("*")) == ["a", "e", "e/f"]
    logs = someone.get(f"/jobs/{job['id']}/output")
    assert "PRIVATE KEY" not in str(logs)


def test_another_host_key_ends_the_job_at_once(someone: Mover, sshd: Sshd) -> None:
    site, _ = ssh_site(someone, sshd, "there", host_keys=[OTHER_KEY])
    give(someone, site, sshd.credential)
    job = someone.failed("/list", src_siteid=site, src_filepath="/")
    assert (job["error"]["code"], job["error"]["class"]) == ("HOST_KEY", "permanent")


def test_a_credential_that_is_refused_waits_for_another(someone: Mover, sshd: Sshd) -> None:
    """The job ends DONE once there is a right one, and no try was used up."""
    site, _ = ssh_site(someone, sshd, "there")
    give(someone, site, sshd.credential | {"username": "nobody-of-that-name"})
    checked = someone.get(f"/sites/{site}/check")
    assert checked["endpoints"][0]["error"]["class"] == "auth"
    job = someone.post("/list", {"src_siteid": site, "src_filepath": "/"})
    path = f"/jobs/{job['id']}/elements/0"
    wait_for("it waits", lambda: someone.get(path)["error"], 30)
    assert someone.get(path)["error"]["class"] == "auth"
    give(someone, site, sshd.credential)
    assert someone.ended(job)["status"] == "DONE"
    assert someone.get(path)["attempts"] == 1
    assert someone.get(f"/sites/{site}/check")["ok"] is True


def test_a_wrong_passphrase_waits_for_another_credential(someone: Mover, sshd: Sshd) -> None:
    site, _ = ssh_site(someone, sshd, "there")
    key = asyncssh.import_private_key(sshd.private_key).export_private_key(passphrase="right").decode()
    locked = {"username": sshd.user, "private_key": key}
    give(someone, site, locked | {"passphrase": "wrong"})
    error = someone.get(f"/sites/{site}/check")["endpoints"][0]["error"]
    assert (error["class"], error["code"]) == ("auth", "AUTH")
    job = someone.post("/list", {"src_siteid": site, "src_filepath": "/"})
    path = f"/jobs/{job['id']}/elements/0"
    wait_for("it waits", lambda: someone.get(path)["error"], 30)
    assert someone.get(path)["error"]["class"] == "auth"
    give(someone, site, locked | {"passphrase": "right"})
    assert someone.ended(job)["status"] == "DONE"


def test_an_upload_that_is_broken_off_leaves_no_part(
    someone: Mover, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is ended since a call hangs; another one takes the part away."""
    site, folder = ssh_site(someone, sshd, "there")
    give(someone, site, sshd.credential)
    here, source = someone.folder_site("here")
    (source / "large").write_bytes(bytes(9_000_000))

    never = threading.Event()

    def hang(writer: Any, _content: bytes) -> None:
        while writer._site._ssh is not None:
            never.wait(0.05)
        raise TransferFailed.transient(ErrorCode.CONNECTION, "it was broken off")

    monkeypatch.setattr(sftp._SftpWriter, "write", hang)
    body = {"src_siteid": here, "dst_siteid": site, "src_filepath": "large", "dst_filepath": "large"}
    job = someone.post("/copy", body)
    wait_for("there is a part", lambda: list(folder.iterdir()), 30)
    someone.post(f"/jobs/{job['id']}/cancel")
    assert someone.ended(job)["status"] == "CANCELLED"
    assert list(folder.iterdir()) == []


def test_links_that_lead_out_are_refused(someone: Mover, sshd: Sshd) -> None:
    site, folder = ssh_site(someone, sshd, "there")
    give(someone, site, sshd.credential)
    here, target = someone.folder_site("here")
    (folder / "d").mkdir()
    (folder / "d/out").symlink_to("/etc")
    (folder / "d/passwd").symlink_to("/etc/passwd")
    (folder / "d/fine").write_text("fine")
    copying = {"src_siteid": site, "dst_siteid": here, "src_filepath": "d"}
    someone.done("/copy", **copying, dst_filepath="skipped")
    assert contents(target / "skipped") == {"fine": b"fine"}
    job = someone.failed("/copy", **copying, dst_filepath="followed", extra_opts={"symlinks": "follow"})
    assert (job["error"]["code"], job["num_failed"], job["num_done"]) == ("DENIED", 2, 2)
    assert contents(target / "followed") == {"fine": b"fine"}
    through = someone.failed("/list", src_siteid=site, src_filepath="d/out/passwd")
    assert through["error"]["code"] == "DENIED"


def test_sites_at_this_machine_need_the_operator(moving_instance: Instance, sshd: Sshd) -> None:
    """Refused by its address at once, and by its name when it is connected to."""
    someone = mover(moving_instance)
    body = {"name": "x", "auth": "SSH_KEY", "host_keys": [sshd.host_key]}
    for host in ("127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254"):
        endpoint = {"protocol": "SFTP", "url": f"sftp://{host}:{sshd.port}/"}
        answer = someone.call("POST", "/sites", json=body | {"endpoints": [endpoint]})
        assert answer.status_int == 400, host
        assert "endpoints.0.url" in answer.json["description"]
    site = someone.site("named", f"sftp://localhost:{sshd.port}/", auth="SSH_KEY", host_keys=[sshd.host_key])
    give(someone, site, sshd.credential)
    job = someone.failed("/list", src_siteid=site, src_filepath="/")
    assert job["error"]["code"] == "DENIED"


@pytest.mark.parametrize(
    ("more", "naming"),
    [
        ({"host_keys": []}, "host_keys"),
        ({"auth": "NONE"}, "auth"),
        ({"auth": "TOKEN"}, "auth"),
        ({"auth": None}, "auth"),
    ],
)
def test_what_a_site_needs_for_ssh(someone: Mover, sshd: Sshd, more: dict[str, object], naming: str) -> None:
    endpoint = {"protocol": "SSH", "url": "sftp://example.org/srv"}
    body = {"name": "x", "auth": "SSH_KEY", "host_keys": [sshd.host_key], "endpoints": [endpoint], **more}
    answer = someone.call(
        "POST", "/sites", json={key: value for key, value in body.items() if value is not None}
    )
    assert answer.status_int == 400
    assert naming in answer.json["description"]
