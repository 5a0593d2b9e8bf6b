"""A site over HTTP: requests below its root, with its credential, to machines that the operator allows.

Redirects of requests that only read are followed, each to an address that is looked at like the first; the
credential goes to the site's own machine and port only, and never from https to http.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

import httpx

from barbican_like.common import checked_http
from barbican_like.common.hosts import Hosts
from barbican_like.workqueue import paths, reaching
from barbican_like.workqueue.baton import Waiting
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.certificates import trusting
from barbican_like.workqueue.protocols.visible import require_visible
from barbican_like.workqueue.protocols.web_faults import failure

_STEP_SECONDS: Final = 60.0  # to connect, to send a part, to wait for one
_MOST_REDIRECTS: Final = 5
_LARGEST_ANSWER: Final = 2**20  # bytes of an answer that is no file
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REFUSALS: Final = frozenset({401, 403})
_READING: Final = frozenset({"GET", "HEAD", "PROPFIND"})
_REPEATABLE: Final = _READING | {"DELETE", "MKCOL"}
_SAFE: Final = "/~!$&'()*,;=:@"  # beside letters, digits and -._~ (RFC 3986, pchar)

Body = bytes | Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """Where a site is, and how it shows that it is itself."""

    url: str
    ca_cert: str | None = None  # PEM; None: the system's authorities


class Web:
    """Requests to one site.

    :param credential: ``username`` and ``password``, or ``token``, or nothing.
    :param look: the method that shows whether the site lets one in at its root.
    """

    def __init__(
        self, address: WebAddress, hosts: Hosts, credential: Mapping[str, str], *, look: str
    ) -> None:
        self._look = look
        parts = urlsplit(address.url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._own = _machine(httpx.URL(self._origin))
        self._root = unquote_to_bytes(parts.path).strip(b"/")
        self._shown = dict(_authorization(credential))
        self._transport = checked_http.CheckedTransport(hosts, trusting(address.ca_cert), waiting=Waiting)
        self._client = checked_http.over(self._transport, seconds=_STEP_SECONDS)

    def url(self, path: bytes, *, directory: bool = False) -> str:
        """The URL of a path below the root."""
        whole = quote(paths.join(self._root, path), safe=_SAFE)
        return f"{self._origin}/{whole}{'/' if directory and whole else ''}"

    def ask(
        self,
        method: str,
        path: bytes,
        headers: Mapping[str, str] | None = None,
        content: Body | None = None,
        *,
        directory: bool = False,
        seconds: float = _STEP_SECONDS,
    ) -> httpx.Response:
        """An answer, whatever its status, read to its end.

        :param seconds: to wait for it.
        :raises TransferFailed: where there is none.
        """
        with closing(
            self.begin(method, path, headers, content, directory=directory, seconds=seconds)
        ) as answer:
            with reaching.over_http(paths.text_of(path)):
                read = 0
                for part in answer.iter_raw():
                    read += len(part)
                    if read > _LARGEST_ANSWER:
                        break
            return answer

    def begin(
        self,
        method: str,
        path: bytes,
        headers: Mapping[str, str] | None = None,
        content: Body | None = None,
        *,
        directory: bool = False,
        seconds: float = _STEP_SECONDS,
    ) -> httpx.Response:
        """An answer whose body is not read yet; whoever asks closes it."""
        shown = paths.text_of(path) or "the site"
        with reaching.over_http(shown):
            url = httpx.URL(self.url(path, directory=directory))
        for _ in range(_MOST_REDIRECTS + 1):
            with reaching.over_http(shown):
                request = self._request(method, url, headers or {}, content, seconds)
                answer = self._send(request)
                if answer.status_code not in _REDIRECTS or method not in _READING:
                    return answer
                answer.close()
                url = _next(answer, url, shown)
        raise TransferFailed.permanent(ErrorCode.UNSUPPORTED, f"{shown}: the site leads on and on")

    def failure(self, answer: httpx.Response, path: bytes) -> TransferFailed:
        """What an answer that is no success is to users.

        A refusal at the root too is one of the credential: some sites say 403 of one that has expired.
        """
        is_shut_out = (
            answer.status_code in _REFUSALS and bool(self._shown) and self._is_shut_out(answer, path)
        )
        return failure(answer, path, is_shut_out=is_shut_out)

    def close(self) -> None:
        """End every connection; what waits for one fails. Any thread may call this."""
        self._transport.break_off()
        self._transport.close()

    def _is_shut_out(self, answer: httpx.Response, path: bytes) -> bool:
        if answer.status_code == httpx.codes.UNAUTHORIZED or not path:
            return True
        return self.ask(self._look, b"", {"Depth": "0"}, directory=True).status_code in _REFUSALS

    def _request(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: Body | None, seconds: float
    ) -> httpx.Request:
        shown = self._shown if _machine(url) == self._own else {}
        return self._client.build_request(
            method,
            url,
            headers={"Accept-Encoding": "identity", **headers, **shown},
            content=content,
            timeout=httpx.Timeout(_STEP_SECONDS, read=seconds),
        )

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Send it; once more where a connection was lost that had served before."""
        try:
            return self._client.send(request, stream=True)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if request.method not in _REPEATABLE:
                raise
        return self._client.send(request, stream=True)


def _machine(url: httpx.URL) -> tuple[str, str, int | None]:
    """Whose URL it is, however it is written."""
    return url.scheme, url.host, url.port


def _next(answer: httpx.Response, url: httpx.URL, shown: str) -> httpx.URL:
    """Where a redirect leads to."""
    target = url.join(answer.headers.get("Location", ""))
    if url.scheme == "https" and target.scheme != "https":
        raise TransferFailed.permanent(ErrorCode.DENIED, f"{shown}: the site leads from https to http")
    return target


def _authorization(credential: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if "token" in credential:
        require_visible(credential["token"])
        yield "Authorization", f"Bearer {credential['token']}"
    elif "username" in credential:
        pair = f"{credential['username']}:{credential['password']}".encode()
        yield "Authorization", f"Basic {base64.b64encode(pair).decode()}"
