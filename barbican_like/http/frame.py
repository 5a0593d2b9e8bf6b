"""What the frame serves requests with, whichever room they are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from barbican_like.http.policy import Policy
from barbican_like.model.database import Database

Headers = tuple[tuple[str, str], ...]


def no_headers(_req: object) -> Headers:
    """For who adds none."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what any request may hold and any page may show."""

    request_bytes: int
    default_page: int
    largest_page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One for each mount of a process."""

    database: Database
    policy: Policy
    limits: Limits
    host_href: str  # base of references; blank: taken from the request
    prefix: str  # what references have after it, such as /v1; blank for the root
    document: Callable[[], bytes]  # makes the OpenAPI document of all rooms
    headers: Callable[[Any], Headers] = no_headers  # of a Request: that every answer to it has besides
    bounds: object = None  # what schemas of bodies depend on, as the mount has it
    threads: int  # requests that this process serves at once
