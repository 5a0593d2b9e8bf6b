"""Wake-ups of gateways: each is told after a commit, a burst is told of as one, and nobody waits for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like.activity.feed.waking import FeedListener, FeedWaker

SOON = 10.0


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[FeedListener]:
    made = FeedListener(tmp_path / "feed", "one")
    yield made
    made.close()


def test_every_listener_is_woken(tmp_path: Path, listener: FeedListener) -> None:
    other = FeedListener(tmp_path / "feed", "other")
    FeedWaker(tmp_path / "feed").wake()
    assert listener.wait(SOON)
    assert other.wait(SOON)
    other.close()


def test_a_burst_is_two_wake_ups_the_second_after_its_end(tmp_path: Path, listener: FeedListener) -> None:
    waker = FeedWaker(tmp_path / "feed")
    for _ in range(500):
        waker.wake()
    assert listener.wait(SOON)
    assert listener.wait(SOON)
    assert not listener.wait(0.05)


def test_without_a_listener_nothing_is_sent(tmp_path: Path) -> None:
    waker = FeedWaker(tmp_path / "nowhere")
    begun = time.monotonic()
    for _ in range(1_000):
        waker.wake()
    assert time.monotonic() - begun < SOON


def test_one_that_is_gone_or_full_hinders_nobody(tmp_path: Path, listener: FeedListener) -> None:
    gone = FeedListener(tmp_path / "feed", "gone")
    waker = FeedWaker(tmp_path / "feed")
    waker.wake()
    gone.close()
    assert listener.wait(SOON)
    for _ in range(2_000):
        waker._send()  # more than a socket's buffer holds
    assert listener.wait(SOON)


def test_a_wait_ends_with_its_time_or_when_it_is_interrupted(listener: FeedListener) -> None:
    assert not listener.wait(0.01)
    listener.interrupt()
    assert listener.wait(SOON)


def test_a_folder_with_a_long_path_is_as_good(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120) / "feed"
    listener = FeedListener(folder, "one")
    FeedWaker(folder).wake()
    assert listener.wait(SOON)
    assert (folder.stat().st_mode & 0o777, (folder / "one.sock").stat().st_mode & 0o777) == (0o700, 0o600)
    listener.close()
