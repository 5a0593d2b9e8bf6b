"""A client of the AWS SDK whose requests go to machines that the operator allows.

The SDK makes and signs a request; it is sent by the same client as all others over HTTP. Nothing is read
from the environment or from a user's files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
import botocore.session
import httpx
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.loaders import Loader

from barbican_like.common import checked_http
from barbican_like.common.hosts import Hosts
from barbican_like.workqueue import reaching
from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.protocols.certificates import trusting
from barbican_like.workqueue.protocols.visible import require_visible

_STEP_SECONDS: Final = 60.0  # to connect, to send a part, to wait for one
_PATIENCE: Final = 600.0  # seconds for what a site does by itself with much data
_STEP: Final = 2**20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Address:
    """Where a site is, and how it is spoken to."""

    endpoint: str  # scheme, host and port
    bucket: str
    prefix: bytes = b""  # without a slash at either end
    region: str
    path_style: bool = True
    ca_cert: str | None = None  # PEM; None: the system's authorities


class Connection:
    """A client, and the connections that it uses.

    :param credential: ``access_key``, ``secret_key`` and perhaps ``session_token``.
    """

    def __init__(self, address: S3Address, hosts: Hosts, credential: Mapping[str, str]) -> None:
        require_visible(*credential.values())
        self._transport = checked_http.CheckedTransport(hosts, trusting(address.ca_cert), waiting=Waiting)
        self._http = checked_http.over(self._transport, seconds=_STEP_SECONDS)
        self.client = _client(address, credential)
        self.client.meta.events.register("before-send.s3", self._send)
        self.client.meta.events.register("before-parameter-build.s3", _stay)

    def close(self) -> None:
        """End every connection; what waits for one fails. Any thread may call this."""
        self._transport.break_off()
        self._transport.close()

    def _send(self, request: AWSPreparedRequest, **_more: object) -> AWSResponse:
        """The answer to a request, its body unread.

        :raises TransferFailed: where there is none and never will be.
        :raises ConnectionClosedError: where the SDK may try once more.
        """
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() != "expect"}
        slow = request.method == "POST" or "x-amz-copy-source" in {name.lower() for name in headers}
        sent = self._http.build_request(
            request.method,
            request.url,
            headers=headers,
            content=_content(request.body),
            timeout=httpx.Timeout(_STEP_SECONDS, read=_PATIENCE if slow else _STEP_SECONDS),
        )
        with reaching.over_http("the site"):
            try:
                answer = self._http.send(sent, stream=True)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
                raise ConnectionClosedError(endpoint_url="the site") from error
        return AWSResponse(str(sent.url), answer.status_code, dict(answer.headers), _Raw(answer))


def _stay(context: dict[str, Any], **_more: object) -> None:
    """Let the SDK follow no redirect: it asks the site where to, which a site may answer with another."""
    context.setdefault("s3_redirect", {})["redirected"] = True


class _Raw:
    """A body as the SDK reads it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self._parts = answer.iter_raw()

    def read(self, amount: int | None = None) -> bytes:
        """The next bytes, as many as there are at once; all of them where no amount is said."""
        return next(self._parts, b"") if amount is not None else b"".join(self._parts)

    def stream(self) -> Iterator[bytes]:
        """All of them."""
        with reaching.over_http("the site"):
            yield from self._parts

    def close(self) -> None:
        """End; what is unread costs the connection."""
        self._answer.close()


@cache
def _loader() -> Loader:
    """The SDK's descriptions, read once a process."""
    return Loader(include_default_search_paths=True)


def _client(address: S3Address, credential: Mapping[str, str]) -> Any:
    session = botocore.session.Session()
    for name in ("config_file", "credentials_file"):
        session.set_config_variable(name, os.devnull)
    session.register_component("data_loader", _loader())
    return boto3.session.Session(botocore_session=session).client(
        "s3",
        region_name=address.region,
        endpoint_url=address.endpoint,
        aws_access_key_id=credential.get("access_key"),
        aws_secret_access_key=credential.get("secret_key"),
        aws_session_token=credential.get("session_token"),
        config=Config(
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if address.path_style else "virtual",
                "payload_signing_enabled": False,
            },
            retries={"total_max_attempts": 2, "mode": "standard"},
            # Many that speak S3 know no checksums in trailers.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _content(body: Any) -> bytes | Iterator[bytes] | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytearray) else _parts(body.read)


def _parts(read: Callable[[int], bytes]) -> Iterator[bytes]:
    return iter(lambda: read(_STEP), b"")
