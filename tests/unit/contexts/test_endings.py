"""The ends of services where no file can be opened, and orphans where very many are."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like.contexts import proc, process
from barbican_like.contexts.endings import Ending, Endings
from barbican_like.contexts.shortage import Shortage
from barbican_like.contexts.supervision import Life
from tests.support.contexts.world import World, service

MARK = ("BARBICAN_TEST_ORPHAN", str(os.getpid()))
ABOVE_SELECT = 1100


def short(*_: object) -> Iterator[int]:
    """What the system says when no file can be opened."""
    raise OSError(errno.ENFILE, os.strerror(errno.ENFILE))


def test_nothing_has_ended_until_its_strays_can_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the strays cannot be listed, nor where it cannot be seen whose they are."""
    said: list[str] = []
    endings = Endings(set, Shortage(lambda *words: said.append(" ".join(map(str, words)))))
    endings.add(Ending(World(service("a")).units["a"], Life(1, 0.0), leader=4711, code=0))
    monkeypatch.setattr(process, "group_exists", lambda _leader: False)
    with monkeypatch.context() as patched:
        patched.setattr(process, "strays", short)
        assert endings.done() == []
    with monkeypatch.context() as patched:
        patched.setattr(process, "strays", lambda _known: iter([os.getpid()]))
        patched.setattr(Path, "read_bytes", short)
        assert endings.done() == []
    assert said == ["Too many open files in system: strays are looked for later"]
    monkeypatch.setattr(process, "strays", lambda _known: iter(()))
    assert [ending.leader for ending in endings.done()] == [4711]


def test_an_error_that_is_no_lack_of_files_is_not_borne() -> None:
    with pytest.raises(PermissionError):
        Shortage(print).bear(PermissionError(errno.EPERM, "no"), "nothing is done")


def test_an_orphan_is_awaited_by_whatever_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by one that select() does not take."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] <= ABOVE_SELECT:
        pytest.skip("the hard limit of open files does not allow such a descriptor")
    orphan = subprocess.Popen(
        [sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, env=dict([MARK])
    )
    opened = os.pidfd_open

    def open_high(pid: int) -> int:
        low = opened(pid)
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, ABOVE_SELECT)
        os.close(low)
        return high

    monkeypatch.setattr(os, "pidfd_open", open_high)
    with orphan:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
            assert proc.end_orphans(MARK) == [orphan.pid]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            orphan.kill()
