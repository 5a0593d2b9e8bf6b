"""How many files a process may have open: a soft limit, which it may raise up to a hard one."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator


def raise_limit(wanted: int | None = None) -> int:
    """Raise the soft limit of this process, as far as its hard limit goes.

    :param wanted: None for as many as the hard limit allows.
    :return: the soft limit of before.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted is None:
        wanted = hard
    elif hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and (soft < wanted or wanted == resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return soft


@contextlib.contextmanager
def limited(soft: int) -> Iterator[None]:
    """Have another soft limit for a while; files above it that are open stay so."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))
