"""S3 as servers have it: over a folder, with keys that no path can have, in parts, and with refusals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from boto3.s3.transfer import TransferConfig

from barbican_like.queue.run import Run
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.models import Element
from barbican_like.workqueue.options import Options
from barbican_like.workqueue.protocols import s3 as adapter
from barbican_like.workqueue.protocols import s3_ahead, s3_renaming
from barbican_like.workqueue.protocols.file import FileStorage
from barbican_like.workqueue.protocols.port import Kind
from barbican_like.workqueue.protocols.s3 import S3Storage
from barbican_like.workqueue.protocols.s3_writer import PART
from barbican_like.workqueue.states import JobType
from barbican_like.workqueue.work.copying import File, copy, find
from barbican_like.workqueue.work.expansion import walk
from barbican_like.workqueue.work.undertaking import Undertaking
from tests.contract.workqueue.test_storages import code_of, names, over_moto, over_s3, read, write
from tests.support.web_servers import Server


@pytest.fixture
def bucket(moto_server: Server) -> Iterator[S3Storage]:
    opened = over_moto(moto_server)
    yield opened
    opened.close()


def put(bucket: S3Storage, key: str) -> None:
    bucket._client.put_object(Bucket=bucket._bucket, Key=key, Body=b"x")


def parts_left(bucket: S3Storage) -> list[object]:
    found: list[object] = bucket._client.list_multipart_uploads(Bucket=bucket._bucket).get("Uploads", [])
    return found


def test_files_of_a_folder_that_is_served_as_a_bucket(s3_server: Server) -> None:
    """Its directories need no keys of their own; a signature is asked for."""
    name, folder = s3_server.empty()
    bucket = over_s3(s3_server, name)
    write(bucket, b"a/b/+ % # ? : x", b"content")
    assert (folder / "a/b/+ % # ? : x").read_bytes() == b"content"
    assert [entry.kind for entry in bucket.scan(b"a")] == [Kind.DIRECTORY]
    assert read(bucket, b"a/b/+ % # ? : x", 3) == b"tent"
    stranger = over_s3(replace(s3_server, credential={"access_key": "mover", "secret_key": "no"}), name)
    with pytest.raises(TransferFailed) as failed:
        stranger.stat(b"a/b/+ % # ? : x")
    assert failed.value.fault.kind is ErrorClass.AUTH
    bucket.close()
    stranger.close()


def test_a_large_object_goes_in_parts_and_is_whole(bucket: S3Storage) -> None:
    content = os.urandom(PART + 3_000_001)
    writer = bucket.open_write(b"large", tag="tag", replace=False)
    for begin in range(0, len(content), 1_000_003):
        writer.write(content[begin : begin + 1_000_003])
    assert names(bucket) == []
    writer.commit()
    writer.abort()
    assert read(bucket, b"large") == content
    assert parts_left(bucket) == []


def test_parts_of_what_was_broken_off_are_removed(bucket: S3Storage) -> None:
    writer = bucket.open_write(b"large", tag="tag", replace=False)
    writer.write(bytes(PART + 1))
    assert len(parts_left(bucket)) == 1
    writer.abort()
    assert (parts_left(bucket), names(bucket)) == ([], [])


def test_a_large_object_is_copied_by_the_site_in_parts(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of more than 4 GiB is."""
    size = 5 * 2**20
    small = TransferConfig(multipart_threshold=size, multipart_chunksize=size)
    monkeypatch.setattr(adapter, "PARTS", small)
    monkeypatch.setattr(s3_renaming, "PARTS", small)
    content = os.urandom(size + 17)
    write(bucket, b"a", content)
    assert bucket.copy(b"a", b"b", replace=False) is True
    bucket.rename(b"a", b"c", tag="t", replace=False)
    assert read(bucket, b"b") == read(bucket, b"c") == content
    assert code_of(lambda: bucket.copy(b"b", b"c", replace=False)) == ErrorCode.EXISTS


def test_keys_that_no_path_can_have_are_shown_as_faults_and_the_rest_goes_on(bucket: S3Storage) -> None:
    for key in ("d/a", "d//twice", "d/z"):
        put(bucket, key)
    found = {visit.below: visit.fault for visit in walk(bucket, b"d", follow=False)}
    assert found.keys() == {b"a", b"z", b"/"}
    assert {below for below, fault in found.items() if fault is None} == {b"a", b"z"}
    assert {fault.fault.code for fault in found.values() if fault is not None} == {ErrorCode.BAD_NAME}


