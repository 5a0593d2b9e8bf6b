"""How far a job is: as a part of a whole, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barbican_like.cmd.jobs import showing
from barbican_like.cmd.jobs.exits import ENDED


def measure(job: Mapping[str, Any], moving: int) -> tuple[int, int | None]:
    """How much is done, and of how much (None: not known yet): bytes where it has any, else elements."""
    if job["num_elements"] <= 1 and job["status"] not in ENDED:
        return 0, None
    if job["bytes_total"]:
        return min(job["bytes_done"] + moving, job["bytes_total"]), job["bytes_total"]
    return job["num_done"], job["num_elements"]


def in_words(job: Mapping[str, Any], moving: int) -> str:
    """How far a job is, in words."""
    said = f"{job['num_done']}/{job['num_elements']} elements"
    if job["bytes_total"]:
        done = min(job["bytes_done"] + moving, job["bytes_total"])
        said += f", {showing.size(done)} of {showing.size(job['bytes_total'])}"
    return said + (f", {job['num_failed']} failed" if job["num_failed"] else "")
