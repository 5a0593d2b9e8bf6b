"""Filters that say who calls, where no service vouches for it."""

from __future__ import annotations

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

from oslo_middleware.request_id import GLOBAL_REQ_ID, ID_FORMAT

from barbican_like.common import ids, log
from barbican_like.common.errors import InvalidInput
from barbican_like.http import microversion
from barbican_like.http.context import ENVIRON_KEY, RequestContext
from barbican_like.http.problems import Problem, note_refusal, title_of

WsgiApp = Callable[..., Iterable[bytes]]
_LOG = logging.getLogger(__name__)
_LONGEST_ID = 255
_INBOUND_ID: Final = "HTTP_X_OPENSTACK_REQUEST_ID"
_GLOBAL_ID: Final = re.compile(ID_FORMAT)
EVERY_ROLE: Final = frozenset(
    {"admin", "member", "reader", "creator", "observer", "audit", "key-manager:service-admin"}
)
"""Those that the policies' defaults speak of."""


class HearsRefusals(ABC):
    """A filter that is told who is not let in, where it stands right behind the context."""

    @abstractmethod
    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass on who is let in."""

    @abstractmethod
    def refused(
        self, environ: dict[str, Any], start_response: Callable[..., Any], refusal: Refusal
    ) -> Iterable[bytes]:
        """Let ``refusal`` answer."""


class Refusal:
    """A WSGI application that answers a problem, for one request.

    :param behind: what the request would have come to next.
    """

    def __init__(self, problem: Problem, request_id: str, behind: WsgiApp) -> None:
        self._problem = problem
        self.request_id = request_id
        self._behind = behind

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Log, then answer, heard by whoever stands behind to hear it."""
        if self._problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            note_refusal(self._problem.status, "Authentication", self.request_id)
        if isinstance(self._behind, HearsRefusals):
            return self._behind.refused(environ, start_response, self)
        return self.answer(start_response)

    def answer(self, start_response: Callable[..., Any]) -> list[bytes]:
        """Nothing but the answer."""
        problem, content = self._problem, self._problem.body()
        start_response(
            f"{problem.status.value} {title_of(problem.status)}",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(content))),
                ("x-openstack-request-id", self.request_id),
                *microversion.headers(microversion.MIN_MINOR),
                *problem.headers,
            ],
        )
        return [content]


class Context:
    """A filter that leaves a RequestContext in the environment, or answers by itself.

    :param application: what comes next.
    """

    def __init__(self, application: WsgiApp) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Find out who calls, then hand on."""
        request_id = f"req-{ids.new_id()}"
        found = self.identify(environ, request_id)
        if isinstance(found, Problem):
            refusal = Refusal(found, request_id, self._application)
            return refusal(environ, start_response)
        environ[ENVIRON_KEY] = found
        if _INBOUND_ID in environ and found.project_id:
            note_global_id(environ, request_id)
        return self._application(environ, start_response)

    def identify(self, environ: dict[str, Any], request_id: str) -> RequestContext | Problem:
        """Who calls, or why nobody may."""
        raise NotImplementedError


class AnonymousContext(Context):
    """For what needs no caller: the version document, and metrics where they are open."""

    def identify(self, environ: dict[str, Any], request_id: str) -> RequestContext:
        """Nobody."""
        return RequestContext(request_id=request_id, project_id="", is_anonymous=True)


class UnauthenticatedContext(Context):
    """Believes the headers, so it is for loopback and for tests only.

    X-Project-Id is needed; X-User-Id and X-Roles may be left out. Without X-Roles the caller has every role,
    which opens nothing of another project.
    """

    def identify(self, environ: dict[str, Any], request_id: str) -> RequestContext | Problem:
        """Whoever the headers say."""
        try:
            project_id = header(environ, "HTTP_X_PROJECT_ID", "X-Project-Id")
            if project_id is None:
                return Problem(status=HTTPStatus.BAD_REQUEST, description="Missing X-Project-Id")
            roles = roles_of(environ.get("HTTP_X_ROLES", ""))
            return RequestContext(
                request_id=request_id,
                project_id=project_id,
                user_id=header(environ, "HTTP_X_USER_ID", "X-User-Id"),
                roles=roles or EVERY_ROLE,
                is_admin="admin" in roles or not roles,
                confined=not roles,
                domain_id=header(environ, "HTTP_X_DOMAIN_ID", "X-Domain-Id"),
                user_domain_id=header(environ, "HTTP_X_USER_DOMAIN_ID", "X-User-Domain-Id"),
                project_domain_id=header(environ, "HTTP_X_PROJECT_DOMAIN_ID", "X-Project-Domain-Id"),
            )
        except InvalidInput as error:
            return Problem(status=HTTPStatus.BAD_REQUEST, description=error.message)


def note_global_id(environ: dict[str, Any], request_id: str) -> None:
    """Log the id that the caller gave the request next to ours, and leave it for the audit filter.

    Nothing else is done with it; an id of another form than req-<uuid> is dropped.
    """
    given: str = environ[_INBOUND_ID]
    if _GLOBAL_ID.fullmatch(given):
        environ[GLOBAL_REQ_ID] = given
        log.event(_LOG, "request.known_as", request_id=request_id, global_request_id=given)


def header(environ: dict[str, Any], key: str, name: str) -> str | None:
    """An identifier from a header, None where it is absent or blank.

    :raises InvalidInput: when it is longer than an identifier may be, or not UTF-8.
    """
    value: str | None = environ.get(key)
    if value is None or not value.strip():
        return None
    try:
        text = value.strip().encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise InvalidInput(f"{name} is not UTF-8") from None
    if len(text) > _LONGEST_ID or "\x00" in text:
        raise InvalidInput(f"{name} is too long: at most {_LONGEST_ID} characters are allowed")
    return text


def roles_of(text: str) -> frozenset[str]:
    """Roles from a comma-separated header, lower case."""
    return frozenset(role.strip().lower() for role in text.split(",") if role.strip())
