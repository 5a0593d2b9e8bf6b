"""From oslo.policy's check trees to plain functions of the caller and the target.

oslo.policy walks the tree of a rule on every call, asks ``inspect`` for the signature of each node, formats
each match and parses each literal anew. A rule never changes while the process runs, so that is done once
here. A test compares what a compiled rule answers with what oslo.policy answers, on every rule.

A check that is not one of oslo.policy's basic ones (``http:``, or one that another package registered) is
called as it is. Beware that an ``http:`` check holds up the request for as long as the other side takes
(``[oslo_policy] remote_timeout``).
"""

from __future__ import annotations

import ast
import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from oslo_policy import policy

from barbican_like.common.errors import ConfigurationError
from barbican_like.http.policy.terms import (
    CREDENTIALS,
    Credentials,
    Target,
    credentials_mapping,
    target_mapping,
    targets_of,
)

LOG = logging.getLogger(__name__)
_BASIC: Final = policy.Check.__module__

Roles = frozenset[str]
# (the caller's roles in lower case, the caller, the thing the call is about) -> permitted
Check = Callable[[Roles, Credentials, Target | None], bool]
# The text that the right side of a check stands for, None when a value that it needs is absent.
Text = Callable[[Target | None], str | None]


def compile_rules(
    enforcer: policy.Enforcer,
    kinds: Iterable[str],
    constants: Mapping[str, object],
    describe: Callable[[str], str],
) -> dict[str, Check]:
    """Compile every rule of an enforcer that has loaded its rules.

    :param kinds: of things that calls are about.
    :param constants: target values that are the same for every call.
    :param describe: how an error names a rule, with the file that it comes from.
    :raises ConfigurationError: for a rule that refers to itself or to no rule, or that has a check that
        cannot be evaluated.
    """
    compiled: dict[str, Check] = {}
    targets = targets_of(kinds)
    for name in enforcer.rules:
        check = _RuleCompiler(name, enforcer, targets, constants, describe(name)).rule(name, ())
        registered = enforcer.registered_rules.get(name)
        scopes = registered.scope_types if registered else None
        compiled[name] = _within(frozenset(scopes), check) if scopes else check
    return compiled


def _within(scopes: Collection[str], check: Check) -> Check:
    """``check``, for tokens of these scopes only."""

    def scoped(roles: Roles, caller: Credentials, target: Target | None) -> bool:
        scope = "system" if caller.system_scope else "domain" if caller.domain_id else "project"
        return scope in scopes and check(roles, caller, target)

    return scoped


