"""S3 as servers have it: over a folder, with keys that no path can have, in parts, and with refusals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols import s3 as adapter
from barbican_like.workqueue.protocols.port import Kind
from barbican_like.workqueue.protocols.s3 import S3Storage
from barbican_like.workqueue.protocols.s3_writer import PART
from barbican_like.workqueue.work.expansion import walk
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
    small = adapter.TransferConfig(multipart_threshold=size, multipart_chunksize=size)
    monkeypatch.setattr(adapter, "_COPYING", small)
    content = os.urandom(size + 17)
    write(bucket, b"a", content)
    assert bucket.copy(b"a", b"b", replace=False) is True
    bucket.rename(b"a", b"c", replace=False)
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
