"""Reads files that only their owner may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from barbican_like.common.errors import ConfigurationError

LARGEST: Final = 1024
"""Bytes that are read at most."""


def read(path: Path, what: str, *, otherwise: str = "") -> bytes:
    """The content of a file with a secret.

    :param what: the file is, in errors, such as ``master key``.
    :param otherwise: what to do where it cannot be read.
    :raises ConfigurationError: when it is missing, open to others, or somebody else's.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(LARGEST)
    except OSError as error:
        advice = f"; {otherwise}" if otherwise else ""
        raise ConfigurationError(f"{what} {path}: {error.strerror}{advice}") from error
    _require_private(path, what, status)
    return content


def _require_private(path: Path, what: str, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o177:
        raise ConfigurationError(f"{what} {path} may be read by others (mode {mode:04o}): chmod 600 it")
    if status.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(f"{what} {path} belongs to another user (uid {status.st_uid})")
