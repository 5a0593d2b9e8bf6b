"""What a room's policies consist of: its rules, and the kinds of things that they may ask about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from oslo_policy import policy

MEMBER = "role:member"
READER = "role:reader"
ADMIN = "role:admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The rules of one room, or of all of them."""

    rules: tuple[policy.RuleDefault, ...]
    kinds: frozenset[str]  # the words after "target." in their checks, such as secret

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Those of several rooms.

        :raises ValueError: when two of them have a rule of the same name.
        """
        every = tuple(parts)
        rules = tuple(rule for part in every for rule in part.rules)
        twice = [name for name, times in Counter(rule.name for rule in rules).items() if times > 1]
        if twice:
            raise ValueError(f"policy rules that exist twice: {twice}")
        return cls(rules=rules, kinds=frozenset().union(*(part.kinds for part in every)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Legacy:
    """The default that a rule has in the legacy set, and why there is another."""

    check: str
    reason: str
    since: str


def documented(
    name: str, *, check: str, description: str, operations: Sequence[str], legacy: Legacy | None = None
) -> policy.DocumentedRuleDefault:
    """One rule, as oslo.policy's generators print it.

    :param check: the check string; of the new set, where there is a legacy one.
    :param operations: what it guards, each as ``METHOD /path``.
    """
    deprecated = (
        None
        if legacy is None
        else policy.DeprecatedRule(
            name=name, check_str=legacy.check, deprecated_reason=legacy.reason, deprecated_since=legacy.since
        )
    )
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check,
        description=description,
        operations=[_operation(text) for text in operations],
        scope_types=["project"],
        deprecated_rule=deprecated,
    )


def _operation(text: str) -> policy.Operation:
    method, path = text.split(" ", 1)
    return {"method": method, "path": path}
