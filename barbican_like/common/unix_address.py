"""Addresses of unix sockets whose paths may be too long for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LONGEST_PATH: Final = 107  # bytes (unix(7))


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """The socket's address: its path, or a short way to it through the folder's descriptor."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield os.fspath(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
