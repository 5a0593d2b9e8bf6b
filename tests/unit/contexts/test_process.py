"""Processes of services, as the kernel tells of them."""

import errno
import os
import resource
import sys
from collections.abc import Iterator

import pytest

from barbican_like.contexts.process import group_exists
from barbican_like.contexts.spawning import Spawner
from tests.support.open_files import open_files


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    """One whose process has its own limit of open files again afterwards."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    made = Spawner()
    yield made
    made.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_group_that_is_another_users_by_now_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as what a service has started by sudo: it can be neither killed nor waited for."""

    def refuse(_leader: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    assert not group_exists(4711)


@pytest.mark.parametrize("call", ["pipe", "dup2", "posix_spawn", "pidfd_open"])
def test_a_start_that_fails_leaves_no_file_open(
    monkeypatch: pytest.MonkeyPatch, spawner: Spawner, call: str
) -> None:
    """Whichever of its files cannot be had."""

    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    before = open_files()
    with monkeypatch.context() as patched:
        patched.setattr(os, call, refuse)
        with pytest.raises(OSError, match="Too many open files"):
            spawner.spawn((sys.executable, "-S", "-c", "input()"), {})
    assert open_files() == before


def test_a_start_leaves_open_what_leads_to_the_process_and_no_more(spawner: Spawner) -> None:
    """Its pidfd, its channel and what it prints."""
    before = open_files()
    process = spawner.spawn((sys.executable, "-S", "-c", ""), {})
    held = {str(number) for number in (process.pidfd, process.channel.fileno(), process.output)}
    assert open_files() - before == held
    assert process.reap() == 0
    process.close()
    assert open_files() == before
