"""HTTP as a source: what a directory is, what is read again after a loss, where redirects may lead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.http_source import HttpStorage
from barbican_like.workqueue.protocols.port import Kind
from barbican_like.workqueue.protocols.web import WebAddress
from barbican_like.workqueue.protocols.webdav import WebdavStorage
from tests.contract.workqueue.test_storages import LOCAL, ODD, code_of, names, read
from tests.support.scripted_http import Handler, serving, serving_files


def http_site(url: str, **credential: str) -> HttpStorage:
    return HttpStorage(WebAddress(url=url), LOCAL, credential)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[HttpStorage, Path]]:
    (tmp_path / "pub").mkdir()
    with serving_files(tmp_path) as url:
        yield http_site(f"{url}/pub"), tmp_path / "pub"


def test_files_and_directories_of_pages_that_list_them(folder: tuple[HttpStorage, Path]) -> None:
    """Names as they are, sizes and times as the server says."""
    site, root = folder
    (root / "d").mkdir()
    odd = [name for name in ODD if b"\xff" not in name]  # of which this server writes another name
    for name in odd:
        (root / "d" / name.decode()).write_bytes(b"content")
    assert site.stat(b"").kind is site.stat(b"d").kind is Kind.DIRECTORY
    assert [(entry.name, entry.kind) for entry in site.scan(b"")] == [(b"d", Kind.DIRECTORY)]
    assert names(site, b"d") == sorted(odd)
    for entry in site.scan(b"d"):
        assert (entry.kind, entry.size) == (Kind.FILE, 7)
        assert entry == site.stat(b"d/" + entry.name)
        assert (read(site, b"d/" + entry.name), read(site, b"d/" + entry.name, 3)) == (b"content", b"tent")
    assert code_of(lambda: site.stat(b"no")) == ErrorCode.NOT_FOUND
    site.close()


def test_nothing_is_written(folder: tuple[HttpStorage, Path]) -> None:
    site, _ = folder
    for act in (
        lambda: site.open_write(b"x", tag="t", replace=True),
        lambda: site.mkdir(b"x"),
        lambda: site.remove_file(b"x"),
        lambda: site.remove_dir(b"x"),
        lambda: site.rename(b"x", b"y", tag="t", replace=True),
    ):
        assert code_of(act) == ErrorCode.UNSUPPORTED
    assert site.copy(b"x", b"y", replace=True) is False


def test_a_file_whose_connection_is_lost_is_read_on_where_it_broke_off() -> None:
    """The rest is asked for, of the same file only."""
    content = bytes(range(256)) * 4096
    tag = '"one"'

    def answer(handler: Handler) -> None:
        begin = int(handler.headers.get("Range", "bytes=0-")[6:-1])
        if handler.headers.get("If-Range", tag) != tag:
            handler.say(200, b"another", ETag=tag)
            return
        handler.send_response(206 if begin else 200)
        handler.send_header("Content-Length", str(len(content) - begin))
        handler.send_header("ETag", tag)
        handler.end_headers()
        handler.wfile.write(content[begin : begin + 300_000])
        handler.close_connection = True

    with serving(answer) as script:
        site = http_site(script.url)
        assert read(site, b"file") == content
        ranges = [headers.get("Range") for _, _, headers in script.asked]
        assert ranges[0] is None
        assert len(ranges) > 3
        reader = site.open_read(b"file")
        assert reader.read(1) == content[:1]
        tag = '"two"'
        with pytest.raises(TransferFailed) as failed:
            list(iter(lambda: reader.read(2**20), b""))
        assert failed.value.fault.kind is ErrorClass.TRANSIENT
        reader.close()
        site.close()


@pytest.mark.parametrize("kind", [HttpStorage, WebdavStorage])
def test_redirects_go_to_allowed_machines_only_and_take_no_credential_along(
    kind: type[HttpStorage | WebdavStorage],
) -> None:
    """127.0.0.2 is another machine as far as the rules go, and localhost another origin."""
    other: list[str | None] = []

    def answer(handler: Handler) -> None:
        if handler.path == "/out":
            handler.say(302, Location="http://127.0.0.2:1/secret")
        elif handler.path == "/named":
            handler.say(302, Location=f"http://localhost:{script.url.rpartition(':')[2]}/there")
        else:
            other.append(handler.headers.get("Authorization"))
            handler.say(200, b"there")

    with serving(answer) as script:
        address, shown = WebAddress(url=script.url), {"token": "secret"}
        site = kind(address, LOCAL, shown)
        assert code_of(lambda: read(site, b"out")) == ErrorCode.DENIED
        assert read(site, b"named") == b"there"
        assert other == [None]
        assert read(site, b"here") == b"there"
        assert other == [None, "Bearer secret"]
        site.close()


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_that_is_refused_everywhere_is_at_fault_and_not_the_file(status: int) -> None:
    def answer(handler: Handler) -> None:
        handler.say(status if (script.url and shut) or handler.path == "/private" else 200)

    with serving(answer) as script:
        shut = True
        site = http_site(script.url, token="old")
        with pytest.raises(TransferFailed) as failed:
            read(site, b"file")
        assert failed.value.fault.kind is ErrorClass.AUTH
        shut = False
        assert code_of(lambda: read(site, b"private")) == (
            ErrorCode.DENIED if status == 403 else ErrorCode.AUTH
        )
        assert code_of(lambda: read(http_site(script.url), b"private")) == ErrorCode.DENIED
        site.close()


def test_a_call_that_hangs_is_broken_off_by_closing() -> None:
    """At once, and not after the library's own time."""
    asked, ended = threading.Event(), threading.Event()

    def answer(handler: Handler) -> None:
        asked.set()
        ended.wait(30)
        handler.close_connection = True

    with serving(answer) as script:
        site = http_site(script.url)
        failed: list[str] = []
        waiting = threading.Thread(target=lambda: failed.append(code_of(lambda: site.stat(b"x"))))
        waiting.start()
        assert asked.wait(30)
        site.close()
        waiting.join(30)
        ended.set()
        assert failed == [ErrorCode.CONNECTION]
