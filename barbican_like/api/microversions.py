"""What each microversion changed."""

from __future__ import annotations

from typing import Final

CONSUMERS: Final = 1  # secrets show their consumers
FORCED_DELETE: Final = 2  # a secret with consumers is deleted only by force
STORES: Final = 3  # secrets show the store that they are in, and move to another
