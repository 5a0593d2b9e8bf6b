"""From an error to its HTTP answer: one table, one body.

The body of every error is ``{"code", "title", "description"}``. The text of an error that is not a
client's is never shown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

from barbican_like.common import errors, log

_LOG = logging.getLogger(__name__)

STATUS: dict[type[Exception], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.LengthRequired: HTTPStatus.LENGTH_REQUIRED,
    errors.RequestTimeout: HTTPStatus.REQUEST_TIMEOUT,
    errors.HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.TooManyFailures: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each branch of the tree; what stands on none of them is a 500."""

#: Python 3.13 calls it otherwise; clients read it in both the status line and the body.
_OWN_TITLES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as the caller sees it."""

    status: HTTPStatus
    description: str | None
    headers: tuple[tuple[str, str], ...] = ()
    members: Mapping[str, object] = field(default_factory=dict)  # what the body has besides
    error_member: bool = False  # add an "error" object, as clients of Keystone's own filter expect

    def body(self) -> bytes:
        """The JSON body."""
        code, title = self.status.value, title_of(self.status)
        shown: dict[str, object] = {"code": code, "title": title, "description": self.description}
        shown |= self.members
        if self.error_member:
            shown["error"] = {"code": code, "title": title, "message": self.description}
        return orjson.dumps(shown)


def problem_of(error: Exception, operation: str, request_id: str) -> Problem:
    """What to answer to ``error``; each is logged, one that is not the caller's with its traceback.

    :param operation: the operation's name as clients read it, such as ``Secret creation``.
    """
    status = status_of(error)
    if isinstance(error, errors.ClientError):
        note_refusal(status, operation, request_id)
        return client_problem(error, operation)
    if isinstance(error, errors.Overloaded):
        log.event(_LOG, "request.overloaded", logging.WARNING, request_id=request_id, reason=error.message)
        text = errors.sentence(operation, errors.Overloaded.default)
        return Problem(status=status, description=text, headers=(("Retry-After", "1"),))
    _LOG.error("request.failed operation=%s request_id=%s", operation, request_id, exc_info=error)
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        description=f"{operation} failure seen - please contact site administrator.",
    )


def client_problem(error: errors.ClientError, operation: str) -> Problem:
    """What to answer to an error that is the caller's, for who logs it in another way."""
    text = errors.sentence(operation, error.message) if error.names_operation else error.message
    return Problem(status=status_of(error), description=text, headers=_headers(error), members=error.members)


def title_of(status: HTTPStatus) -> str:
    """The status in words, the same ones in every version of Python."""
    return _OWN_TITLES.get(status, status.phrase)


def note_refusal(status: HTTPStatus, operation: str, request_id: str) -> None:
    """Log that a caller was refused; what was wrong is the caller's to know, and may be secret."""
    log.event(_LOG, "request.refused", status=status.value, request_id=request_id, operation=operation)


def status_of(error: Exception) -> HTTPStatus:
    """The status of an error's nearest ancestor in the table."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _headers(error: errors.ClientError) -> tuple[tuple[str, str], ...]:
    if isinstance(error, errors.MethodNotAllowed):
        return (("Allow", ", ".join(error.allow)),)
    if isinstance(error, errors.TooManyFailures):
        return (("Retry-After", str(error.seconds)),)
    return ()
