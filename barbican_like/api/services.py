"""What the key manager's controllers are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a controller may use besides the frame."""

    plugins: Plugins
    tasks: TaskClient
    secret_bytes: int  # largest payload; of a base64 payload its text counts
    quotas: Mapping[str, int]  # where none is set for a project; negative for no limit

    @property
    def offers_stores(self) -> bool:
        """Whether clients are told of secret stores."""
        return bool(self.plugins.offered)
