"""The loop of a connection that one thread uses while another breaks it off."""

from __future__ import annotations

import threading

import pytest

from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.loop import Loop
from barbican_like.workqueue.protocols.sftp_calls import result_of

ROUNDS = 300
BOUND = 1.0  # seconds


async def nothing() -> None:
    """A call that is done at once."""


def use(loop: Loop, ends: list[str]) -> None:
    """Make calls until one fails; then close it, as whoever uses it does."""
    try:
        while True:
            result_of(loop.begin(nothing()), "x")
    except TransferFailed as error:
        ends.append(error.fault.code)
    loop.close()


def test_a_call_ends_whenever_the_loop_is_closed_by_another_thread() -> None:
    """Else the slot would wait a minute, or for ever, for a call that nobody makes."""
    for number in range(ROUNDS):
        loop, ends = Loop(f"round-{number}"), []
        threads = [
            threading.Thread(target=use, args=(loop, ends), daemon=True),
            threading.Thread(target=loop.close, daemon=True),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(BOUND)
            assert not thread.is_alive(), number
        assert ends == [ErrorCode.CONNECTION]


def test_what_is_begun_after_the_end_fails() -> None:
    loop = Loop("closed")
    loop.close()
    loop.close()
    loop.call(print)
    with pytest.raises(TransferFailed) as failed:
        loop.begin(nothing())
    assert failed.value.fault.code is ErrorCode.CONNECTION
