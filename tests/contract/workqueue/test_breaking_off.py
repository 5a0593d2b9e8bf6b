"""Closing a site from another thread ends what waits for it, however far it has come."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.http_source import HttpStorage
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.protocols.s3 import S3Storage
from barbican_like.workqueue.protocols.s3_client import S3Address
from barbican_like.workqueue.protocols.sftp import SftpStorage
from barbican_like.workqueue.protocols.sftp_login import Address
from barbican_like.workqueue.protocols.web import WebAddress
from barbican_like.workqueue.protocols.webdav import WebdavStorage
from tests.contract.workqueue.test_storages import LOCAL
from tests.faults.waiting import wait_for
from tests.support.deaf_port import deaf_port

BOUND = 10.0  # seconds; less than any site has to answer
KINDS = ("HTTP", "WEBDAV", "S3", "SFTP")


def site_at(kind: str, port: int) -> Storage:
    """A site that nothing was asked yet."""
    url = f"https://127.0.0.1:{port}"
    if kind == "SFTP":
        return SftpStorage(Address(host="127.0.0.1", port=port, root=b"/", host_keys=()), LOCAL, {})
    if kind == "S3":
        keys = {"access_key": "k", "secret_key": "s"}
        return S3Storage(S3Address(endpoint=url, bucket="b", region="us-east-1"), LOCAL, keys)
    return (HttpStorage if kind == "HTTP" else WebdavStorage)(WebAddress(url=url), LOCAL, {})


class Waiting:
    """A thread that asks a site for something."""

    def __init__(self, site: Storage) -> None:
        self._site = site
        self.fault: TransferFailed | None = None
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self) -> None:
        try:
            self._site.open()
            self._site.stat(b"file")
        except TransferFailed as error:
            self.fault = error


def end(site: Storage, waiting: Waiting) -> None:
    """Close the site; whoever waits for it is told at once."""
    begun = time.monotonic()
    site.close()
    waiting.thread.join(BOUND)
    assert not waiting.thread.is_alive()
    assert time.monotonic() - begun < BOUND / 2
    assert waiting.fault is not None
    assert waiting.fault.fault.code == ErrorCode.CONNECTION


def connecting() -> set[threading.Thread]:
    """The threads that connect; one that was broken off stays until its time is over."""
    return {one for one in threading.enumerate() if one.name == "connect"}


@pytest.fixture
def deaf() -> Iterator[int]:
    """Where nobody can connect to."""
    with deaf_port() as port:
        yield port


@pytest.mark.parametrize("kind", KINDS)
def test_while_it_connects(kind: str, deaf: int) -> None:
    """As where a firewall drops every packet."""
    site = site_at(kind, deaf)
    before = connecting()
    waiting = Waiting(site)
    wait_for("it connects", lambda: connecting() - before, BOUND)
    end(site, waiting)


@pytest.mark.parametrize("kind", KINDS)
def test_while_the_other_side_says_nothing(kind: str) -> None:
    """The connection is there, and neither TLS nor a login answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        site = site_at(kind, server.getsockname()[1])
        waiting = Waiting(site)
        with server.accept()[0] as connection:
            assert connection.recv(1)
            end(site, waiting)


@pytest.mark.parametrize("kind", KINDS)
def test_while_its_name_is_resolved(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the machine's own resolver is dead."""
    asked, answered = threading.Event(), threading.Event()

    def resolve(*_arguments: object, **_named: object) -> list[object]:
        asked.set()
        answered.wait(BOUND)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    site = site_at(kind, 1)
    waiting = Waiting(site)
    assert asked.wait(BOUND)
    end(site, waiting)
    answered.set()


@pytest.mark.parametrize("kind", KINDS)
def test_before_it_is_asked_anything(kind: str) -> None:
    """Nothing is connected to any more."""
    site = site_at(kind, 1)
    site.close()
    end(site, Waiting(site))
