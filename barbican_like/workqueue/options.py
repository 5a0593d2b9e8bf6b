"""The ``extra_opts`` of a job, as its work reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Overwrite(StrEnum):
    """What becomes of a file at the destination that is another one."""

    NEVER = "never"
    IF_DIFFERENT = "if-different"
    ALWAYS = "always"


class Verify(StrEnum):
    """How a copy is looked at once it is there."""

    NONE = "none"
    SIZE = "size"
    CHECKSUM = "checksum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a job's user chose."""

    overwrite: Overwrite = Overwrite.NEVER
    verify: Verify = Verify.SIZE
    depth: int = 1  # of a LIST; -1: all levels
    follow: bool = False  # links
    timeout: float | None = None  # seconds of one attempt
    bandwidth: int | None = None  # B/s of each file

    @classmethod
    def of(cls, extra_opts: Mapping[str, Any]) -> Self:
        """As a job's row has them."""
        return cls(
            overwrite=Overwrite(extra_opts.get("overwrite", Overwrite.NEVER)),
            verify=Verify(extra_opts.get("verify", Verify.SIZE)),
            depth=extra_opts.get("depth", 1),
            follow=extra_opts.get("symlinks") == "follow",
            timeout=extra_opts.get("timeout"),
            bandwidth=extra_opts.get("bandwidth"),
        )
