"""What all elements of a batch have in common, looked up once for them all."""

from __future__ import annotations

from dataclasses import dataclass

from barbican_like.workqueue.models import Element, Job, Site
from barbican_like.workqueue.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A job between its two sites."""

    job: Job
    options: Options
    source: bytes  # its path at the source
    target: bytes  # its path at the destination
    bandwidth: int | None  # B/s of each file, the least of all bounds

    def tag_of(self, element: Element) -> str:
        """What the parts are named by that tries of an element leave."""
        return f"{self.job.log_uid}-{element.id}"

    @classmethod
    def of(cls, job: Job, sites: tuple[Site, Site]) -> Errand:
        """The errand of a job."""
        src, dst = sites
        options = Options.of(job.extra_opts)
        bounds = (options.bandwidth, src.spec.bandwidth, dst.spec.bandwidth)
        return cls(
            job=job,
            options=options,
            source=src.spec.resolve(job.src_filepath),
            target=dst.spec.resolve(job.dst_filepath or "/"),
            bandwidth=min((bound for bound in bounds if bound is not None), default=None),
        )
