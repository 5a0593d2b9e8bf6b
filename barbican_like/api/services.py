"""What controllers are given: the parts that ``bootstrap`` built, and the limits of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from barbican_like.api.policy import Policy
from barbican_like.model.database import Database
from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a request may hold and a page may show."""

    secret_bytes: int
    request_bytes: int
    default_page: int
    largest_page: int
    quotas: Mapping[str, int]  # where none is set for a project; negative for no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a controller may use."""

    database: Database
    plugins: Plugins
    policy: Policy
    tasks: TaskClient
    limits: Limits
    host_href: str  # base of references; blank: taken from the request
    threads: int  # requests that this process serves at once
