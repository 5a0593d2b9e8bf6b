"""From oslo.policy's check trees to plain closures.

oslo.policy walks the tree of a rule on every call, asks ``inspect`` for the signature of each node, formats
each match and parses each literal anew. A rule never changes while the process runs, so all of that is done
once here. What a compiled rule answers is what oslo.policy would answer for
:func:`~.terms.credentials_mapping` and :func:`~.terms.target_mapping`; a test compares the two on every rule.

A check that is not one of oslo.policy's basic ones (``http:``, or one that another package registered) is
called as it is. Beware that an ``http:`` check holds up the request for as long as the other side takes
(``[oslo_policy] remote_timeout``).
"""

from __future__ import annotations

import ast
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from oslo_policy import _checks, policy

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

Roles = frozenset[str]
# (the caller's roles in lower case, the caller, the thing the call is about) -> permitted
Check = Callable[[Roles, Credentials, Target | None], bool]
# The text that the right side of a check stands for, None when a value that it needs is absent.
Text = Callable[[Target | None], str | None]


def never(_roles: Roles, _caller: Credentials, _target: Target | None) -> bool:
    """Nobody."""
    return False


def always(_roles: Roles, _caller: Credentials, _target: Target | None) -> bool:
    """Everybody."""
    return True


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
        check = _RuleCompiler(name, enforcer, targets, constants, describe(name)).rule(name)
        registered = enforcer.registered_rules.get(name)
        scopes = registered.scope_types if registered else None
        compiled[name] = _within(frozenset(scopes), check) if scopes else check
    return compiled


def _within(scopes: frozenset[str], check: Check) -> Check:
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
        self._path: list[str] = []
        self._done: dict[str, Check] = {}
        self._by_type: Mapping[type, Callable[[Any], Check]] = MappingProxyType(
            {
                _checks.TrueCheck: lambda _check: always,
                _checks.FalseCheck: lambda _check: never,
                _checks.AndCheck: lambda check: _all_of(map(self._compile, check.rules)),
                _checks.OrCheck: lambda check: _any_of(map(self._compile, check.rules)),
                _checks.NotCheck: lambda check: _none_of(self._compile(check.rule)),
                _checks.RuleCheck: lambda check: self.rule(check.match),
                _checks.RoleCheck: self._role,
                _checks.GenericCheck: self._generic,
            }
        )

    def rule(self, name: str) -> Check:
        """Compile the rule of that name."""
        if name in self._done:
            return self._done[name]
        if name in self._path:
            raise self._unusable(f"the rules go round in a circle: {' -> '.join([*self._path, name])}")
        try:
            tree = self._enforcer.rules[name]
        except KeyError:
            raise self._unusable(f"it refers to rule:{name}, which is not defined") from None
        self._path.append(name)
        self._done[name] = self._compile(tree)
        self._path.pop()
        return self._done[name]

    def _compile(self, check: _checks.BaseCheck) -> Check:
        # By exact type: a subclass may mean something else.
        compile_it = self._by_type.get(type(check), self._foreign)
        return compile_it(check)

    def _role(self, check: _checks.RoleCheck) -> Check:
        role = self._text(check.match)
        if role is None:
            return never
        if isinstance(role, str):
            return _has_role(role.lower())
        return _has_role_of(role)

    def _generic(self, check: _checks.GenericCheck) -> Check:
        expected = self._text(check.match)
        actual = self._left(check)
        if expected is None or actual is None:
            return never
        if isinstance(actual, str):
            if isinstance(expected, str):
                return always if actual == expected else never
            return _target_says(expected, actual)
        if isinstance(expected, str):
            return _caller_says(actual, expected)
        return _caller_agrees(actual, expected)

    def _left(self, check: _checks.GenericCheck) -> str | Callable[[Credentials], Sequence[object]] | None:
        """The left side of a check: a fixed text, what reads the caller's values, or None for neither."""
        kind = check.kind
        try:
            return str(ast.literal_eval(kind))
        except ValueError:  # a name, not a literal
            pass
        except (SyntaxError, TypeError):
            raise self._unusable(f"{str(check)!r} has neither a name nor a literal on its left") from None
        attribute = CREDENTIALS.get(kind)
        if attribute is None:
            LOG.warning("%s: %r can never match: no caller has %r", self._described, str(check), kind)
            return None
        return _values_of(attribute)

    def _text(self, template: str) -> str | Text | None:
        """The right side of a check: a fixed text, what makes the text, or None when nothing ever does."""
        probe = _Probe()
        try:
            fixed = template % (probe if "%(" in template else ())
        except (ValueError, TypeError) as error:
            raise self._unusable(f"{template!r}: {error}") from None
        if not probe.asked:
            return fixed
        unknown = probe.asked - set(self._targets) - set(self._constants)
        if unknown:
            LOG.warning(
                "%s: %r can never match: no target has %s", self._described, template, sorted(unknown)
            )
            return None
        if probe.asked <= set(self._constants):
            return template % self._constants
        key = next(iter(probe.asked))
        if template == f"%({key})s":
            return _field(*self._targets[key])
        return _formatted(template, self._constants)

    def _foreign(self, check: _checks.BaseCheck) -> Check:
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


