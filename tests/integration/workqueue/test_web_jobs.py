"""Jobs over HTTP, WebDAV and S3, with credentials that end in the middle and are found nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.waiting import wait_for
from tests.integration.workqueue.test_sftp_jobs import contents, give
from tests.support.application import Instance
from tests.support.scripted_http import Handler, serving
from tests.support.transfers import Mover, mover, moving
from tests.support.web_servers import Server, s3, webdav

OLD, NEW = "old-token-6e1f", "new-token-93ab"
ODD = ["with blank", "+ % # ? :", "quote'\"", "x" * 200, "\u65e5"]


@pytest.fixture(scope="module")
def reaching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An application whose operator allows sites at one address of this machine."""
    with moving(tmp_path_factory.mktemp("reaching"), section="allowed_hosts = 127.0.0.1") as instance:
        yield instance


@pytest.fixture
def someone(reaching: Instance) -> Mover:
    return mover(reaching)


@pytest.fixture(scope="module")
def webdav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with webdav(tmp_path_factory.mktemp("webdav")) as server:
        yield server


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


def fill(folder: Path) -> None:
    (folder / "tree/deep").mkdir(parents=True)
    for name in ODD:
        (folder / "tree/deep" / name).write_bytes(name.encode() * 1000)
    (folder / "tree/large").write_bytes(bytes(range(256)) * 40_000)


@pytest.mark.parametrize("protocol", ["WEBDAV", "S3"])
def test_there_and_back_again(request: pytest.FixtureRequest, someone: Mover, protocol: str) -> None:
    """Byte for byte, names included; then listed, renamed and removed, and nothing is left."""
    server: Server = request.getfixturevalue(f"{protocol.lower()}_server")
    here, source = someone.folder_site("here")
    fill(source)
    name, target = server.empty()
    auth = {"WEBDAV": "PASSWORD", "S3": "S3_KEY"}[protocol]
    there = someone.site("there", f"{server.url}/{name}", protocol, auth=auth)
    give(someone, there, server.credential)
    wait_for("the site is checked", lambda: someone.get(f"/sites/{there}/check")["ok"], 60)
    verified = {"extra_opts": {"verify": "checksum"}}
    copying = {"src_siteid": here, "dst_siteid": there, "src_filepath": "tree"}
    someone.done("/copy", **copying, dst_filepath="a/b", **verified)
    assert contents(target / "a/b") == contents(source / "tree")
    someone.done(
        "/copy", src_siteid=there, dst_siteid=here, src_filepath="a/b", dst_filepath="back", **verified
    )
    assert contents(source / "back") == contents(source / "tree")
    someone.done("/rename", src_siteid=there, src_filepath="a/b/large", dst_filepath="a/c/large")
    someone.done("/remove", src_siteid=there, src_filepath="a")
    assert contents(target) == {}


def test_a_credential_that_ends_in_the_middle(someone: Mover, caplog: pytest.LogCaptureFixture) -> None:
    """The job waits without using up a try, goes on with the next one, and shows neither to anybody."""
    caplog.set_level(logging.INFO)
    accepted, served = [OLD], []

    def answer(handler: Handler) -> None:
        if handler.headers.get("Authorization") != f"Bearer {accepted[0]}":
            handler.say(401, WWW_Authenticate="Bearer")
        elif handler.path == "/d":
            handler.say(301, Location="/d/")
        elif handler.path == "/d/":
            links = "".join(f'<a href="f{number}">f{number}</a>' for number in range(6))
            handler.say(200, links.encode(), Content_Type="text/html")
        else:
            handler.say(200, b"content")
            if handler.command == "GET":
                served.append(handler.path)
                if len(served) == 3:
                    accepted[0] = NEW

    with serving(answer) as script:
        site = someone.site("web", script.url, "HTTP", auth="TOKEN")
        here, folder = someone.folder_site("here")
        give(someone, site, {"token": OLD})
        body = {"src_siteid": site, "src_filepath": "d", "dst_siteid": here, "dst_filepath": "got"}
        job = someone.post("/copy", body)

        def waits() -> bool:
            found = someone.get(f"/jobs/{job['id']}/elements?status=SUBMITTED")
            return any((one["error"] or {}).get("class") == "auth" for one in found)

        wait_for("an element waits for a credential", waits, 60)
        assert someone.get(f"/jobs/{job['id']}/status")["status"] in {"SUBMITTED", "RUNNING"}
        give(someone, site, {"token": NEW})
        assert someone.ended(job)["status"] == "DONE"
    assert contents(folder / "got") == {f"f{number}": b"content" for number in range(6)}
    elements = someone.get(f"/jobs/{job['id']}/elements")
    assert {one["attempts"] for one in elements} == {1}
    outputs = someone.get(f"/jobs/{job['id']}/output?attempts=all")
    shown = f"{someone.get('/jobs')} {elements} {outputs} {caplog.text}"
    assert OLD not in shown
    assert NEW not in shown
    assert_in_no_file(Path(someone.instance.conf.config_file[0]).parent)


