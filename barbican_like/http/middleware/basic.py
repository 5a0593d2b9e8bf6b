"""The filter for HTTP basic authentication (RFC 7617) against an htpasswd file of bcrypt passwords."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from barbican_like.common import log
from barbican_like.common.errors import Overloaded, TooManyFailures
from barbican_like.http.context import RequestContext
from barbican_like.http.middleware.context import Context
from barbican_like.http.middleware.holding import Holding
from barbican_like.http.middleware.passwords import Passwords
from barbican_like.http.problems import Problem, client_problem, problem_of

_LOG = logging.getLogger(__name__)
_REFUSED: Final = Problem(
    status=HTTPStatus.UNAUTHORIZED,
    description="The request you have made requires authentication.",
    headers=(("WWW-Authenticate", 'Basic realm="barbican", charset="UTF-8"'),),
)
_LONGEST_PASSWORD: Final = 72
"""Bytes: bcrypt looks no further, so a longer password is not the one that was stored."""


class BasicContext(Context):
    """Each user has the roles in the project that the file names: a header may choose neither.

    :param file: the htpasswd file.
    :raises ConfigurationError: when the file is not to be trusted; see :class:`PasswordFile`.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], file: Path) -> None:
        super().__init__(application)
        self._passwords = Passwords(file)
        self._holding = Holding()

    def identify(self, environ: dict[str, Any], request_id: str) -> RequestContext | Problem:
        """Whoever knows a password of the file."""
        # Taken out, so that nothing further down comes to know a password.
        given = credentials(environ.pop("HTTP_AUTHORIZATION", ""))
        if given is None:
            return _REFUSED
        try:
            user = self._passwords.user(*given, address=environ.get("REMOTE_ADDR", ""))
        except TooManyFailures as error:
            self._holding.hold()
            return client_problem(error, "Authentication")
        except Overloaded as error:
            self._holding.hold()
            return problem_of(error, "Authentication", request_id)
        if user is None:
            # An unknown name is not logged: it may be a password in the wrong place.
            known = given[0] if self._passwords.knows(given[0]) else "unknown"
            log.event(_LOG, "basic.refused", request_id=request_id, user=known)
            return _REFUSED
        return RequestContext(
            request_id=request_id,
            project_id=user.project_id,
            user_id=user.name,
            roles=user.roles,
            is_admin="admin" in user.roles,
        )


def credentials(header: str) -> tuple[str, bytes] | None:
    """Name and password of an Authorization header; None where it has none that could be right."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
        text = name.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return (text, password) if colon and len(password) <= _LONGEST_PASSWORD else None