def _all_of(checks: Iterable[Check]) -> Check:
    asked = [check for check in checks if check is not always]
    if never in asked:
        return never
    if len(asked) <= 1:
        return asked[0] if asked else always
    parts = tuple(asked)

    def all_of(roles: Roles, caller: Credentials, target: Target | None) -> bool:
        for check in parts:  # noqa: SIM110  all() with a generator takes three times as long
            if not check(roles, caller, target):
                return False
        return True

    return all_of


def _any_of(checks: Iterable[Check]) -> Check:
    asked = [check for check in checks if check is not never]
    if always in asked:
        return always
    if len(asked) <= 1:
        return asked[0] if asked else never
    parts = tuple(asked)

    def any_of(roles: Roles, caller: Credentials, target: Target | None) -> bool:
        for check in parts:  # noqa: SIM110  any() with a generator takes three times as long
            if check(roles, caller, target):
                return True
        return False

    return any_of


def _none_of(check: Check) -> Check:
    if check is always:
        return never
    if check is never:
        return always

    def none_of(roles: Roles, caller: Credentials, target: Target | None) -> bool:
        return not check(roles, caller, target)

    return none_of


def _has_role(role: str) -> Check:
    def has_role(roles: Roles, _caller: Credentials, _target: Target | None) -> bool:
        return role in roles

    return has_role


def _has_role_of(role: Text) -> Check:
    def has_role_of(roles: Roles, _caller: Credentials, target: Target | None) -> bool:
        wanted = role(target)
        return wanted is not None and wanted.lower() in roles

    return has_role_of


def _values_of(attribute: str) -> Callable[[Credentials], Sequence[object]]:
    """What reads the caller's values under that name: several for roles, else one or none."""
    read = attrgetter(attribute)
    if attribute == "roles":
        return lambda caller: tuple(read(caller))

    def value_of(caller: Credentials) -> Sequence[object]:
        value = read(caller)
        return () if value is None else (value,)

    return value_of


def _caller_says(actual: Callable[[Credentials], Sequence[object]], expected: str) -> Check:
    def caller_says(_roles: Roles, caller: Credentials, _target: Target | None) -> bool:
        return expected in map(str, actual(caller))

    return caller_says


def _target_says(expected: Text, actual: str) -> Check:
    def target_says(_roles: Roles, _caller: Credentials, target: Target | None) -> bool:
        return expected(target) == actual

    return target_says


def _caller_agrees(actual: Callable[[Credentials], Sequence[object]], expected: Text) -> Check:
    def caller_agrees(_roles: Roles, caller: Credentials, target: Target | None) -> bool:
        text = expected(target)
        return text is not None and text in map(str, actual(caller))

    return caller_agrees


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
