"""A password file in the format of Apache's htpasswd, of bcrypt passwords, read anew whenever it has changed.

A line is ``name:hash``, ``name:hash:project`` or ``name:hash:project:roles``. Without the third field the
project has the user's name, without the fourth the roles are ``member,reader``.
Empty lines and lines that begin with ``#`` say nothing.
"""

from __future__ import annotations

import logging
import re
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from barbican_like.common import log
from barbican_like.common.errors import ConfigurationError

_LOG = logging.getLogger(__name__)

# $2y$ is htpasswd's own mark, $2b$ that of most libraries. Cost 16 takes several seconds.
_HASH: Final = re.compile(r"\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f:]{1,255}")
_PROJECT: Final = re.compile(r"[^\s\x00-\x1f\x7f:]{1,255}")
_ROLES: Final = re.compile(r"[^\s\x00-\x1f\x7f:,]{1,255}(,[^\s\x00-\x1f\x7f:,]{1,255}){0,63}")
DEFAULT_ROLES: Final = frozenset({"member", "reader"})
"""Nobody is an admin whose line does not say so."""
_USUAL_COST: Final = 12
_SETTLED: Final = 1_000_000_000
"""Nanoseconds after which a further change surely shows in the time of the last one."""


@dataclass(frozen=True, slots=True)
class User:
    """One line of the file."""

    name: str
    stored: bytes = field(repr=False)  # the bcrypt hash
    project_id: str
    roles: frozenset[str] = DEFAULT_ROLES  # lower case

    @property
    def cost(self) -> int:
        """Of the hash: one more takes twice as long."""
        return int(self.stored[4:6])


@dataclass(frozen=True, slots=True)
class Users:
    """What the file said when it was read."""

    by_name: Mapping[str, User]
    cost: int  # the highest of all hashes
    signature: tuple[int, ...] | None  # of the file; None: read it again at once
    problems: tuple[str, ...] = ()

    @property
    def decoy(self) -> bytes:
        """A hash for a name that is not there."""
        return decoy(self.cost)


class PasswordFile:
    """The users of a password file, as it is now.

    :raises ConfigurationError: when the file cannot be read, others may write to it, or a line is wrong.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._users = self._read()
        if self._users.problems:
            raise ConfigurationError(self._users.problems[0])

    def users(self) -> Users:
        """Those of the file as it is now.

        Once the program runs, what is wrong is logged, and gives nobody access: a wrong line to its user,
        a file that is away or open to others to all.
        """
        known = self._users
        try:
            if self._signature() == known.signature:
                return known
            users = self._read()
        except ConfigurationError as error:
            users = Users({}, _USUAL_COST, None, (str(error),))
        self._users = users
        for problem in users.problems:
            if problem not in known.problems:  # or it would be logged at each request
                log.event(_LOG, "htpasswd.ignored", logging.ERROR, reason=problem)
        return users

    def _signature(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise ConfigurationError(f"[api] htpasswd_file {self._path}: {error.strerror}") from error
        if not stat.S_ISREG(found.st_mode):
            raise ConfigurationError(f"[api] htpasswd_file {self._path} is not a file")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigurationError(
                f"[api] htpasswd_file {self._path} may be written by others: run chmod go-w {self._path}"
            )
        return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev, found.st_mode

    def _read(self) -> Users:
        signature = self._signature()
        # A clock ticks in steps: a change right after this one might leave the same time behind.
        fresh = 0 <= time.time_ns() - signature[0] < _SETTLED
        try:
            text = self._path.read_text("utf-8")
        except OSError as error:
            raise ConfigurationError(f"[api] htpasswd_file {self._path}: {error.strerror}") from error
        except UnicodeError:
            raise ConfigurationError(f"[api] htpasswd_file {self._path} is not UTF-8") from None
        users: dict[str, User] = {}
        problems = []
        for number, line in _lines(text):
            read = _user(line, users)
            if isinstance(read, User):
                users[read.name] = read
            else:
                problems.append(f"[api] htpasswd_file {self._path} line {number}: {read}")
        cost = max((user.cost for user in users.values()), default=_USUAL_COST)
        return Users(users, cost, None if fresh else signature, tuple(problems))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if (trimmed := line.strip()) and not trimmed.startswith("#"):
            yield number, trimmed


def _user(line: str, known: Mapping[str, User]) -> User | str:
    """The user of a line, or what is wrong with it: never a part of it, which may be a password."""
    name, _, rest = line.partition(":")
    stored, third, rest = rest.partition(":")
    project_id, fourth, roles = rest.partition(":")
    if not _NAME.fullmatch(name):
        return "a name has 1 to 255 characters"
    if name in known:
        return "this name has a line already, which counts"
    if not _HASH.fullmatch(stored):
        return "only bcrypt passwords are taken, of cost 4 to 16: htpasswd -B -C 12"
    if third and not _PROJECT.fullmatch(project_id):
        return "a project has 1 to 255 characters, none of them a space or a colon"
    if fourth and not _ROLES.fullmatch(roles):
        return "roles are names with commas between them and without spaces"
    said = frozenset(roles.lower().split(",")) if fourth else DEFAULT_ROLES
    return User(name, stored.encode("ascii"), project_id or name, said)


def decoy(cost: int) -> bytes:
    """A hash that no password fits; to find that out takes as long as for any of this cost."""
    return b"$2b$%02d$" % cost + b"." * 53
