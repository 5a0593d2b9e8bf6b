"""openstacksdk's key_manager proxy, as its users get it, and which of its calls were used."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass, field
from typing import Any

from keystoneauth1.session import Session
from openstack.config import cloud_region
from openstack.connection import Connection
from openstack.key_manager.v1._proxy import Proxy


def calls() -> frozenset[str]:
    """Every call of the proxy that is not every proxy's."""
    return frozenset(
        name for name, found in vars(Proxy).items() if not name.startswith("_") and inspect.isfunction(found)
    )


@dataclass(frozen=True)
class NotedProxy:
    """A proxy that remembers which of its calls were used."""

    proxy: Any
    used: set[str] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        self.used.add(name)
        call = getattr(self.proxy, name)

        def quietly(*arguments: Any, **named: Any) -> Any:
            with warnings.catch_warnings():
                # It warns of parts that it uses itself.
                warnings.simplefilter("ignore", PendingDeprecationWarning)
                result = call(*arguments, **named)
                return list(result) if inspect.isgenerator(result) else result

        return quietly


def proxy(session: Session, endpoint: str | None = None, region: str | None = None) -> NotedProxy:
    """The proxy of a session, which asks the server for its versions now.

    :param endpoint: the server's base URL, where no catalog says it.
    """
    override = {} if endpoint is None else {"key_manager_endpoint_override": endpoint}
    config = cloud_region.from_session(session, region_name=region, **override)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return NotedProxy(Connection(config=config).key_manager)
