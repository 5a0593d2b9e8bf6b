"""The room's entities: one frozen value for each kind of row. All times are naive UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import Fault
from barbican_like.workqueue.states import (
    ENDED,
    Counts,
    ElementStatus,
    JobProtocol,
    JobStatus,
    JobType,
    job_status,
)


class Auth(StrEnum):
    """What a site wants to be shown."""

    NONE = "NONE"
    PASSWORD = "PASSWORD"  # noqa: S105  the kind, not one
    SSH_KEY = "SSH_KEY"
    S3_KEY = "S3_KEY"
    TOKEN = "TOKEN"  # noqa: S105  as above
    X509 = "X509"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One way to reach a site."""

    protocol: JobProtocol
    url: str  # its path is the site's root
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """What its owner says of a site."""

    name: str
    endpoints: tuple[Endpoint, ...]  # in order of preference
    auth: Auth
    description: str = ""
    is_public: bool = False
    home: str = "/"
    default_path: str = "~"
    host_keys: tuple[str, ...] = ()
    ca_cert: str | None = None
    connections: int = 4  # at once, of all workers
    per_link: int = 4  # at once with one other site
    bandwidth: int | None = None  # B/s of each file
    enabled: bool = True

    def endpoint(self, protocol: JobProtocol | None, *, changes: bool = False) -> Endpoint | None:
        """The way to speak a protocol, or the preferred one; None when there is none.

        :param changes: whether something is to be changed there, which HTTP is of no use for.
        """
        wanted = (one for one in self.endpoints if protocol in {None, one.protocol})
        return next((one for one in wanted if not changes or one.protocol is not JobProtocol.HTTP), None)

    def resolve(self, path: str) -> bytes:
        """Where a path that a user gives lies below the root."""
        return paths.resolve(path, home=self.home, default=self.default_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where files are."""

    id: int
    project_id: str  # the owner's external id
    spec: SiteSpec
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The secret that a project shows to a site."""

    site_id: int
    project_id: str
    secret_id: str
    expires: datetime | None  # the secret's expiration
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Counters:
    """How many of a job's elements are in each state; they add up to all of them."""

    new: int = 0
    submitted: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """All elements."""
        return self.new + self.submitted + self.running + self.done + self.failed + self.cancelled

    def by_status(self) -> Counts:
        """The same, by status."""
        return {status: getattr(self, status.lower()) for status in ElementStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a user wants done."""

    id: int
    project_id: str  # external id
    user_id: str | None
    type: JobType
    src_siteid: int
    dst_siteid: int | None
    link_siteid: int  # the other end of its link: the source itself where there is no destination
    src_filepath: str  # as given
    dst_filepath: str | None  # as given
    protocol: JobProtocol  # of the source
    extra_opts: Mapping[str, Any]
    priority: int  # 0..9, lower first
    max_tries: int
    dry_run: bool
    log_uid: str  # names the folder of its outputs
    status: JobStatus
    cancel_requested: bool
    expanded: bool  # all its elements are known
    cursor: bytes | None  # the last path that the expansion has written; None before the first
    next_element: int
    counters: Counters
    bytes_total: int
    bytes_done: int
    created_at: datetime
    updated_at: datetime

    @property
    def has_ended(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in ENDED

    def status_of(self, counters: Counters, *, expanded: bool | None = None) -> JobStatus:
        """The status that follows from other counters."""
        known = self.expanded if expanded is None else expanded
        return job_status(counters.by_status(), cancelled=self.cancel_requested, expanded=known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A part of a job: element 0 finds the others, or is the whole work of a MKDIR."""

    job_id: int
    id: int
    type: JobType
    below: bytes  # its path below the job's paths; empty: they themselves
    stage: int = 0  # 1: a directory to be removed once all else is done
    size: int | None = None
    status: ElementStatus = ElementStatus.NEW
    suspect: bool = False  # a worker was lost while it had it
    attempts: int = 0
    max_tries: int = 2
    transferred: int = 0  # bytes
    elapsed: float = 0.0  # seconds of the last attempt
    instant: float = 0.0  # B/s
    average: float = 0.0  # B/s
    checksum: str | None = None  # sha256:hex
    error: Fault | None = None  # of its last attempt
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of an element that has ended."""

    job_id: int
    element_id: int
    number: int  # from 1
    started_at: datetime
    ended_at: datetime
    host: str  # of the worker
    status: ElementStatus  # DONE, FAILED or CANCELLED
    error: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A connection of a link that may be."""

    src_siteid: int
    dst_siteid: int
    n: int

    @property
    def id(self) -> str:
        """The entity of its task."""
        return f"{self.src_siteid}-{self.dst_siteid}-{self.n}"

    @classmethod
    def from_id(cls, slot_id: str) -> Slot:
        """The slot of a task's entity."""
        src, dst, n = slot_id.split("-")
        return cls(src_siteid=int(src), dst_siteid=int(dst), n=int(n))
