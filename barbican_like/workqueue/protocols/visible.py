"""What may stand in a header."""

from __future__ import annotations

from barbican_like.workqueue.faults import TransferFailed


def require_visible(*secrets: str) -> None:
    """Do nothing for texts that can be sent in headers.

    :raises TransferFailed: AUTH for another, which no site can have given out.
    """
    if not all(one.isascii() and one.isprintable() for one in secrets):
        raise TransferFailed.auth("The credential holds characters that cannot be sent")
