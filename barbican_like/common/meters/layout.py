"""How a meter file is laid out. One process writes it, by a mapping; any may read it meanwhile.

::

    0       magic (8 bytes) | number of series in use (u64) | names of files that were folded into it
    4096    series 0, 1, 2 ..., each of 24 KiB:
              0     key: texts joined by the unit separator, UTF-8, padded with NULs (256 bytes)
              256   how often, by bucket of duration: 15 u64, never falling; then the microseconds of all, u64
              384   a ring of 360 steps of ten seconds: which step (u32, seconds since 1970 / 10), then how
                    often in it, by bucket (15 u32)

Numbers are in the machine's own order of bytes: the file never leaves it. Space is allocated before it is
mapped to, a series at a time, so that a full disk is an error and not the end of the process. A file has
2,048 series, 48 MiB, at most; what comes beyond is counted in the first series, whose key is :data:`OTHERS`.
"""

from __future__ import annotations

from typing import Final

MAGIC: Final = b"meters01"
HEADER: Final = 4096
BLOCK: Final = 24_576
MOST_SERIES: Final = 2048
SIZE: Final = HEADER + MOST_SERIES * BLOCK
KEY_BYTES: Final = 256
NAMES: Final = 16  # where they begin in the header
SEPARATOR: Final = "\x1f"

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Upper bounds of the buckets, in seconds; the last bucket has none."""
BUCKETS: Final = len(BOUNDS) + 1
TOTALS: Final = KEY_BYTES // 8  # in words of 64 bits from the begin of a series
RING: Final = (KEY_BYTES + 8 * (BUCKETS + 1)) // 4  # in words of 32 bits
SLOT: Final = BUCKETS + 1  # words of 32 bits
STEP: Final = 10
"""Seconds of a step."""
STEPS: Final = 360
"""Those that are remembered: an hour."""

Key = tuple[str, ...]
OTHERS: Final[Key] = ("others",)

LOCK: Final = ".lock"
"""Held shared by who makes a file or reads all, exclusively by who folds the files of dead processes."""
PAST: Final = "past.meter"
"""Into which those are folded."""
SUFFIX: Final = ".meter"


def key_bytes(key: Key) -> bytes:
    """A key as it stands in the file; one that is too long is cut."""
    text = SEPARATOR.join(key).encode()[:KEY_BYTES]
    return text.decode(errors="ignore").encode().ljust(KEY_BYTES, b"\0")


def key_of(raw: bytes) -> Key:
    """What :func:`key_bytes` has written."""
    return tuple(raw.rstrip(b"\0").decode().split(SEPARATOR))