def test_a_bucket_that_is_not_there(moto_server: Server) -> None:
    assert code_of(lambda: over_s3(moto_server, "nowhere").stat(b"")) == ErrorCode.NOT_FOUND


def test_parts_that_a_dead_worker_left_are_removed_when_its_file_is_tried_again(bucket: S3Storage) -> None:
    """Those of its own key; another file's upload goes on."""
    for name in (b"large", b"large-too"):
        bucket.open_write(name, tag="tag", replace=False).write(bytes(PART + 1))
    bucket.clear_earlier(b"large")
    assert [upload["Key"] for upload in parts_left(bucket)] == ["large-too"]
    write(bucket, b"large", b"content")
    assert read(bucket, b"large") == b"content"
    bucket.clear_earlier(b"large-too")
    assert parts_left(bucket) == []


def test_a_second_try_clears_what_the_first_left(bucket: S3Storage, tmp_path: Path) -> None:
    """The first one leaves alone what others may have under way."""
    (tmp_path / "file").write_bytes(b"content")
    options = Options.of({"overwrite": "always"})
    source = FileStorage(tmp_path)
    file = File(src=source, dst=bucket, source=b"file", target=b"k", tag="tag", options=options)
    bucket.open_write(b"k", tag="tag", replace=True).write(bytes(PART + 1))
    for number, left in ((1, 1), (2, 0)):
        run = cast("Run", SimpleNamespace(checkpoint=lambda: None))
        element = Element(job_id=1, id=1, type=JobType.COPY, below=b"")
        copy(file, Undertaking(run, element, number, timeout=None, bandwidth=None))
        assert len(parts_left(bucket)) == left
    source.close()


@pytest.mark.parametrize("kind", ["moto_server", "s3_server"])
def test_a_listing_tells_what_many_paths_are(request: pytest.FixtureRequest, kind: str) -> None:
    """And no more of what was written or removed since."""
    server: Server = request.getfixturevalue(kind)
    bucket = over_moto(server) if kind == "moto_server" else over_s3(server, server.empty()[0])
    write(bucket, b"d/a", b"1")
    write(bucket, b"d/c/below", b"22")
    write(bucket, b"d/c-", b"333")
    with pytest.raises(TransferFailed):
        bucket.stat(b"d/0")
    asked: list[str] = []
    bucket._client.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    found = {name: _found(bucket, b"d/" + name) for name in (b"a", b"b", b"c", b"c-", b"d")}
    assert found == {
        b"a": (Kind.FILE, 1),
        b"b": None,
        b"c": (Kind.DIRECTORY, 0),
        b"c-": (Kind.FILE, 3),
        b"d": None,
    }
    assert asked == ["ListObjectsV2"]
    write(bucket, b"d/e", b"4444")
    assert _found(bucket, b"d/e") == (Kind.FILE, 4)
    bucket.remove_file(b"d/a")
    assert _found(bucket, b"d/a") is None
    bucket.close()


def _found(bucket: S3Storage, path: bytes) -> tuple[Kind, int] | None:
    entry = find(bucket, path)
    return None if entry is None else (entry.kind, entry.size)


def test_a_listing_that_is_cut_tells_of_what_it_shows_only(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_ahead, "MOST", 2)
    for name in (b"a", b"b", b"c", b"d", b"f"):
        write(bucket, b"cut/" + name, name)
    assert [_found(bucket, b"cut/" + name) for name in (b"0", b"a", b"b", b"c", b"e", b"f", b"g")] == [
        None, (Kind.FILE, 1), (Kind.FILE, 1), (Kind.FILE, 1), None, (Kind.FILE, 1), None,
    ]  # fmt: skip


def test_what_a_site_tells_of_what_it_has_taken_is_held_against_what_was_sent(bucket: S3Storage) -> None:
    """Where its digest is another, or none, the object is read again."""
    for content in (b"", b"small", os.urandom(PART + 5)):
        writer = bucket.open_write(b"told", tag="tag", replace=True)
        writer.write(content)
        writer.commit()
        assert writer.is_confirmed
    bucket._client.meta.events.register(
        "after-call.s3.PutObject", lambda parsed, **_: parsed.update(ETag='"of another"')
    )
    writer = bucket.open_write(b"told", tag="tag", replace=True)
    writer.write(b"small")
    writer.commit()
    assert not writer.is_confirmed
