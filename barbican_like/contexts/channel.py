"""The channel between the supervisor and a service: a SOCK_SEQPACKET pair, one JSON object a message.

The service's end is descriptor :data:`DESCRIPTOR`, which the variable :data:`VARIABLE` says too. A message
has at most :data:`LARGEST` bytes and a word that says what it is. None carries an id: the channel says who
speaks.

========== ========= =====================================================================================
word       from      with
========== ========= =====================================================================================
hello      supervisor ``service`` (the definition, as :meth:`Context.as_json` has it), ``transaction``,
                     ``context_id``, ``life`` (how often it was started); the first message
stop       supervisor nothing: to a thread service, as SIGTERM is to a process
start      supervisor to a host of threads: as ``hello``, and one descriptor (SCM_RIGHTS), the channel of that
                     service
announce   supervisor to the bus: ``topic``, ``message`` (header and content)
top        supervisor to the bus: ``number``, ``transaction``, ``tasks`` (pid by id), ``with``
ready      service   nothing: it is RUNNING
updated    service   ``items``: its trigger on_update fires
beat       service   nothing: it lives (any other message says so too)
ended      service   ``code``, ``reason``: of a thread service, its last word
top        service   of the bus: ``number`` of the question, ``services``
========== ========= =====================================================================================

The end of the channel is the end of the other side: a service whose supervisor is gone closes, and kills its
own group when ``stop_seconds`` have passed; a service that closes its end has that long to end.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
from collections.abc import MutableMapping
from typing import Any, Final

VARIABLE: Final = "BARBICAN_CHANNEL"
DESCRIPTOR: Final = 3
LARGEST: Final = 65_536
"""Bytes of one message."""


class TooLarge(ValueError):
    """A message above :data:`LARGEST`."""


def encode(word: str, **fields: object) -> bytes:
    """One message.

    :raises TooLarge: when it has too many bytes.
    """
    data = json.dumps({"word": word, **fields}, separators=(",", ":")).encode()
    if len(data) > LARGEST:
        raise TooLarge(f"a message {word} of {len(data)} bytes: at most {LARGEST} fit")
    return data


def decode(data: bytes) -> dict[str, Any] | None:
    """What a message says; None for what is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("word"), str) else None


class Channel:
    """The service's end. Sending may be done by any thread; one thread receives."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, word: str, **fields: object) -> bool:
        """Say something; whether the supervisor is still there to hear it.

        :raises TooLarge: for too many bytes.
        """
        try:
            self._socket.send(encode(word, **fields))
        except OSError:
            return False
        return True

    def receive(self) -> tuple[dict[str, Any], list[int]] | None:
        """The next message with the descriptors that came along; None when the supervisor is gone."""
        while True:
            try:
                data, passed, _, _ = self._socket.recvmsg(LARGEST, socket.CMSG_SPACE(8))
            except ConnectionError:
                return None
            descriptors = array.array("i")
            for _level, _kind, numbers in passed:
                descriptors.frombytes(numbers[: len(numbers) - len(numbers) % descriptors.itemsize])
            if not data:
                return None
            message = decode(data)
            if message is not None:
                return message, list(descriptors)

    def hear_no_more(self) -> None:
        """Let :meth:`receive` give what has come by now, and then None."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Close this end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def inherited(environment: MutableMapping[str, str] | None = None) -> Channel | None:
    """The channel that this process was started with; None where no supervisor has started it.

    It is not handed on to programs that this process starts.
    """
    number = (os.environ if environment is None else environment).pop(VARIABLE, "")
    if not number.isdigit():
        return None
    try:
        end = socket.socket(fileno=int(number))
    except OSError:
        return None
    if (end.family, end.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
        end.detach()
        return None
    end.set_inheritable(False)
    return Channel(end)
