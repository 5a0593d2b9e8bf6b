"""Whose password was given: what is remembered, the brake on those who guess, and bcrypt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import bcrypt

from barbican_like.common.errors import TooManyFailures
from barbican_like.http.middleware.brake import Brake, caller_of
from barbican_like.http.middleware.hashing import Hashing
from barbican_like.http.middleware.htpasswd import PasswordFile, User, Users, decoy
from barbican_like.http.middleware.verified import VerifiedPasswords


@dataclass(frozen=True, slots=True)
class _Given:
    """What a request says of who calls."""

    name: str
    password: bytes = field(repr=False)
    caller: str  # where it comes from

    @property
    def pair(self) -> tuple[str, str]:
        """What failures with a name count for: they slow down nobody who uses it from elsewhere."""
        return self.name, self.caller


class Passwords:
    """The users of a password file by their passwords.

    :param file: the htpasswd file; looked at each request, so that a change counts at once.
    :raises ConfigurationError: when the file is not to be trusted; see :class:`PasswordFile`.
    """

    def __init__(self, file: Path) -> None:
        self._file = PasswordFile(file)
        self._verified = VerifiedPasswords()
        self._names = Brake(free=5, seconds=10)
        self._callers = Brake(free=20, seconds=3)
        self._hashing = Hashing()

    def user(self, name: str, password: bytes, address: str) -> User | None:
        """Whose name and password these are; None: nobody's.

        :param address: where the request comes from.
        :raises TooManyFailures: when there were too many from there.
        :raises Overloaded: when as many passwords wait to be looked at as may.
        """
        given = _Given(name, password, caller_of(address))
        known = self._remembered(given)
        if known:
            return known
        what = self._verified.digest(User(name, b"", ""), password)
        return self._hashing.work(given.caller, what, partial(self._check, given))

    def knows(self, name: str) -> bool:
        """Whether a line has this name."""
        return name in self._file.users().by_name

    def _remembered(self, given: _Given) -> User | None:
        """The user, if bcrypt need not be asked.

        Who has proved the password lately goes past the brake, or a client with an outdated password would
        hold up the others of its machine. Somebody who tries many passwords does not: asking would be free.
        """
        users = self._file.users()
        user = users.by_name.get(given.name)
        digest = self._verified.digest(user or User(given.name, users.decoy, ""), given.password)
        wait = max(self._names.wait(given.pair), self._callers.wait(given.caller))
        if user and self._verified.holds(user, digest) and not (wait and self._names.guesses(given.pair)):
            return user
        if wait:
            self._names.tried(given.pair, digest)
            raise TooManyFailures(math.ceil(wait))
        return None

    def _check(self, given: _Given) -> User | None:
        """On the thread for it, where one comes after the other: each sees what the one before has found."""
        known = self._remembered(given)
        if known:
            return known
        users = self._file.users()
        user = users.by_name.get(given.name)
        if user and bcrypt.checkpw(given.password, user.stored):
            self._verified.remember(user, self._verified.digest(user, given.password))
            return user
        _take_as_long_as_for_any(given.password, user, users)
        self._names.failed(given.pair)
        self._callers.failed(given.caller)
        return None


def _take_as_long_as_for_any(password: bytes, user: User | None, users: Users) -> None:
    """After a wrong password: so that the time tells neither which names there are nor whose hash is cheap.

    A cost of one more takes twice as long, so with all costs from the user's own up to the highest, the last
    left out, and the user's own once more, it is as long as for the highest.
    """
    if user is None:
        bcrypt.checkpw(password, users.decoy)
        return
    for cost in range(user.cost, users.cost):
        bcrypt.checkpw(password, decoy(cost))
