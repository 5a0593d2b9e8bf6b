"""Every route of the room."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.http.controllers import (
    AddressesController,
    ChangesController,
    UserTokenController,
)
from barbican_like.http.mount import Mount
from barbican_like.http.router import Table

PREFIX: Final = "/api/v1"
"""What every path of the room begins with."""

ACTIVITY: Final[Table] = {
    (): AddressesController,
    ("activity", "changes"): ChangesController,
    ("usertoken",): UserTokenController,
}
"""Below the prefix."""


def mount(longest_token: int) -> Mount:
    """The table with its place.

    :param longest_token: seconds that a token may last.
    """
    return Mount(prefix=PREFIX, table=ACTIVITY, bounds=longest_token)
