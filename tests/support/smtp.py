"""A mail server on this machine, which keeps what it is given and answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

from aiosmtpd.controller import Controller

from tests.support.ports import free_port

LONGEST_WAIT: Final = 60.0
"""Seconds after which a mail that does not come fails its test."""


class Postbox:
    """What a test sees of it.

    :param options: of aiosmtpd's server.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.answer: Callable[[EmailMessage], str] = lambda _: "250 taken"
        self._changed = threading.Condition()
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(  # noqa: N802  the library's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """One mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert envelope.rcpt_tos == [mail["To"]]
        answer = self.answer(mail)
        with self._changed:
            if answer.startswith("250"):
                self.mails.append(mail)
            self._changed.notify_all()
        return answer

    def to(self, recipient: str, count: int = 1) -> list[EmailMessage]:
        """The mails to somebody, as soon as there are so many."""

        def found() -> list[EmailMessage]:
            return [one for one in self.mails if one["To"] == recipient]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, LONGEST_WAIT), self.mails
            return found()


@contextmanager
def listening(**options: Any) -> Iterator[Postbox]:
    """A mail server that listens until the end of the block.

    :param options: of aiosmtpd's server.
    """
    box = Postbox(**options)
    box.start()
    try:
        yield box
    finally:
        box.stop()
