"""Who calls: what an authentication filter found out and every handler may ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENVIRON_KEY: Final = "barbican.context"
"""Where the filters leave the context in the WSGI environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """The caller of one request."""

    request_id: str  # req-<uuid>, in the answer, the log and the wake-up
    project_id: str  # external id of the project that the caller works in
    user_id: str | None = None
    roles: frozenset[str] = frozenset()  # lower case
    is_admin: bool = False
    confined: bool = False  # whether the roles count for things of the caller's project only
    domain_id: str | None = None  # only for a domain-scoped token
    user_domain_id: str | None = None
    project_domain_id: str | None = None
    system_scope: str | None = None
    is_anonymous: bool = False  # nobody was asked who calls
