"""Asks Keystone for a token on behalf of the page, slower and slower for those who guess.

The token goes to the page and is kept by it alone: nothing of it stays here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from barbican_like.common.errors import NotAuthenticated, TooManyFailures
from barbican_like.http.middleware.brake import Brake, caller_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """A user's name and password for a project."""

    user: str
    password: str = field(repr=False)
    project: str
    domain: str  # the id or name of both


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that the user has already."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a page may call with, and for how long."""

    token: str = field(repr=False)
    user: str  # the name
    project_id: str
    project: str  # the name
    expires_at: datetime


class Identity(Protocol):
    """Who vouches for users."""

    def by_password(self, given: Password) -> Session | None:
        """A new session; None for a wrong name, password or project.

        :raises Overloaded: when nobody answers.
        """

    def by_token(self, given: Token) -> Session | None:
        """The session of a token; None where it is good for nothing here.

        :raises Overloaded: when nobody answers.
        """


class SignIn:
    """Signs users in.

    :param identity: is asked unless there were too many failures.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._names = Brake(free=5, seconds=10)
        self._callers = Brake(free=20, seconds=3)

    def session(self, given: Password | Token, address: str) -> Session:
        """What the page may call with.

        :param address: where the request comes from.
        :raises NotAuthenticated: for a wrong name, password, project or token.
        :raises TooManyFailures: when there were too many of these from there.
        :raises Overloaded: when Keystone does not answer.
        """
        caller = caller_of(address)
        pair = (given.user if isinstance(given, Password) else None, caller)
        wait = max(self._names.wait(pair), self._callers.wait(caller))
        if wait:
            raise TooManyFailures(math.ceil(wait))
        asked = self._identity
        found = asked.by_password(given) if isinstance(given, Password) else asked.by_token(given)
        if found is None:
            self._names.failed(pair)
            self._callers.failed(caller)
            raise NotAuthenticated("Keystone does not know this user, password, project or token.")
        return found