def assert_in_no_file(folder: Path) -> None:
    """Neither token is in the database, its journal, or a log of an attempt."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    for path in files:
        content = path.read_bytes()
        assert OLD.encode() not in content, path
        assert NEW.encode() not in content, path


def test_http_is_a_source_only(someone: Mover) -> None:
    web = someone.site("web", "http://127.0.0.1:1/pub", "HTTP")
    here, _ = someone.folder_site("here")
    for path, body, member in (
        (
            "/copy",
            {"src_siteid": here, "src_filepath": "a", "dst_siteid": web, "dst_filepath": "b"},
            "dst_siteid",
        ),
        ("/remove", {"src_siteid": web, "src_filepath": "a"}, "src_siteid"),
        ("/mkdir", {"src_siteid": web, "src_filepath": "a", "protocol": "HTTP"}, "protocol"),
        ("/rename", {"src_siteid": web, "src_filepath": "a", "dst_filepath": "b"}, "src_siteid"),
    ):
        answer = someone.call("POST", path, json=body)
        assert answer.status_int == 400, path
        assert member in answer.json["description"]


HOST = "https://example.org"


@pytest.mark.parametrize(
    ("protocol", "url", "more", "naming"),
    [
        ("S3", f"{HOST}/", {}, "endpoints.0.url"),
        ("S3", f"{HOST}/b?x=y", {}, "endpoints.0.url"),
        ("S3", "ftp://example.org/b", {}, "endpoints.0.url"),
        ("S3", "https://u:p@example.org/b", {}, "endpoints.0.url"),
        ("S3", "https://10.0.0.1/b", {}, "endpoints.0.url"),
        ("S3", f"{HOST}/b", {"options": {"region": ""}}, "endpoints.0.options"),
        ("S3", f"{HOST}/b", {"options": {"path_style": 1}}, "endpoints.0.options"),
        ("S3", f"{HOST}/b", {"options": {"other": 1}}, "endpoints.0.options"),
        ("WEBDAV", "https://exa mple.org/", {}, "endpoints.0.url"),
        ("HTTP", "https://[::1]/", {}, "endpoints.0.url"),
        ("GRIDFTP", "gsiftp://example.org:2811/x", {"auth": "X509"}, "endpoints.0.protocol"),
        ("S3", f"{HOST}/b", {"auth": "PASSWORD"}, "auth"),
        ("S3", f"{HOST}/b", {"auth": None}, "auth"),
        ("WEBDAV", f"{HOST}/b", {"auth": "SSH_KEY"}, "auth"),
        ("HTTP", f"{HOST}/b", {"auth": "TOKEN", "ca_cert": "no PEM"}, "ca_cert"),
    ],
)
def test_what_a_site_must_be_like(
    someone: Mover, protocol: str, url: str, more: dict[str, object], naming: str
) -> None:
    given = {"auth": "S3_KEY" if protocol == "S3" else "NONE", "options": {}, **more}
    endpoint = {"protocol": protocol, "url": url, "options": given.pop("options")}
    body = {key: value for key, value in given.items() if value is not None}
    answer = someone.call("POST", "/sites", json={"name": "x", "endpoints": [endpoint], **body})
    assert answer.status_int == 400, answer
    assert naming in answer.json["description"]
