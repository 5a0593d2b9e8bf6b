"""The filter for HTTP basic authentication (RFC 7617) against an htpasswd file of bcrypt passwords."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import bcrypt

from barbican_like.common import log
from barbican_like.http.context import RequestContext
from barbican_like.http.middleware.context import Context
from barbican_like.http.middleware.htpasswd import PasswordFile, User
from barbican_like.http.middleware.verified import VerifiedPasswords
from barbican_like.http.problems import Problem

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

    :param file: the htpasswd file; looked at each request, so that a change counts at once.
    :raises ConfigurationError: when the file is not to be trusted; see :class:`PasswordFile`.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], file: Path) -> None:
        super().__init__(application)
        self._file = PasswordFile(file)
        self._verified = VerifiedPasswords()

    def identify(self, environ: dict[str, Any], request_id: str) -> RequestContext | Problem:
        """Whoever knows a password of the file."""
        # Taken out, so that nothing further down comes to know a password.
        given = credentials(environ.pop("HTTP_AUTHORIZATION", ""))
        if given is None:
            return _REFUSED
        user = self._verify(*given, request_id=request_id)
        if user is None:
            return _REFUSED
        return RequestContext(
            request_id=request_id,
            project_id=user.project_id,
            user_id=user.name,
            roles=user.roles,
            is_admin="admin" in user.roles,
        )

    def _verify(self, name: str, password: bytes, *, request_id: str) -> User | None:
        users = self._file.users()
        user = users.by_name.get(name)
        if user is not None and self._verified.holds(user, password):
            return user
        # An unknown user's password is checked as well, or the time would tell which names there are.
        matches = bcrypt.checkpw(password, users.decoy if user is None else user.stored)
        if user is None or not matches:
            # An unknown name is not logged: it may be a password in the wrong place.
            log.event(_LOG, "basic.refused", request_id=request_id, user="unknown" if user is None else name)
            return None
        self._verified.remember(user, password)
        return user


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
