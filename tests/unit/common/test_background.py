"""Looks that are taken again and again, from a thread of their own."""

import logging
import threading

import pytest

from barbican_like.common.background import Rounds


class Third(Rounds):
    """Fails twice, then says that it has looked."""

    def __init__(self) -> None:
        super().__init__("third", 0.0)
        self.looks = 0
        self.looked = threading.Event()

    def look(self) -> None:
        """Look once."""
        self.looks += 1
        if self.looks < 3:
            raise OSError("secret")
        self.looked.set()


def test_a_look_that_fails_is_logged_without_its_text_and_the_next_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What failed is named by the kind of error; the third look is taken as if nothing had been."""
    rounds = Third()
    with caplog.at_level(logging.WARNING):
        rounds.start()
        assert rounds.looked.wait(10)
        rounds.stop()
    assert [record.getMessage() for record in caplog.records] == ["third.failed reason=OSError"] * 2


def test_after_a_stop_there_is_no_look() -> None:
    """Whoever has stopped it may close what it looks at."""
    rounds = Third()
    rounds.start()
    assert rounds.looked.wait(10)
    rounds.stop()
    looks = rounds.looks
    assert not rounds._thread.is_alive()
    assert rounds.looks == looks
