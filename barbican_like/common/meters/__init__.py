"""Meters: what the processes of an instance have done, counted in shared memory that outlives them."""

from __future__ import annotations

from typing import Final

REQUEST: Final = "request"
"""Begins the key of a request: the method, the route's template and the status follow."""
TASK: Final = "task"
"""Begins the key of a try of a task: its kind and how it ended follow."""
