"""Connections to sites: what can be in their way, as faults of elements."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx

from barbican_like.common.breakable import Streams
from barbican_like.common.errors import HostRefused, HostUnknown
from barbican_like.common.hosts import Hosts
from barbican_like.workqueue.faults import ErrorCode, TransferFailed

_CONNECT_SECONDS: Final = 20.0


def connect(hosts: Hosts, host: str, port: int, streams: Streams) -> socket.socket:
    """A connection to a machine that the operator allows.

    :param streams: which, broken off, break this off.
    :raises TransferFailed: DENIED where none of its addresses is allowed, CONNECTION where none answers.
    """
    with _allowed():
        try:
            return streams.connect(lambda: hosts.connect(host, port, _CONNECT_SECONDS))
        except OSError as error:
            raise TransferFailed.transient(
                ErrorCode.CONNECTION, f"The site does not answer: {error.strerror or 'no answer in time'}"
            ) from error


@contextmanager
def over_http(shown: str) -> Iterator[None]:
    """Calls what is in the way of a request what it is to users."""
    with _allowed():
        try:
            yield
        except httpx.TimeoutException as error:
            raise TransferFailed.transient(
                ErrorCode.CONNECTION, f"{shown}: the site does not answer in time"
            ) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise TransferFailed.permanent(
                ErrorCode.UNSUPPORTED, f"{shown}: the site leads to what is no URL"
            ) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise failed(error, shown) from error


def failed(error: BaseException, shown: str) -> TransferFailed:
    """What an error of a connection is to users."""
    if _is_about_certificates(error):
        return TransferFailed.permanent(
            ErrorCode.HOST_KEY, "The site shows a certificate that no known authority has signed for its name"
        )
    return TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: the connection failed")


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except HostRefused as error:
        raise TransferFailed.permanent(
            ErrorCode.DENIED, "The operator allows no connection to that address ([workqueue] allowed_hosts)"
        ) from error
    except HostUnknown as error:
        raise TransferFailed.transient(ErrorCode.CONNECTION, "The site's name cannot be resolved") from error


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
