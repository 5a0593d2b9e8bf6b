"""What the room gives its controllers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient
from barbican_like.workqueue.config import Settings
from barbican_like.workqueue.outputs import Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Made once a process."""

    client: TaskClient
    plugins: Plugins
    settings: Settings
    outputs: Outputs
    most_jobs: int  # unfinished ones of a project; negative: no limit
    most_sites: int  # of a project; negative: no limit
    checking: threading.Lock = field(default_factory=threading.Lock)  # one check of a site at a time
