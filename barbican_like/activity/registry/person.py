"""Whom the feed is read for, as the registry knows him, kept up to date by the rows that pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from barbican_like.activity.registry.privilege import Caller
from barbican_like.common.notices import DELETED, Audience

_USERS: Final = "users"
PEOPLES: Final = frozenset({_USERS, "authorities", "projects"})
"""Names of the rows that may change what somebody is."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a caller is, from one row of the feed until another."""

    login: str | None  # the authenticated user id
    urn: str | None  # of the registry user whom it stands for
    is_admin: bool
    reads: bool  # the rule registry:get lets him read the registry at all
    pi_of: frozenset[str]  # authorities and projects, by their own lists

    def is_over(self, audience: Audience) -> bool:
        """Whether he is an admin, or a PI of what a row's object is at or under."""
        return self.is_admin or not self.pi_of.isdisjoint(audience.above)

    def sees(self, audience: Audience) -> bool:
        """Whether he may read a project or a slice."""
        return self.is_over(audience) or self.urn in audience.members

    def after(self, name: str, object_id: str, op: str, audience: Audience) -> Person:
        """What he is once a row has passed.

        :param name: of its kind of objects.
        """
        if name == _USERS:
            return self._after_user(object_id, op, audience)
        if name not in PEOPLES or self.urn is None:
            return self
        is_pi = op != DELETED and self.urn in audience.pis
        if is_pi is (object_id in self.pi_of):
            return self
        return replace(self, pi_of=self.pi_of | {object_id} if is_pi else self.pi_of - {object_id})

    def _after_user(self, object_id: str, op: str, audience: Audience) -> Person:
        by_login = audience.login is not None and audience.login == self.login
        is_his = object_id == self.login or (by_login and self.urn != self.login)
        if op != DELETED and is_his:
            return replace(self, urn=object_id, pi_of=frozenset(audience.pi_of))
        if object_id == self.urn:  # removed, or another login has it now
            return replace(self, urn=None, pi_of=frozenset())
        return self


def person_of(caller: Caller, pi_of: frozenset[str], *, reads: bool) -> Person:
    """A caller as he was read.

    :param pi_of: the authorities and projects that he is a PI of by their own lists.
    :param reads: whether the rule registry:get lets him read the registry.
    """
    return Person(login=caller.login, urn=caller.urn, is_admin=caller.is_admin, reads=reads, pi_of=pi_of)
