"""The pump: bytes from a reader to a writer, counted, bounded, and digested on the way."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Final

from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.protocols.port import Reader, Writer
from barbican_like.workqueue.work.undertaking import Undertaking

_CHUNK: Final = 255 * 2**10
"""Bytes: one request of OpenSSH; and what stays in the processor's cache takes half the time of a MiB."""

_SLICE: Final = 0.1  # seconds between two looks at what may end it
_NEVER: Final = threading.Event()


def pump(reader: Reader, writer: Writer | None, undertaking: Undertaking) -> tuple[int, str]:
    """Move everything; how many bytes those were, and their checksum.

    :param writer: None to read only.
    """
    digest = hashlib.sha256()
    size = 0
    try:
        while True:
            undertaking.checkpoint()
            content = reader.read(_CHUNK)
            if not content:
                return size, f"sha256:{digest.hexdigest()}"
            digest.update(content)
            size += len(content)
            if writer is not None:
                writer.write(content)
                _hold_back(undertaking, undertaking.moved(len(content)))
    finally:
        reader.close()


def _hold_back(undertaking: Undertaking, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        undertaking.checkpoint()
        with Waiting():
            _NEVER.wait(min(left, _SLICE))
