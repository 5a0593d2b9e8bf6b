"""What a caller may see of task services in the feed: all or nothing, as the rule says."""

from __future__ import annotations

from collections.abc import Iterator

from barbican_like.common.notices import Audience, Notice
from barbican_like.contexts.http.policies import GET
from barbican_like.contexts.repository import ContextRepo
from barbican_like.contexts.telling import about_standing
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy
from barbican_like.model.unit_of_work import Repositories


class ServiceSight:
    """That of services, which are no project's."""

    def __init__(self, policy: Policy, caller: RequestContext) -> None:
        self._permitted = policy.permits(GET, caller)

    def sees(self, _audience: Audience) -> bool:
        """Whether the rule lets the caller look at contexts."""
        return self._permitted

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """How every service stands."""
        if self._permitted:
            yield from map(about_standing, view.of(ContextRepo).standings())
