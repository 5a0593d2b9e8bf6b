"""One item to one target: the request, and what its answer means."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import httpx

from barbican_like.activity.subscriptions import signing
from barbican_like.common import checked_http
from barbican_like.common.errors import HostRefused, HostUnknown
from barbican_like.common.hosts import Hosts

_SECONDS: Final = 10.0  # for a receiver to take an item
_READ: Final = 65_536  # bytes of an answer, of which nothing is kept: so the connection can be used again
_HEADERS: Final = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    "user-agent": "barbican-like",
    "accept-encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an item."""

    problem: str | None = None  # None: it was taken
    is_gone: bool = False  # the receiver wants no more


class Sender:
    """Connections of one thread to one target after the other.

    :param hosts: the machines that may be connected to.
    :param verify: what certificates are held against.
    """

    def __init__(self, hosts: Hosts, verify: ssl.SSLContext) -> None:
        self._client = checked_http.client(hosts, seconds=_SECONDS, whole=_SECONDS, verify=verify)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def send(self, target: str, message_id: str, body: bytes, keys: Sequence[bytes]) -> Answer:
        """Deliver an item, or say what was wrong. It never raises for what the target does.

        :param message_id: the same in every try.
        """
        headers = _HEADERS | signing.headers(message_id, int(time.time()), body, keys)
        try:
            with self._client.stream("POST", target, content=body, headers=headers) as answer:
                self._drain(answer)
                return _meaning(answer.status_code)
        except (HostRefused, HostUnknown) as error:
            return Answer(error.message)
        except httpx.TimeoutException:
            return Answer(f"The target did not answer within {_SECONDS:.0f} seconds")
        except httpx.TransportError as error:
            return Answer(_trouble(error))

    def _drain(self, answer: httpx.Response) -> None:
        """Read a short answer to its end. What it says is known by then, so its troubles do not matter."""
        read = 0
        with suppress(httpx.TransportError):
            for part in answer.iter_raw():
                read += len(part)
                if read > _READ:
                    return


def _meaning(status: int) -> Answer:
    if HTTPStatus(200) <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer()
    if status == HTTPStatus.GONE:
        return Answer("The target answered 410: it wants no more", is_gone=True)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Answer(f"The target answered {status}: redirects are not followed")
    return Answer(f"The target answered {status}")


def _trouble(error: httpx.TransportError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "The target's certificate is not valid"
    if isinstance(error, httpx.ConnectError):
        return "The target cannot be connected to"
    return "The target broke off the connection"
