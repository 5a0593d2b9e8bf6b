"""The request as handlers see it: parsed lazily, each part once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
import webob
from webob.acceptparse import create_accept_header

from barbican_like.common.errors import InvalidInput, LengthRequired, NotAcceptable, TooLarge
from barbican_like.common.lazy import lazy
from barbican_like.http import query
from barbican_like.http.context import ENVIRON_KEY, RequestContext
from barbican_like.http.frame import Frame
from barbican_like.model.models import Page
from barbican_like.model.unit_of_work import Reading, UnitOfWork

_JSON_ACCEPTS = frozenset({None, "", "*/*", "application/json"})
_PART: Final = 65_536  # bytes
_DISCARDED: Final = 2**25  # bytes of a body that is too large; more than that breaks the connection


class Request(webob.Request):  # type: ignore[misc]  # webob has no types
    """One request. ``frame``, ``view``, ``uow`` and ``minor`` are set before a handler runs."""

    # Plain attributes, declared so that webob does not look for them in the environment.
    pecan: dict[str, Any] = {}  # noqa: RUF012  pecan's own per-request notes
    context: Any = None  # pecan's; ours is ``caller``
    frame: Frame = None  # type: ignore[assignment]
    view: Reading = None  # type: ignore[assignment]  # sees what is committed
    uow: UnitOfWork = None  # type: ignore[assignment]  # the one transaction, committed after the handler
    minor: int = 0  # the microversion
    reference_base: str = ""  # what references begin with, once it was asked for

    @property
    def caller(self) -> RequestContext:
        """Who calls."""
        caller: RequestContext = self.environ[ENVIRON_KEY]
        return caller

    @lazy
    def query(self) -> dict[str, str]:
        """The query's parameters.

        :raises BadQuery: when they cannot be read.
        """
        return query.parse(self.environ.get("QUERY_STRING", ""))

    @lazy
    def filters(self) -> dict[str, str]:
        """The query's parameters that have a value: a list's filter without one is none.

        :raises BadQuery: when they cannot be read.
        """
        return {name: text for name, text in self.query.items() if text}

    @lazy
    def page(self) -> Page:
        """The part of a list that is asked for."""
        limits = self.frame.limits
        return query.page(self.query, default=limits.default_page, most=limits.largest_page)

    @property
    def accept_text(self) -> str | None:
        """The Accept header, None where there is none."""
        text: str | None = self.environ.get("HTTP_ACCEPT")
        return text

    def require_json_accept(self) -> None:
        """Do nothing when the caller takes JSON.

        :raises NotAcceptable: when it does not.
        """
        if self.accept_text not in _JSON_ACCEPTS and not self.acceptable(["application/json"]):
            raise NotAcceptable

    def acceptable(self, offers: list[str]) -> list[str]:
        """Those of the offers that the caller takes, the most wanted first."""
        accept = create_accept_header(self.accept_text)
        return [offer for offer, _quality in accept.acceptable_offers(offers)]

    @property
    def media_type(self) -> str:
        """The body's Content-Type without its parameters, lower case; empty where there is none."""
        text: str = self.environ.get("CONTENT_TYPE") or ""
        return text.partition(";")[0].strip().lower()

    def require_length(self) -> None:
        """Do nothing when the caller says how long the body is.

        :raises LengthRequired: when it does not: a server may hand on a chunked body that broke off as if
            it were whole.
        """
        if self._declared_length() is None and self.environ.get("wsgi.input_terminated"):
            raise LengthRequired

    def read_body(self) -> bytes:
        """The whole body.

        :raises InvalidInput: when less arrives than was announced.
        :raises TooLarge: when it is over the configured limit. The rest is read and thrown away, within
            reason: a caller that finds its connection broken while it sends never sees the answer.
        """
        limit = self.frame.limits.request_bytes
        length = self._declared_length()
        if length is None and not self.environ.get("wsgi.input_terminated"):
            return b""
        content = b"".join(self._parts(limit + 1 if length is None else min(length, limit + 1)))
        if len(content) <= limit:
            if length is not None and len(content) < length:
                raise InvalidInput("The body is shorter than its Content-Length")
            return content
        for _ in self._parts(_DISCARDED if length is None else min(length - len(content), _DISCARDED)):
            continue
        raise TooLarge

    def _parts(self, wanted: int) -> Iterator[bytes]:
        """The next bytes of the body, as many as wanted, or all there are."""
        source = self.environ["wsgi.input"]
        while wanted > 0 and (part := source.read(min(wanted, _PART))):
            wanted -= len(part)
            yield part

    @lazy
    def body_json(self) -> Any:
        """The body as JSON.

        :raises InvalidInput: when it is none (RFC 8259, UTF-8).
        """
        try:
            return orjson.loads(self.read_body())
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"Malformed JSON: {error.msg} at character {error.pos}") from None

    def _declared_length(self) -> int | None:
        text = self.environ.get("CONTENT_LENGTH")
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            raise InvalidInput("Content-Length is not a number")
        return int(text[:20])
