"""A rename in a bucket takes many steps: broken off between any two of them, nothing is lost or split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.s3 import S3Storage
from barbican_like.workqueue.protocols.s3_writer import PART
from tests.contract.workqueue.test_object_stores import put
from tests.contract.workqueue.test_storages import code_of, over_moto, read, write
from tests.support.web_servers import Server

NAMES = ("a", "b/c", "b/d", "e")
TREE = {f"old/{name}" for name in NAMES}
RENAMED = {f"new/{name}" for name in NAMES}


@pytest.fixture
def bucket(moto_server: Server) -> Iterator[S3Storage]:
    """One with a tree."""
    opened = over_moto(moto_server)
    for key in sorted(TREE):
        put(opened, key)
    yield opened
    opened.close()


def keys(bucket: S3Storage) -> set[str]:
    page = bucket._client.list_objects_v2(Bucket=bucket._bucket)
    return {one["Key"] for one in page.get("Contents", ())}


def break_off(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int, *old_and_new: bytes, replace: bool = False
) -> None:
    """Rename, where so many calls that change something are done, and the next one is not any more."""
    left = steps

    def counted(real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                raise TransferFailed.transient(ErrorCode.CONNECTION, "broken off")
            left -= 1
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patched:
        for name in ("copy", "put_object", "delete_object"):
            patched.setattr(bucket._client, name, counted(getattr(bucket._client, name)))
        failed = code_of(lambda: bucket.rename(*old_and_new, tag="t", replace=replace))
        assert failed == ErrorCode.CONNECTION


STEPS = 2 + len(NAMES) * 2 + 1  # two marks, a copy and a removal of each, the end of the mark


@pytest.mark.parametrize("steps", range(STEPS))
def test_another_try_goes_on(bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Whichever step was the last; and what is at the target is not in its way."""
    break_off(bucket, monkeypatch, steps, b"old", b"new")
    assert keys(bucket) >= TREE or keys(bucket) >= RENAMED
    bucket.rename(b"old", b"new", tag="t", replace=False)
    assert keys(bucket) == RENAMED


@pytest.mark.parametrize("steps", range(STEPS))
def test_it_can_be_discarded(bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """As it was, while nothing is removed; whole at the target from then on. No mark stays."""
    break_off(bucket, monkeypatch, steps, b"old", b"new")
    bucket.undo_rename(b"new", tag="t")
    left = keys(bucket)
    assert left == TREE or (left >= RENAMED and left <= RENAMED | TREE)


def test_another_elements_try_finds_what_is_there_in_its_way(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(bucket, monkeypatch, 3, b"old", b"new")
    assert code_of(lambda: bucket.rename(b"old", b"new", tag="u", replace=False)) == ErrorCode.EXISTS


@pytest.mark.parametrize("steps", range(1, STEPS))
def test_what_comes_between_two_tries_is_not_lost(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """A new key of the source goes along; one of another name that somebody has put at the target stays."""
    break_off(bucket, monkeypatch, steps, b"old", b"new")
    put(bucket, "old/late")
    write(bucket, b"new/other", b"another's")
    bucket.rename(b"old", b"new", tag="t", replace=False)
    assert keys(bucket) == RENAMED | {"new/late", "new/other"}
    assert read(bucket, b"new/other") == b"another's"


def test_what_somebody_has_put_at_the_target_is_not_overwritten(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(bucket, monkeypatch, 2, b"old", b"new")
    write(bucket, b"new/e", b"another's")
    assert code_of(lambda: bucket.rename(b"old", b"new", tag="t", replace=False)) == ErrorCode.EXISTS
    bucket.undo_rename(b"new", tag="t")
    assert keys(bucket) == TREE | {"new/e"}
    assert read(bucket, b"new/e") == b"another's"


@pytest.mark.parametrize("steps", range(1, 5))
def test_a_directory_of_a_files_name_stays(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """A bucket may have both; another try renames what the first had meant."""
    put(bucket, "old")
    break_off(bucket, monkeypatch, steps, b"old", b"new")
    bucket.rename(b"old", b"new", tag="t", replace=False)
    assert keys(bucket) == TREE | {"new"}


@pytest.mark.parametrize("steps", range(5))
def test_one_object_is_renamed_by_another_try(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    """It is not taken for one that was there before."""
    write(bucket, b"file", b"content")
    break_off(bucket, monkeypatch, steps, b"file", b"to/it")
    bucket.rename(b"file", b"to/it", tag="t", replace=False)
    assert read(bucket, b"to/it") == b"content"
    assert keys(bucket) == TREE | {"to/it"}


@pytest.mark.parametrize("steps", range(3))
def test_one_object_is_where_it_was_when_its_rename_is_discarded(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    write(bucket, b"file", b"content")
    break_off(bucket, monkeypatch, steps, b"file", b"it")
    bucket.undo_rename(b"it", tag="t")
    assert keys(bucket) == TREE | {"file"}


def in_parts(bucket: S3Storage, path: bytes, content: bytes) -> None:
    """Store an object in two parts, so that its tag does not tell what it holds."""
    writer = bucket.open_write(path, tag="u", replace=True)
    writer.write(content * (PART + 1))
    writer.commit()


def test_what_is_replaced_is_not_taken_for_a_copy(bucket: S3Storage) -> None:
    """It has the same size, and neither tag tells more."""
    in_parts(bucket, b"disk", b"a")
    in_parts(bucket, b"disk.old", b"b")
    bucket.rename(b"disk", b"disk.old", tag="t", replace=True)
    assert read(bucket, b"disk.old") == b"a" * (PART + 1)
    assert keys(bucket) == TREE | {"disk.old"}


def test_what_would_have_been_replaced_stays_when_the_rename_is_undone(
    bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bucket, b"file", b"content")
    write(bucket, b"it", b"content")
    break_off(bucket, monkeypatch, 1, b"file", b"it", replace=True)
    bucket.undo_rename(b"it", tag="t")
    assert keys(bucket) == TREE | {"file", "it"}


def test_a_rename_that_never_began_ends_nobodys_upload(bucket: S3Storage) -> None:
    upload = bucket._client.create_multipart_upload(Bucket=bucket._bucket, Key="it")["UploadId"]
    bucket.undo_rename(b"it", tag="t")
    assert bucket._client.list_parts(Bucket=bucket._bucket, Key="it", UploadId=upload)["UploadId"] == upload
