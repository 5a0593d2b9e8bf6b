"""What the page adds to the program: files and a sign-in over HTTP, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from oslo_config import cfg

from barbican_like.page import config
from barbican_like.room import Parts, Room

if TYPE_CHECKING:
    from barbican_like.http.mount import Mount
    from barbican_like.page.http.services import Services


def _mounts(conf: cfg.ConfigOpts) -> Sequence[Mount]:
    from barbican_like.page.http.routes import mount

    return (mount(conf),)


def _services(parts: Parts) -> Services:
    from barbican_like.page.http.services import services

    return services(parts.conf)


PAGE: Final = Room(name="page", options=config.GROUPS, mounts=_mounts, services=_services)
