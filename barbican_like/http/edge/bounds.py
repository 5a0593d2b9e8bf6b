"""What a caller may hold, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Of one serving process."""

    request_bytes: int  # of a body that the application is given; one byte more tells it that it is too large
    header_bytes: int  # of the request line and the headers
    body_seconds: float  # for a body as a whole
    pause_seconds: float  # within a body without a byte of it
    answer_seconds: float  # without the caller taking a byte of its answer
    connections: int  # open at once
    requests: int  # on one connection
    threads: int  # requests that are worked at once, while none of them waits for something
    most_threads: int  # the same with those that wait
    waiting: int  # requests that wait for a thread
    in_place: re.Pattern[str] | None = None  # GETs that never wait, by path and query; they need no thread
