"""oslo.messaging on threads. Every module imports the library from here, or imports this module first.

oslo.messaging brings oslo.service, which works with eventlet unless it is told otherwise in time. Two more of
its libraries import eventlet wherever it is installed, as it is, since oslo.service requires it. Nothing here
uses it: it would only take time at the start, and warn of its own end.
"""

from __future__ import annotations

import sys

from oslo_service import backend

# With None there, `import eventlet` is an ImportError, which these libraries take for "not installed".
sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]
backend.init_backend(backend.BackendType.THREADING)

import oslo_messaging  # noqa: E402  not before the choice is made
from oslo_messaging.opts import list_opts  # noqa: E402

__all__ = ["list_opts", "oslo_messaging"]
