"""What the frame itself needs to serve a room's requests; a room's own parts come in a subclass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from barbican_like.http.policy import Policy
from barbican_like.model.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what any request may hold and any page may show."""

    request_bytes: int
    default_page: int
    largest_page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything that the frame uses; controllers are given it, or their room's richer one."""

    database: Database
    policy: Policy
    limits: Limits
    host_href: str  # base of references; blank: taken from the request
    prefix: str  # what the room's paths begin with, such as /v1
    document: Callable[[], bytes]  # the OpenAPI document of all rooms
    threads: int  # requests that this process serves at once
