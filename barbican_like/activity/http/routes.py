"""Every route of the room."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.http.controllers import ChangesController
from barbican_like.http.mount import Mount
from barbican_like.http.router import Table

PREFIX: Final = "/api/v1"
"""What every path of the room begins with."""

ACTIVITY: Final[Table] = {("activity", "changes"): ChangesController}
"""Below the prefix."""

MOUNT: Final = Mount(prefix=PREFIX, table=ACTIVITY)
