"""Links that are followed: a path is brought to one without links, which never leads out of its root."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorCode, TransferFailed

_MOST_LINKS: Final = 40
"""As many as Linux follows (path_resolution(7))."""


def without_links(path: bytes, look: Callable[[bytes], bytes | None], root: bytes) -> bytes:
    """The same place by a path that has no links.

    :param look: where the link at a path leads; None where there is none.
    :param root: the root's own path, which absolute links may lead into.
    :raises TransferFailed: DENIED for one that leads out of the root, or in a circle.
    """
    pending = deque(part for part in path.split(b"/") if part)
    real: list[bytes] = []
    links = 0
    while pending:
        name = pending.popleft()
        if name in {b"", b"."}:
            continue
        if name == b"..":
            if not real:
                raise _denied(path, "a link leads out of the site")
            real.pop()
            continue
        target = look(b"/".join([*real, name]))
        if target is None:
            real.append(name)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise _denied(path, "links lead in a circle")
        if target.startswith(b"/"):
            target = _below(target, root, path)
            real.clear()
        pending.extendleft(reversed(target.split(b"/")))
    return b"/".join(real)


def require_no_circle(path: bytes, real: bytes, above: Iterable[bytes]) -> None:
    """Do nothing for a directory that holds none of those above it: to go into such a one would never end.

    :param real: the directory, by its path without links.
    :param above: those on the way to it, likewise.
    :raises TransferFailed: DENIED for another.
    """
    if any(paths.is_within(one, real) for one in above):
        raise _denied(path, "links lead in a circle")


def _below(target: bytes, root: bytes, path: bytes) -> bytes:
    base = root.rstrip(b"/") + b"/"
    if not (target.rstrip(b"/") + b"/").startswith(base):
        raise _denied(path, "a link leads out of the site")
    return target[len(base) :]


def _denied(path: bytes, reason: str) -> TransferFailed:
    return TransferFailed.permanent(ErrorCode.DENIED, f"{paths.text_of(path)}: {reason}")
