"""Who a site is: certificates over https, and addresses that are looked at for each connection."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from barbican_like.common.hosts import Hosts
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.http_source import HttpStorage
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.protocols.s3 import S3Storage
from barbican_like.workqueue.protocols.s3_client import S3Address
from barbican_like.workqueue.protocols.sftp import SftpStorage
from barbican_like.workqueue.protocols.sftp_login import Address
from barbican_like.workqueue.protocols.web import WebAddress
from barbican_like.workqueue.protocols.webdav import WebdavStorage
from tests.contract.workqueue.test_storages import LOCAL, code_of, read, write
from tests.support.certificates import Signed, signed
from tests.support.scripted_http import Handler, serving
from tests.support.web_servers import Server, s3, webdav

KEYS = {"access_key": "k", "secret_key": "s"}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """What the servers here show."""
    return signed(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """Of an authority that has signed nothing here."""
    return signed(tmp_path_factory.mktemp("stranger"))


def bucket(url: str, name: str, credential: dict[str, str], ca_cert: str | None) -> S3Storage:
    address = S3Address(endpoint=url, bucket=name, region="us-east-1", ca_cert=ca_cert)
    return S3Storage(address, LOCAL, credential)


Opened = Callable[[str | None], Storage]


@pytest.fixture
def over_https(request: pytest.FixtureRequest, tmp_path: Path, shown: Signed) -> Iterator[Opened]:
    """Opens a site that holds a file of the name file, with the authority that is given."""
    folder = tmp_path / "served"
    folder.mkdir()
    words = ("--cert", str(shown.certificate), "--key", str(shown.key))
    if request.param == "HTTP":
        with serving(lambda handler: handler.say(200, b"content"), shown.serving()) as script:
            yield lambda ca_cert: HttpStorage(WebAddress(url=script.url, ca_cert=ca_cert), LOCAL, {})
        return
    with (webdav if request.param == "WEBDAV" else s3)(folder, *words) as in_clear:
        server: Server = replace(in_clear, url=in_clear.url.replace("http:", "https:"))
        name, root = server.empty()
        (root / "file").write_bytes(b"content")

        def opened(ca_cert: str | None) -> Storage:
            if request.param == "S3":
                return bucket(server.url, name, server.credential, ca_cert)
            address = WebAddress(url=f"{server.url}/{name}", ca_cert=ca_cert)
            return WebdavStorage(address, LOCAL, server.credential)

        yield opened


@pytest.mark.parametrize("over_https", ["HTTP", "WEBDAV", "S3"], indirect=True)
def test_a_site_is_held_against_its_own_authorities_or_the_systems(
    over_https: Opened, shown: Signed, stranger: Signed
) -> None:
    for ca_cert in (None, stranger.authority):
        site = over_https(ca_cert)
        assert code_of(lambda site=site: read(site, b"file")) == ErrorCode.HOST_KEY  # type: ignore[misc]
        site.close()
    site = over_https(shown.authority)
    assert read(site, b"file") == b"content"
    if not isinstance(site, HttpStorage):
        write(site, b"new", b"written")
        assert read(site, b"new") == b"written"
    site.close()


def test_a_certificate_for_another_name_is_none(tmp_path: Path) -> None:
    other = signed(tmp_path, "127.0.0.2")
    with serving(lambda handler: handler.say(200), other.serving()) as script:
        site = HttpStorage(WebAddress(url=script.url, ca_cert=other.authority), LOCAL, {})
        assert code_of(lambda: read(site, b"file")) == ErrorCode.HOST_KEY
        site.close()
        assert script.asked == []


def test_no_redirect_leads_out_of_https(shown: Signed) -> None:
    """Neither a name nor a credential is told to whoever listens."""
    with (
        serving(lambda handler: handler.say(200)) as plain,
        serving(lambda handler: handler.say(302, Location=plain.url), shown.serving()) as secured,
    ):
        site = HttpStorage(WebAddress(url=secured.url, ca_cert=shown.authority), LOCAL, {"token": "t"})
        assert code_of(lambda: read(site, b"file")) == ErrorCode.DENIED
        site.close()
        assert plain.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_leads_to_what_the_operator_does_not_allow(status: int) -> None:
    """Whatever kind of redirect; those of S3 are not followed at all."""
    target = ""
    targets = ["http://169.254.169.254/latest", "http://[::1]:9/", "http://10.0.0.1/", "http://0.0.0.0:9/"]

    with serving(lambda handler: handler.say(status, Location=target)) as script:
        address = WebAddress(url=script.url)
        for one in targets:
            target = one
            for site in (HttpStorage(address, LOCAL, {}), WebdavStorage(address, LOCAL, {})):
                assert code_of(lambda site=site: read(site, b"file")) == ErrorCode.DENIED  # type: ignore[misc]
                site.close()
        stored = bucket(script.url, "bucket", KEYS, None)
        for act in (
            lambda: read(stored, b"file"),
            lambda: stored.stat(b"file"),
            lambda: write(stored, b"file", b"x"),
        ):
            assert code_of(act) == ErrorCode.UNSUPPORTED
        stored.close()


def _by_name(kind: str, port: int) -> Storage:
    """A site of which the operator allows the address, and not the name."""
    url = f"http://moving.example:{port}"
    hosts = Hosts.of(["127.0.0.1"])
    if kind == "SFTP":
        address = Address(host="moving.example", port=port, root=b"/", host_keys=())
        site = SftpStorage(address, hosts, {})
        try:
            site.open()
        except TransferFailed:
            site.close()
            raise
        return site
    if kind == "S3":
        return S3Storage(S3Address(endpoint=url, bucket="b", region="us-east-1"), hosts, KEYS)
    return (HttpStorage if kind == "HTTP" else WebdavStorage)(WebAddress(url=url), hosts, {})


@pytest.mark.parametrize("kind", ["HTTP", "WEBDAV", "S3", "SFTP"])
def test_a_name_is_resolved_and_looked_at_for_each_connection(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it resolved to before gains nothing, nor does one good address beside a bad one."""
    resolved: list[list[str]] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if host != "moving.example":
            return real(host, port, *more, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in resolved.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    def answer(handler: Handler) -> None:
        handler.say(200, b"content")
        handler.close_connection = True

    with serving(answer) as script:
        port = int(script.url.rpartition(":")[2])
        if kind != "SFTP":
            resolved[:] = [["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1", "127.0.0.1"]]
            site = _by_name(kind, port)
            assert read(site, b"file") == b"content"
            assert code_of(lambda: read(site, b"file")) == ErrorCode.DENIED
            assert read(site, b"file") == b"content"
            site.close()
        resolved[:] = [["127.0.0.2", "169.254.169.254"]]
        assert code_of(lambda: read(_by_name(kind, port), b"file")) == ErrorCode.DENIED
        assert resolved == []
