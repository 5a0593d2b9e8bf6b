"""A compiled rule answers what oslo.policy's own enforcer answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oslo_policy import _checks, policy

from barbican_like.api.policies import policies
from barbican_like.http.policy import Policy
from barbican_like.http.policy.compiler import compile_rules
from barbican_like.http.policy.enforcer import build_enforcer
from barbican_like.http.policy.terms import Target, credentials_mapping, target_mapping
from tests.unit.api.policy_callers import Caller, caller, configured, thing

ROLES = ("admin", "member", "reader", "creator", "observer", "audit", "key-manager:service-admin", "stranger")
CALLERS = [caller(*some) for size in (0, 1, 2) for some in combinations(ROLES, size)]
KINDS: tuple[str, ...] = ("secret", "container", "order")
THINGS: dict[str | None, list[Target | None]] = {
    None: [None],
    **{
        kind: [
            thing(kind, ours=ours, mine=mine, open_=open_, acl=acl)
            for ours, mine, open_, acl in product((True, False), repeat=4)
        ]
        for kind in KINDS
    },
}


def enforcer_of(folder: Path, *lines: str) -> policy.Enforcer:
    enforcer = build_enforcer(configured(folder, lines), policies().rules)
    enforcer.load_rules()
    return enforcer


def policy_of(enforcer: policy.Enforcer) -> Policy:
    constants = {"enforce_new_defaults": enforcer.conf.oslo_policy.enforce_new_defaults}
    return Policy(compile_rules(enforcer, policies().kinds, constants, str))


def kind_of(rule: policy.RuleDefault) -> str | None:
    """The kind of thing that a rule speaks of, following its references."""
    text = rule.check_str + rule.name
    for kind in KINDS:
        if f"target.{kind}." in text or f"{kind}_" in text:
            return kind
    return None


def questions(
    enforcer: policy.Enforcer, callers: list[Caller]
) -> Iterator[tuple[str, Caller, Target | None]]:
    for rule in enforcer.registered_rules.values():
        for who, what in product(callers, THINGS[kind_of(rule)]):
            yield rule.name, who, what


@pytest.fixture(params=["false", "true"], ids=["legacy", "new"])
def enforcer(tmp_path: Path, request: pytest.FixtureRequest) -> policy.Enforcer:
    return enforcer_of(tmp_path, f"enforce_new_defaults = {request.param}")


def directly(
    rule: _checks.BaseCheck,
    target: _checks.TargetT,
    creds: MutableMapping[str, object],
    enforcer: policy.Enforcer,
    current_rule: str | None,
) -> bool:
    """What oslo.policy does with each node of a tree, less its look at the node's signature."""
    return rule(target, creds, enforcer, current_rule)


def test_every_rule_for_every_two_roles_on_everything(
    enforcer: policy.Enforcer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared with oslo.policy's check trees, whose slowest step is taken out."""
    monkeypatch.setattr(_checks, "_check", directly)
    compiled = policy_of(enforcer)
    credentials = {who: credentials_mapping(who) for who in CALLERS}
    targets = {what: target_mapping(what) for group in THINGS.values() for what in group}
    agreed: Counter[bool] = Counter()
    for name, who, what in questions(enforcer, CALLERS):
        answer = enforcer.rules[name](targets[what], credentials[who], enforcer, name)
        assert compiled.permits(name, who, what) == answer, (name, who, what)
        agreed[answer] += 1
    assert min(agreed[True], agreed[False]) > 10_000


def test_every_rule_through_the_whole_enforcer(enforcer: policy.Enforcer) -> None:
    """Compared with ``Enforcer.enforce`` untouched, for single roles on a few things."""
    compiled = policy_of(enforcer)
    for name in enforcer.registered_rules:
        for who, what in [(caller("admin"), None), (caller("member"), thing("secret", mine=False))]:
            answer = enforcer.enforce(name, target_mapping(what), credentials_mapping(who))
            assert compiled.permits(name, who, what) == answer, (name, who, what)


@pytest.mark.parametrize("scope", [{}, {"system_scope": "all"}, {"domain_id": "d"}])
@pytest.mark.parametrize("enforced", ["true", "false"])
def test_scope_of_the_token(tmp_path: Path, scope: dict[str, str], enforced: str) -> None:
    enforcer = enforcer_of(tmp_path, f"enforce_scope = {enforced}")
    who = replace(caller("member"), **scope)
    answer = enforcer.enforce("secrets:post", {}, credentials_mapping(who))
    assert policy_of(enforcer).permits("secrets:post", who) == answer
    assert answer == (enforced == "false" or not scope)


ATOMS = st.sampled_from(
    [
        "@",
        "!",
        *(f"role:{role}" for role in ROLES),
        "role:ADMIN",
        "role:%(target.secret.project_id)s",
        "roles:admin",
        "roles:Admin",
        "rule:secret_project_match",
        "rule:all_users",
        "rule:secret_non_private_read",
        "user_id:%(target.secret.creator_id)s",
        "user:%(target.secret.creator_id)s",
        "project:%(target.secret.project_id)s",
        "project_id:%(target.container.project_id)s",
        "project_id:%(target.order.project_id)s",
        "user_id:user-me",
        "user_id:user-%(target.secret.project_id)s",
        "user_id:100%%",
        "domain_id:default",
        "system_scope:all",
        "is_admin:True",
        "is_admin:False",
        "True:%(target.secret.read_project_access)s",
        "'False':%(target.secret.read_project_access)s",
        "'read':%(target.secret.read)s",
        "'read':%(target.container.read)s",
        "'project-ours/user-me':%(target.secret.project_id)s/%(target.secret.creator_id)s",
        "True:%(enforce_new_defaults)s",
        "False:%(enforce_new_defaults)s",
        "1:1",
        "None:%(target.secret.read)s",
        "token.project.id:%(target.secret.project_id)s",
        "nobody_has_this:%(target.secret.project_id)s",
        "user_id:%(no.target.has.this)s",
    ]
)
CHECK_STRINGS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
        ATOMS.map("not {}".format),
    ),
    max_leaves=12,
)
ANYONE = st.builds(
    Caller,
    user_id=st.sampled_from([None, "user-me"]),
    project_id=st.sampled_from([None, "project-ours"]),
    roles=st.frozensets(st.sampled_from([*ROLES, "Admin", "project-ours"]), max_size=3),
    domain_id=st.sampled_from([None, "default"]),
    system_scope=st.sampled_from([None, "all"]),
    is_admin=st.booleans(),
)
ANYTHING = st.sampled_from(
    [None, *(what for kind in KINDS for what in THINGS[kind]), replace(thing("secret"), creator_id=None)]
)


@pytest.fixture(scope="module")
def default_enforcer(tmp_path_factory: pytest.TempPathFactory) -> policy.Enforcer:
    return enforcer_of(tmp_path_factory.mktemp("config"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=CHECK_STRINGS, who=ANYONE, what=ANYTHING)
def test_any_check_string(
    default_enforcer: policy.Enforcer, text: str, who: Caller, what: Target | None
) -> None:
    tried = "tried"
    default_enforcer.rules[tried] = policy.RuleDefault(tried, text).check
    offered = {"enforce_new_defaults": True, **target_mapping(what)}
    expected = default_enforcer.rules[tried](offered, credentials_mapping(who), default_enforcer, tried)
    assert policy_of(default_enforcer).permits(tried, who, what) == expected
