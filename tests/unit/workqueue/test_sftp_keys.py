"""Keys and calls of SSH that come to nothing: what that is to users."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.sftp_calls import result_of
from barbican_like.workqueue.protocols.sftp_keys import host_keys, is_host_key, private_key

GOOD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlvX0ZVYF6T1D1tJ5vK0O7vZ1p3U9j0vT0v5x0pXxXx"
BAD = [GOOD[:-4], f"ssh-rsa {GOOD.split()[1]}", "ssh-ed25519 " + "A" * 68]


def test_a_host_key_is_one() -> None:
    assert is_host_key(GOOD)
    assert len(host_keys([GOOD])) == 1


@pytest.mark.parametrize("bad", BAD)
def test_a_host_key_that_is_none_fails_for_good(bad: str) -> None:
    assert not is_host_key(bad)
    with pytest.raises(TransferFailed) as failed:
        host_keys([GOOD, bad])
    assert (failed.value.fault.kind, failed.value.fault.code) == (ErrorClass.PERMANENT, ErrorCode.HOST_KEY)


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_a_private_key_that_is_none_waits_for_another(text: str) -> None:
    with pytest.raises(TransferFailed) as failed:
        private_key({"private_key": text})
    assert failed.value.fault.kind is ErrorClass.AUTH


def test_a_call_that_was_broken_off_is_a_lost_connection() -> None:
    broken: Future[None] = Future()
    broken.cancel()
    with pytest.raises(TransferFailed) as failed:
        result_of(broken, "x")
    assert failed.value.fault.code is ErrorCode.CONNECTION
