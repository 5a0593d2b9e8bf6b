"""One suite for every protocol: what a worker relies on."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from barbican_like.common.hosts import Hosts
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.file import FileStorage
from barbican_like.workqueue.protocols.port import Entry, Kind, Storage
from barbican_like.workqueue.protocols.s3 import S3Storage
from barbican_like.workqueue.protocols.s3_client import S3Address
from barbican_like.workqueue.protocols.sftp import SftpStorage
from barbican_like.workqueue.protocols.sftp_login import Address
from barbican_like.workqueue.protocols.web import WebAddress
from barbican_like.workqueue.protocols.webdav import WebdavStorage
from tests.support.sshd import Sshd
from tests.support.web_servers import Server

ODD = [
    b"plain",
    b"with blank",
    b" leading and trailing ",
    b"+ % # ? : & = ; @",
    b"%41%2f%",
    b"line\nfeed",
    b"tab\tand\x01",
    b"quote\"s'",
    b"back\\slash",
    "umläut-日本".encode(),
    b"x" * 255,
    b"not-utf8-\xff\xfe",
    b".hidden",
    b"-rf",
    b"~",
]


def write(storage: Storage, path: bytes, content: bytes, *, replace: bool = False) -> None:
    writer = storage.open_write(path, tag="tag", replace=replace)
    try:
        writer.write(content)
        writer.commit()
    finally:
        writer.abort()


def read(storage: Storage, path: bytes, offset: int = 0) -> bytes:
    reader = storage.open_read(path, offset)
    try:
        return b"".join(iter(lambda: reader.read(65_536), b""))
    finally:
        reader.close()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(TransferFailed) as failed:
        act()
    return failed.value.fault.code


def names(storage: Storage, path: bytes = b"") -> list[bytes]:
    return sorted(entry.name for entry in storage.scan(path))


def _file(_request: pytest.FixtureRequest, folder: Path) -> Storage:
    return FileStorage(folder)


def _sftp(request: pytest.FixtureRequest, folder: Path) -> Storage:
    return over_ssh(request.getfixturevalue("sshd"), folder)


def _webdav(request: pytest.FixtureRequest, _folder: Path) -> Storage:
    return over_webdav(request.getfixturevalue("webdav_server"))


def _moto(request: pytest.FixtureRequest, _folder: Path) -> Storage:
    return over_moto(request.getfixturevalue("moto_server"), prefix=b"some/where")


OPENED = {"FILE": _file, "SFTP": _sftp, "WEBDAV": _webdav, "S3": _moto}
BEYOND = {"WEBDAV": {b"line\nfeed"}, "S3": {b"line\nfeed"}}
"""Names that the servers of the tests cannot have, other than the protocols: see tests/unit for those."""


@pytest.fixture(params=OPENED)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An empty site of each protocol in turn."""
    opened = OPENED[request.param](request, tmp_path)
    yield opened
    opened.close()


LOCAL = Hosts.of(["127.0.0.1"])


def over_webdav(server: Server, **more: str) -> WebdavStorage:
    name, _ = server.empty()
    return WebdavStorage(WebAddress(url=f"{server.url}/{name}"), LOCAL, server.credential | more)


def over_s3(server: Server, bucket: str, **more: bytes) -> S3Storage:
    address = S3Address(endpoint=server.url, bucket=bucket, region="us-east-1", **more)
    return S3Storage(address, LOCAL, server.credential)


def over_moto(server: Server, **more: bytes) -> S3Storage:
    bucket = f"t-{uuid.uuid4()}"
    opened = over_s3(server, bucket, **more)
    opened._client.create_bucket(Bucket=bucket)
    return opened


def over_ssh(server: Sshd, folder: Path, **more: bool) -> SftpStorage:
    address = Address(
        host="127.0.0.1", port=server.port, root=str(folder).encode(), host_keys=(server.host_key,)
    )
    opened = SftpStorage(address, Hosts.of(["127.0.0.1"]), server.credential, **more)
    opened.open()
    return opened


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_names(request: pytest.FixtureRequest, storage: Storage, name: bytes) -> None:
    """Written, found, read, renamed and removed, byte for byte; S3 says so of one that it cannot have."""
    protocol = request.node.callspec.params["storage"]
    if name in BEYOND.get(protocol, ()):
        pytest.skip("the server cannot have it")
    if protocol == "S3" and name.startswith(b"not-utf8"):
        assert code_of(lambda: write(storage, name, b"content")) == ErrorCode.BAD_NAME
        return
    storage.mkdir(b"d")
    write(storage, b"d/" + name, b"content")
    assert names(storage, b"d") == [name]
    assert storage.stat(b"d/" + name).name == name
    assert read(storage, b"d/" + name) == b"content"
    storage.rename(b"d/" + name, b"d/other", tag="t", replace=False)
    storage.rename(b"d/other", b"d/" + name, tag="t", replace=False)
    storage.remove_file(b"d/" + name)
    assert names(storage, b"d") == []