class _RuleCompiler:
    """Compiles one rule and, within it, the rules that it refers to."""

    def __init__(
        self,
        name: str,
        enforcer: policy.Enforcer,
        targets: Mapping[str, tuple[str, str]],
        constants: Mapping[str, object],
        described: str,
    ) -> None:
        self._name = name
        self._enforcer = enforcer
        self._targets = targets
        self._constants = constants
        self._described = described

    def rule(self, name: str, path: tuple[str, ...]) -> Check:
        """Compile the rule of that name.

        :param path: the rules on the way to it.
        """
        path = (*path, name)
        if name in path[:-1]:
            raise self._unusable(f"the rules go round in a circle: {' -> '.join(path)}")
        try:
            tree = self._enforcer.rules[name]
        except KeyError:
            raise self._unusable(f"it refers to rule:{name}, which is not defined") from None
        return self._compile(tree, path)

    def _compile(self, check: Any, path: tuple[str, ...]) -> Check:
        # By exact type: a subclass may mean something else.
        kind = type(check)
        if kind in {policy.AndCheck, policy.OrCheck}:
            parts = [self._compile(part, path) for part in check.rules]
            return _joined(parts, until=kind is policy.OrCheck)
        if kind is policy.NotCheck:
            inner = self._compile(check.rule, path)
            return lambda roles, caller, target: not inner(roles, caller, target)
        if kind is policy.RuleCheck:
            return self.rule(check.match, path)
        if kind.__module__ != _BASIC:
            return self._foreign(check)
        if not isinstance(check, policy.Check):
            answer = bool(check({}, {}, self._enforcer))  # @ or !
            return lambda _roles, _caller, _target: answer
        return self._role(check) if check.kind == "role" else self._generic(check)

    def _role(self, check: policy.Check) -> Check:
        right = self._right(check.match)

        def has_role(roles: Roles, _caller: Credentials, target: Target | None) -> bool:
            role = right(target)
            return role is not None and role.lower() in roles

        return has_role

    def _generic(self, check: policy.Check) -> Check:
        right, left = self._right(check.match), self._left(check)

        def agrees(_roles: Roles, caller: Credentials, target: Target | None) -> bool:
            text = right(target)
            return text is not None and text in left(caller)

        return agrees

    def _left(self, check: policy.Check) -> Callable[[Credentials], Collection[str]]:
        """What the left side of a check stands for: a literal, the caller's roles, or one value or none."""
        try:
            literal = (str(ast.literal_eval(check.kind)),)
        except ValueError:  # a name
            return self._named(check)
        except (SyntaxError, TypeError):
            raise self._unusable(f"{str(check)!r} has neither a name nor a literal on its left") from None
        return lambda _caller: literal

    def _named(self, check: policy.Check) -> Callable[[Credentials], Collection[str]]:
        attribute = CREDENTIALS.get(check.kind)
        if attribute is None:
            LOG.warning("%s: %r can never match: no caller has %r", self._described, str(check), check.kind)
            return lambda _caller: ()
        if attribute == "roles":
            return lambda caller: caller.roles
        read = attrgetter(attribute)
        return lambda caller: () if (value := read(caller)) is None else (str(value),)

    def _right(self, template: str) -> Text:
        """What makes the text on the right side of a check."""
        probe = _Probe()
        try:
            fixed = template % (probe if "%(" in template else ())
        except (ValueError, TypeError) as error:
            raise self._unusable(f"{template!r}: {error}") from None
        unknown = sorted(probe.asked - self._targets.keys() - self._constants.keys())
        if unknown:
            LOG.warning("%s: %r can never match: no target has %s", self._described, template, unknown)
        if not probe.asked:
            return lambda _target: fixed
        key = next(iter(probe.asked))
        if template == f"%({key})s" and key in self._targets:
            return _field(*self._targets[key])
        return _formatted(template, self._constants)

    def _foreign(self, check: Any) -> Check:
        """A check that oslo.policy or another package brings along, called as oslo.policy calls it."""
        enforcer, name, constants = self._enforcer, self._name, self._constants
        # Older checks do not take the name of the rule.
        wanted = (name,) if len(inspect.getfullargspec(check.__call__).args) > 4 else ()  # noqa: PLR2004

        def foreign(_roles: Roles, caller: Credentials, target: Target | None) -> bool:
            offered = {**constants, **target_mapping(target)}
            return bool(check(offered, credentials_mapping(caller), enforcer, *wanted))

        return foreign

    def _unusable(self, reason: str) -> ConfigurationError:
        return ConfigurationError(f"{self._described}: {reason}")


class _Probe(dict[str, str]):
    """A mapping that has every key and remembers which were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __missing__(self, key: str) -> str:
        self.asked.add(key)
        return ""


def _joined(parts: list[Check], *, until: bool) -> Check:
    """Asks one part after another until one gives that answer."""

    def joined(roles: Roles, caller: Credentials, target: Target | None) -> bool:
        for part in parts:
            if part(roles, caller, target) is until:
                return until
        return not until

    return joined


def _field(kind: str, field: str) -> Text:
    read = attrgetter(field)

    def text_of(target: Target | None) -> str | None:
        if target is None or target.kind != kind:
            return None
        value = read(target)
        return None if value is None else str(value)

    return text_of


def _formatted(template: str, constants: Mapping[str, object]) -> Text:
    def text_of(target: Target | None) -> str | None:
        try:
            return template % {**constants, **target_mapping(target)}
        except KeyError:  # a value that the template needs is absent
            return None

    return text_of
