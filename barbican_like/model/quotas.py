"""What a quota can be set for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RESOURCES: Final = ("secrets", "orders", "containers", "consumers", "cas")
"""The resources by the API's names; there are no CAs here, but clients send and show their quota."""

UNLIMITED: Final = -1
"""Any negative number means no limit; this one is shown."""

NO_LIMITS: Final[Mapping[str, int]] = MappingProxyType(dict.fromkeys(RESOURCES, UNLIMITED))
