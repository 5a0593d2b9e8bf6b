"""Who may do what: the operator's oslo.policy rules, compiled once and asked on every request.

    policy = Policy.from_config(conf, policies)
    policy.require("secret:get", caller, Target(kind="secret", ...), "Secret retrieval")

The rules are read once, when the process starts: a changed policy file counts from the next start.
(oslo.policy looks at the files on every call, and takes a hundred times as long to answer.)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, Self

from oslo_config import cfg

from barbican_like.common.errors import PolicyDenied
from barbican_like.http.policy.compiler import Check, Roles, compile_rules
from barbican_like.http.policy.enforcer import GROUP, build_enforcer, read_files
from barbican_like.http.policy.rules import Policies
from barbican_like.http.policy.terms import Credentials, Target

__all__ = ["Credentials", "Policies", "Policy", "Target"]

LOG = logging.getLogger(__name__)
_NO_ROLES: Final[Roles] = frozenset()


@lru_cache(maxsize=1024)
def _lowered(roles: Roles) -> Roles:
    """Role names compare without case; callers come with the same few sets of roles again and again."""
    return frozenset(role.lower() for role in roles)


class Policy:
    """The rules in force.

    :param rules: each rule's compiled check.
    """

    __slots__ = ("_rules", "_unknown")

    def __init__(self, rules: Mapping[str, Check]) -> None:
        self._rules = dict(rules)
        self._unknown: set[str] = set()

    @classmethod
    def from_config(cls, conf: cfg.ConfigOpts, policies: Policies) -> Self:
        """The defaults that ``[oslo_policy]`` chooses, with the operator's policy files on top.

        :param conf: a configuration that has been called (parsed).
        :param policies: of all rooms.
        :raises ConfigurationError: for a policy file that cannot be used, naming the file and the rule.
        """
        enforcer = build_enforcer(conf, policies.rules)
        origin = read_files(conf)
        enforcer.load_rules()
        # Policy files written for the original ask for this one.
        constants = {"enforce_new_defaults": conf[GROUP].enforce_new_defaults}
        return cls(compile_rules(enforcer, policies.kinds, constants, partial(_describe, origin)))

    def permits(self, rule: str, caller: Credentials, target: Target | None = None) -> bool:
        """Whether the rule lets the caller do it.

        :param rule: the rule's name, such as ``secret:get``; a name without a rule lets nobody.
        :param target: the thing that the call is about; None for a whole collection.
        """
        check = self._rules.get(rule)
        if check is None:
            return self._refuse_unknown(rule)
        if caller.confined and target is not None and target.project_id != caller.project_id:
            return check(_NO_ROLES, caller, target)
        return check(_lowered(caller.roles), caller, target)

    def require(self, rule: str, caller: Credentials, target: Target | None, operation: str) -> None:
        """Do nothing when the rule lets the caller do it.

        :param operation: what the caller is told was refused, such as ``Secret retrieval``.
        :raises PolicyDenied: when it does not.
        """
        if not self.permits(rule, caller, target):
            raise PolicyDenied(operation)

    def _refuse_unknown(self, rule: str) -> bool:
        """Rule names come from the code, so this is a defect of it: said once, and nobody gets in."""
        if rule not in self._unknown:
            self._unknown.add(rule)
            LOG.error("no policy rule has the name %r: every call that asks for it is refused", rule)
        return False


def _describe(origin: Mapping[str, Path], rule: str) -> str:
    path = origin.get(rule)
    return f"policy file {path}: rule {rule!r}" if path else f"policy rule {rule!r}"
