"""Every route of the page."""

from __future__ import annotations

from typing import Final

from oslo_config import cfg

from barbican_like.http.mount import Mount
from barbican_like.http.router import Table
from barbican_like.page.http import headers
from barbican_like.page.http.controllers import FilesController, IndexController, SessionController
from barbican_like.page.http.files import shipped

PREFIX: Final = "/ui"
"""What every path of the room begins with."""

_TABLE: Final[Table] = {(): IndexController, ("session",): SessionController}


def mount(conf: cfg.ConfigOpts) -> Mount:
    """The table with its place; an empty one where the operator wants no page.

    :raises ConfigurationError: when ``[live] url`` is no address.
    """
    if not conf.api.ui:
        return Mount(prefix=PREFIX, table={}, anonymous=True)
    return Mount(
        prefix=PREFIX,
        table=_TABLE,
        anonymous=True,
        unknown_below={shipped().digest: FilesController},
        headers=headers.of_page(conf),
    )
