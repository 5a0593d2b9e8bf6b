"""Which process holds a claim."""

import os
import socket

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.queue.claims import WorkerIdentity

HOSTS = st.text(min_size=1, max_size=64)
NUMBERS = st.integers(0, 2**63)


@given(host=HOSTS, pid=NUMBERS, started=NUMBERS)
def test_what_is_written_is_read(host: str, pid: int, started: int) -> None:
    """Whatever the machine is called, be there a # or an @ in its name."""
    identity = WorkerIdentity(host, pid, started)
    assert WorkerIdentity.parse(str(identity)) == identity


@given(text=st.text() | st.from_regex(r"\A.{0,4}#.{0,4}@.{0,4}\Z"))
def test_anything_else_is_none(text: str) -> None:
    """No text makes parsing raise; what is read is written as it was, but for the numbers' spelling."""
    identity = WorkerIdentity.parse(text)
    if identity is not None:
        assert WorkerIdentity.parse(str(identity)) == identity


@pytest.mark.parametrize(
    "text", ["", "host", "host#12", "host#x@1", "host#1@x", "host#-1@1", "#@", "host#\u00b2@\u00b2"]
)
def test_a_text_that_names_no_process_is_none(text: str) -> None:
    """Missing and strange parts."""
    assert WorkerIdentity.parse(text) is None


def test_this_process_lives() -> None:
    """Its identity is stable and not dead."""
    me = WorkerIdentity.of_this_process()
    assert me == WorkerIdentity.of_this_process()
    assert (me.host, me.pid, me.is_dead()) == (socket.gethostname(), os.getpid(), False)


def test_another_process_with_this_ones_id_is_dead() -> None:
    """It was created at another time."""
    me = WorkerIdentity.of_this_process()
    assert WorkerIdentity(me.host, me.pid, me.started - 1).is_dead()


def test_a_process_id_that_nobody_has_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system has no such process."""

    def gone(pid: int) -> None:
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(psutil, "Process", gone)
    assert WorkerIdentity(socket.gethostname(), 1, 1).is_dead()


def test_a_process_that_may_not_be_looked_at_is_not_certainly_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """In doubt its claims run out by themselves."""

    def hidden(pid: int) -> None:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", hidden)
    assert not WorkerIdentity(socket.gethostname(), 1, 1).is_dead()


def test_another_machines_process_is_not_certainly_dead() -> None:
    """Nobody can know from here."""
    me = WorkerIdentity.of_this_process()
    assert not WorkerIdentity("elsewhere", me.pid, me.started - 1).is_dead()
