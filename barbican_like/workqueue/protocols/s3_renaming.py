"""A rename in a bucket, which offers none: all keys are copied, then the old ones are removed.

A mark at the site's root, named by the element's tag, says what is under way. So another try goes on where
one was broken off, and knows what it may find at the target; what was begun and not ended can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from boto3.s3.transfer import TransferConfig

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.s3_calls import calling

PARTS: Final = TransferConfig(
    multipart_threshold=4 * 2**30, multipart_chunksize=512 * 2**20, max_concurrency=4
)
"""How the site is let copy: a plain copy ends at 5 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is under way, as the mark says it.

    :param old: the key of an object, or what each key of a directory begins with, a slash at its end.
    :param new: what stands in its place later.
    :param replaces: whether there was an object before, which is replaced.
    :param is_copied: whether all is there, and the old keys are being removed.
    """

    old: str
    new: str
    replaces: bool = False
    is_copied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What a key holds, as far as a listing tells."""

    size: int
    tag: str

    def is_copy_of(self, other: _Content) -> bool:
        """Whether it may be the same; of what was stored in parts the tag tells how, and not what."""
        is_told = "-" not in self.tag + other.tag
        return self.size == other.size and (self.tag == other.tag or not is_told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """The rename of one element.

    :param mark: the mark's key.
    :param shown: the path, for messages.
    """

    client: Any
    bucket: str
    mark: str
    shown: str

    def plan(self) -> Plan | None:
        """What an earlier try has begun; None where there was none."""
        try:
            with calling(self.shown):
                said = self.client.get_object(**self._at(self.mark))["Body"].read()
        except TransferFailed as error:
            if error.fault.code is ErrorCode.NOT_FOUND:
                return None
            raise
        return Plan(**orjson.loads(said))

    def begin(self, plan: Plan) -> None:
        """Leave the mark, before the first copy."""
        self._say(plan)

    def run(self, plan: Plan, *, replace_files: bool) -> None:
        """Copy what is not there yet, then remove what was copied.

        :raises TransferFailed: EXISTS where somebody else has put something at the target meanwhile.
        """
        with calling(self.shown):
            old, new = self._held(plan.old), self._held(plan.new)
            for key, content in old.items():
                target = plan.new + key[len(plan.old) :]
                there = new.get(target)
                # What is replaced may look like a copy; to copy it once more does no harm.
                if there is not None and there.is_copy_of(content) and not plan.replaces:
                    continue
                if there is not None and not replace_files:
                    raise TransferFailed.permanent(ErrorCode.EXISTS, f"{self.shown}: there is one already")
                self.client.copy(self._at(key), **self._at(target), Config=PARTS)
            self._say(replace(plan, is_copied=True))
            self._remove([*old, self.mark])

    def undo(self) -> Plan | None:
        """Take back what was copied, unless some of the old keys are gone; then the mark.

        :return: what was under way.
        """
        plan = self.plan()
        if plan is None:
            return None
        with calling(self.shown):
            if not plan.is_copied and not plan.replaces:
                new = self._held(plan.new)
                copies = {
                    plan.new + key[len(plan.old) :]: content for key, content in self._held(plan.old).items()
                }
                self._remove(
                    key for key, content in copies.items() if key in new and new[key].is_copy_of(content)
                )
            self._remove([self.mark])
        return plan

    def _held(self, name: str) -> Mapping[str, _Content]:
        """The object of that key, or all below that directory."""
        pages = self.client.get_paginator("list_objects_v2")
        return {
            one["Key"]: _Content(size=one["Size"], tag=one["ETag"].strip('"'))
            for page in pages.paginate(Bucket=self.bucket, Prefix=name)
            for one in page.get("Contents", ())
            if name.endswith("/") or one["Key"] == name
        }

    def _say(self, plan: Plan) -> None:
        self.client.put_object(**self._at(self.mark), Body=orjson.dumps(plan))

    def _remove(self, keys: Iterable[str]) -> None:
        for key in keys:  # many at once go as XML, which has no word for some characters of keys
            self.client.delete_object(**self._at(key))

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": key}