@pytest.mark.parametrize("size", [0, 1, 65_536, 3_000_001])
def test_what_is_written_is_read(storage: Storage, size: int) -> None:
    content = os.urandom(size)
    write(storage, b"file", content)
    assert read(storage, b"file") == content
    assert read(storage, b"file", size // 2) == content[size // 2 :]
    entry = storage.stat(b"file")
    assert (entry.kind, entry.size, entry.name) == (Kind.FILE, size, b"file")


def test_nothing_unfinished_is_ever_seen_and_nothing_is_left(storage: Storage) -> None:
    write(storage, b"file", b"before")
    writer = storage.open_write(b"file", tag="tag", replace=True)
    writer.write(b"half of")
    assert read(storage, b"file") == b"before"
    writer.abort()
    writer.abort()
    assert (names(storage), read(storage, b"file")) == ([b"file"], b"before")
    fresh = storage.open_write(b"fresh", tag="tag", replace=False)
    fresh.write(b"x")
    fresh.abort()
    assert names(storage) == [b"file"]


def test_a_file_is_replaced_only_where_that_is_wanted(storage: Storage) -> None:
    write(storage, b"file", b"one")
    assert code_of(lambda: write(storage, b"file", b"two")) == ErrorCode.EXISTS
    assert read(storage, b"file") == b"one"
    write(storage, b"file", b"three", replace=True)
    assert (read(storage, b"file"), names(storage)) == (b"three", [b"file"])


def test_a_directory_is_in_a_files_way_and_the_reverse(storage: Storage) -> None:
    storage.mkdir(b"d")
    write(storage, b"f", b"x")
    assert code_of(lambda: write(storage, b"d", b"x", replace=True)) == ErrorCode.EXISTS
    assert code_of(lambda: storage.mkdir(b"f")) == ErrorCode.EXISTS
    assert code_of(lambda: storage.mkdir(b"f/below")) == ErrorCode.EXISTS
    assert names(storage) == [b"d", b"f"]


def test_directories_are_made_with_their_parents_and_are_no_fault_when_they_are_there(
    storage: Storage,
) -> None:
    storage.mkdir(b"a/b/c")
    storage.mkdir(b"a/b/c")
    storage.mkdir(b"")
    assert storage.stat(b"a/b").kind is Kind.DIRECTORY
    assert names(storage, b"a/b") == [b"c"]
    assert names(storage, b"a/b/c") == []


def test_a_directory_goes_only_when_it_is_empty(storage: Storage) -> None:
    storage.mkdir(b"d/e")
    write(storage, b"d/f", b"x")
    assert code_of(lambda: storage.remove_dir(b"d")) == ErrorCode.NOT_EMPTY
    storage.remove_file(b"d/f")
    storage.remove_dir(b"d/e")
    storage.remove_dir(b"d")
    assert names(storage) == []


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    for act in (
        lambda: storage.stat(b"no"),
        lambda: storage.stat(b"no/deeper"),
        lambda: list(storage.scan(b"no")),
        lambda: read(storage, b"no"),
        lambda: storage.remove_file(b"no"),
        lambda: storage.remove_dir(b"no"),
        lambda: storage.rename(b"no", b"new", tag="t", replace=True),
    ):
        assert code_of(act) == ErrorCode.NOT_FOUND


def test_renaming_replaces_only_where_that_is_wanted(storage: Storage) -> None:
    write(storage, b"a", b"one")
    write(storage, b"b", b"two")
    assert code_of(lambda: storage.rename(b"a", b"b", tag="t", replace=False)) == ErrorCode.EXISTS
    storage.rename(b"a", b"b", tag="t", replace=True)
    assert (names(storage), read(storage, b"b")) == ([b"b"], b"one")
    storage.mkdir(b"d")
    write(storage, b"d/x", b"in it")
    storage.rename(b"d", b"e", tag="t", replace=False)
    assert read(storage, b"e/x") == b"in it"
    assert code_of(lambda: storage.rename(b"b", b"e", tag="t", replace=True)) == ErrorCode.EXISTS


def test_the_root_is_a_directory(storage: Storage) -> None:
    assert storage.stat(b"").kind is Kind.DIRECTORY
    assert names(storage) == []


def test_a_name_that_is_too_long_is_a_bad_name(storage: Storage) -> None:
    assert code_of(lambda: write(storage, b"x" * 1025, b"")) == ErrorCode.BAD_NAME


def test_an_entry_says_the_same_as_a_stat(storage: Storage) -> None:
    write(storage, b"file", b"12345")
    (entry,) = storage.scan(b"")
    assert isinstance(entry, Entry)
    assert entry == storage.stat(b"file")


def test_what_a_lost_try_left_under_its_own_name_is_replaced(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """And a directory that is missing is told at once, so that it can be made."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/.tag.part").write_bytes(b"half of a large file")
    site = over_ssh(request.getfixturevalue("sshd"), tmp_path)
    assert code_of(lambda: site.open_write(b"no/file", tag="tag", replace=False)) == ErrorCode.NOT_FOUND
    write(site, b"d/file", b"content")
    write(site, b"d/empty", b"")
    site.close()
    found = {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()}
    assert found == {"file": b"content", "empty": b""}


def test_a_large_file_goes_over_ssh_in_many_requests(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """More of them than are under way at once, and read back across their bounds."""
    content = os.urandom(7 * 2**20 + 13)
    site = over_ssh(request.getfixturevalue("sshd"), tmp_path)
    writer = site.open_write(b"large", tag="tag", replace=False)
    for begin in range(0, len(content), 2**20):
        writer.write(content[begin : begin + 2**20])
    writer.commit()
    assert (tmp_path / "large").read_bytes() == content
    assert read(site, b"large") == content
    assert read(site, b"large", 5_000_000) == content[5_000_000:]
    site.close()


def test_parts_that_were_left_are_discarded(request: pytest.FixtureRequest, storage: Storage) -> None:
    """Those of one element, and nothing else; where there are none, that is no fault."""
    if request.node.callspec.params["storage"] not in {"SFTP", "WEBDAV"}:
        pytest.skip("has no parts under names of their own")
    storage.mkdir(b"d")
    for name in (b"d/.left.part", b"d/.other.part", b"d/file"):
        write(storage, name, b"content")
    storage.discard(b"d/file", tag="left")
    storage.discard(b"d/file", tag="left")
    assert names(storage, b"d") == [b".other.part", b"file"]
