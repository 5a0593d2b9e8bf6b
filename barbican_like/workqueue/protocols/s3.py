"""S3: a bucket, or what is below a prefix of one.

A bucket holds keys, no directories. Here a directory is there while a key begins with its path and a slash;
an empty one is a key of its own, which ends with a slash and holds nothing. Keys are UTF-8.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import ClientError

from barbican_like.common import log
from barbican_like.common.hosts import Hosts
from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed, not_found
from barbican_like.workqueue.protocols import s3_ahead
from barbican_like.workqueue.protocols.port import Entry, Kind, Reader, Storage, Writer
from barbican_like.workqueue.protocols.s3_calls import calling, is_plain_refusal
from barbican_like.workqueue.protocols.s3_client import Connection, S3Address
from barbican_like.workqueue.protocols.s3_reader import S3Reader
from barbican_like.workqueue.protocols.s3_renaming import PARTS, Plan, Renaming
from barbican_like.workqueue.protocols.s3_writer import S3Writer

_LOG = logging.getLogger(__name__)
_LONGEST_KEY: Final = 1024  # bytes, as S3 has it
_TRUSTED_SECONDS: Final = 10.0  # for which what was seen of a directory counts
_FREE_SECONDS: Final = 1.0  # for which a path counts as that of nothing at all
_NOTHING: Final = (b"", 0.0)


class S3Storage(Storage):
    """A bucket, or a part of one.

    :param credential: ``access_key``, ``secret_key`` and perhaps ``session_token``.
    """

    needs_directories = False

    def __init__(self, address: S3Address, hosts: Hosts, credential: Mapping[str, str]) -> None:
        self._bucket = address.bucket
        self._prefix = address.prefix
        self._connection = Connection(address, hosts, credential)
        self._client = self._connection.client
        self._pool = ThreadPoolExecutor(4, "s3-parts")
        self._no_files: dict[bytes, float] = {}  # paths that were seen to be no objects
        self._ahead = s3_ahead.Ahead()
        self._free = _NOTHING  # what was last seen to be nothing at all

    def stat(self, path: bytes) -> Entry:
        """What a path stands for."""
        entry = self._known(path)
        if entry is None:
            self._free = (path, time.monotonic())
            raise not_found(paths.text_of(path))
        return entry

    def _known(self, path: bytes) -> Entry | None:
        """What a path stands for, by what was just listed, by a new listing, or by itself."""
        if not path:
            self._holds(path)
            return Entry(name=b"", kind=Kind.DIRECTORY)
        key = self._key(path).encode()
        is_known, entry = self._ahead.find(key)
        begin = self._ahead.begin_for(key)
        if not is_known and begin is not None:
            folder = self._folder(paths.parent_of(path))
            with self._asking(path):
                page = self._client.list_objects_v2(
                    Bucket=self._bucket,
                    Prefix=folder,
                    Delimiter="/",
                    StartAfter=begin.decode(),
                    MaxKeys=s3_ahead.MOST,
                )
            self._ahead.learn(s3_ahead.reach_of(page, begin, folder))
            is_known, entry = self._ahead.find(key)
        return entry if is_known else self._alone(path)

    def _alone(self, path: bytes) -> Entry | None:
        entry = self._object(path)
        if entry is None and self._holds(path):
            return Entry(name=paths.name_of(path), kind=Kind.DIRECTORY)
        return entry

    def scan(self, path: bytes) -> Iterator[Entry]:
        """What is in a directory."""
        prefix, is_empty = self._folder(path), True
        with self._asking(path):
            for page in self._pages(prefix, "/"):
                for one in page.get("CommonPrefixes", ()):
                    is_empty = False
                    # Of two slashes in a row comes a name that is none; the walk says so.
                    name = one["Prefix"].encode()[len(prefix.encode()) : -1]
                    yield Entry(name=name or b"/", kind=Kind.DIRECTORY)
                for one in page.get("Contents", ()):
                    is_empty = False
                    name = one["Key"].encode()[len(prefix.encode()) :]
                    if name:
                        yield _file(name, one["Size"], one["LastModified"])
        if is_empty and path:
            if self._object(path) is not None:
                raise TransferFailed.permanent(
                    ErrorCode.EXISTS, f"{paths.text_of(path)}: something that is no directory is in the way"
                )
            raise not_found(paths.text_of(path))

    def open_read(self, path: bytes, offset: int = 0) -> Reader:
        """An object from a byte on."""
        with self._asking(path):
            return S3Reader(self._client, self._at(self._key(path)), paths.text_of(path), offset)

    def open_write(self, path: bytes, *, tag: str, replace: bool, size: int | None = None) -> Writer:
        """An object to be written."""
        where = self._at(self._key(path))
        self._require_free(path)
        self._ahead.forget(where["Key"].encode())
        return S3Writer(self._client, where, self._pool, paths.text_of(path), replace=replace, size=size)

    def clear_earlier(self, path: bytes) -> None:
        """End the uploads of a key whose parts a worker that died has left: no listing shows those."""
        self._clear(path)

    def _clear(self, path: bytes, *, below: bool = False) -> None:
        try:
            self._end_uploads(path, below=below)
        except TransferFailed as error:
            if error.fault.kind is not ErrorClass.PERMANENT:
                raise
            # A site that does not show them, or not to this credential, takes the file all the same.
            log.event(_LOG, "transfer.parts_not_cleared", reason=error.fault.code)

    def _end_uploads(self, path: bytes, *, below: bool) -> None:
        """End those of a key.

        :param below: and of the keys below it, which a directory's rename has copied in parts.
        """
        key, folder = self._key(path), self._folder(path)
        with self._asking(path):
            uploads = self._client.get_paginator("list_multipart_uploads")
            for page in uploads.paginate(Bucket=self._bucket, Prefix=key):
                for one in page.get("Uploads", ()):
                    if one["Key"] == key or (below and one["Key"].startswith(folder)):
                        self._client.abort_multipart_upload(**self._at(one["Key"]), UploadId=one["UploadId"])

    def rename(self, old: bytes, new: bytes, *, tag: str, replace: bool) -> None:
        """Give an object, or each below a directory, another key."""
        self._ahead.forget()
        renaming = self._renaming(new, tag)
        plan = renaming.plan()
        if plan is None:
            plan = self._planned(old, new, replace=replace)
            with self._asking(old):
                renaming.begin(plan)
        with self._asking(old):
            renaming.run(plan, replace_files=replace)

    def _planned(self, old: bytes, new: bytes, *, replace: bool) -> Plan:
        self._require_target(new, replace=replace)
        if self._object(old) is not None:
            return Plan(old=self._key(old), new=self._key(new), replaces=self._object(new) is not None)
        if not self._holds(old):
            raise not_found(paths.text_of(old))
        return Plan(old=self._folder(old), new=self._folder(new))

    def _require_target(self, path: bytes, *, replace: bool) -> None:
        """Do nothing where something may be renamed, or copied by the site, to a path."""
        there = self._find(path)
        self._ahead.forget()
        if there is not None and (there.kind is Kind.DIRECTORY or not replace):
            raise TransferFailed.permanent(ErrorCode.EXISTS, f"{paths.text_of(path)}: there is one already")
        self._require_free(path)

    def _renaming(self, new: bytes, tag: str) -> Renaming:
        return Renaming(
            client=self._client,
            bucket=self._bucket,
            mark=self._key(paths.part_of(b"", tag)),
            shown=paths.text_of(new),
        )

    def undo_rename(self, new: bytes, *, tag: str) -> None:
        """Take back what is copied, where nothing is removed yet, and what of it is under way."""
        with self._asking(new):
            plan = self._renaming(new, tag).undo()
        if plan is not None:
            self._clear(new, below=True)

    def remove_file(self, path: bytes) -> None:
        """Remove an object."""
        self._ahead.forget()
        if self._object(path) is None:
            raise not_found(paths.text_of(path))
        with self._asking(path):
            self._client.delete_object(**self._at(self._key(path)))

    def remove_dir(self, path: bytes) -> None:
        """Remove a directory's own key, where no other is below it."""
        self._ahead.forget()
        marker = self._folder(path)
        with self._asking(path):
            page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=marker, MaxKeys=2)
            found = [one["Key"] for one in page.get("Contents", ())]
            if found == [marker]:
                self._client.delete_object(**self._at(marker))
        if not found:
            raise not_found(paths.text_of(path))
        if found != [marker]:
            raise TransferFailed.permanent(
                ErrorCode.NOT_EMPTY, f"{paths.text_of(path)}: the directory is not empty"
            )

    def mkdir(self, path: bytes) -> None:
        """Make a key for a directory, and for those above it."""
        self._ahead.forget()
        there = self._find(path)
        self._ahead.forget()
        self._free = _NOTHING
        if there is None:
            self.mkdir(paths.parent_of(path))
            with self._asking(path):
                self._client.put_object(**self._at(self._folder(path)), Body=b"")
        elif there.kind is not Kind.DIRECTORY:
            raise TransferFailed.permanent(
                ErrorCode.EXISTS, f"{paths.text_of(path)}: something that is no directory is in the way"
            )

    def copy(self, source: bytes, target: bytes, *, replace: bool) -> bool:
        """Let the site copy an object."""
        self._ahead.forget()
        self._require_target(target, replace=replace)
        with self._asking(source):
            self._client.copy(self._at(self._key(source)), **self._at(self._key(target)), Config=PARTS)
        return True

    def close(self) -> None:
        """End every connection."""
        self._connection.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _key(self, path: bytes) -> str:
        """The key of a path.

        :raises TransferFailed: BAD_NAME where there can be none.
        """
        whole = paths.join(self._prefix, path)
        shown = paths.text_of(path)
        if len(whole) > _LONGEST_KEY:
            raise TransferFailed.permanent(ErrorCode.BAD_NAME, f"{shown}: the name is too long")
        try:
            return whole.decode()
        except UnicodeDecodeError as error:
            raise TransferFailed.permanent(
                ErrorCode.BAD_NAME, f"{shown}: the site takes names in UTF-8 only"
            ) from error

    def _folder(self, path: bytes) -> str:
        """What the keys below a path begin with."""
        key = self._key(path)
        return f"{key}/" if key else ""

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": key}

    def _object(self, path: bytes) -> Entry | None:
        """The object of a path, if there is one."""
        try:
            with self._asking(path):
                found = self._client.head_object(**self._at(self._key(path)))
        except TransferFailed as error:
            if error.fault.code is ErrorCode.NOT_FOUND:
                return None
            raise
        return _file(paths.name_of(path), found["ContentLength"], found["LastModified"])

    def _holds(self, path: bytes) -> bool:
        """Whether there is a key below a path."""
        with self._asking(path):
            page = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._folder(path), MaxKeys=1)
        return bool(page.get("Contents"))

    def _find(self, path: bytes) -> Entry | None:
        try:
            return self.stat(path)
        except TransferFailed as error:
            if error.fault.code is ErrorCode.NOT_FOUND:
                return None
            raise

    def _require_free(self, path: bytes) -> None:
        """Do nothing where a file may be: it is no directory, and nothing above it is a file."""
        now = time.monotonic()
        is_known = self._free[0] == path and now - self._free[1] < _FREE_SECONDS
        self._free = _NOTHING
        if not is_known and self._holds(path):
            raise TransferFailed.permanent(
                ErrorCode.EXISTS, f"{paths.text_of(path)}: a directory is in the way"
            )
        above = paths.parent_of(path)
        while above and now - self._no_files.get(above, -_TRUSTED_SECONDS) > _TRUSTED_SECONDS:
            if self._object(above) is not None:
                raise TransferFailed.permanent(
                    ErrorCode.EXISTS, f"{paths.text_of(above)}: something that is no directory is in the way"
                )
            self._no_files = {**self._no_files, above: now} if len(self._no_files) < 1000 else {above: now}  # noqa: PLR2004
            above = paths.parent_of(above)

    def _pages(self, prefix: str, delimiter: str) -> Iterator[Any]:
        pages = self._client.get_paginator("list_objects_v2")
        return iter(pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter=delimiter))

    @contextmanager
    def _asking(self, path: bytes) -> Iterator[None]:
        """A call; where it is refused without a word why, the site is asked for one that says why."""
        with calling(paths.text_of(path) or "the site"):
            try:
                yield
            except ClientError as error:
                if is_plain_refusal(error):
                    self._client.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
                raise


def _file(name: bytes, size: int, modified: Any) -> Entry:
    return Entry(name=name, kind=Kind.FILE, size=size, mtime=float(int(modified.timestamp())))
