"""The table of defaults of the contract, row by row, written out by hand.

A thing is ``own`` (of the caller's project and made by the caller), ``ours`` (of the caller's project, made
by somebody else) or ``theirs`` (of another project). ``+private`` closes it to its project, ``+acl`` lets the
caller read it. ``-`` is a call about a whole collection.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from barbican_like.api.policies import policies
from barbican_like.http.policy import Policy
from barbican_like.http.policy.terms import Target
from tests.unit.api.policy_callers import Caller, configured, thing

LEGACY = """
    secrets:post                admin           -               yes
    secrets:post                creator         -               yes
    secrets:post                member          -               yes
    secrets:post                observer        -               no
    secrets:post                audit           -               no
    secrets:post                reader          -               no
    secrets:post                none            -               no
    secrets:get                 observer        -               yes
    secrets:get                 creator         -               yes
    secrets:get                 member          -               yes
    secrets:get                 audit           -               no
    secrets:get                 reader          -               no
    secret:get                  audit           ours            yes
    secret:get                  audit           ours+private    no
    secret:get                  observer        ours            yes
    secret:get                  observer        theirs          no
    secret:get                  creator         own+private     yes
    secret:get                  creator         ours+private    no
    secret:get                  member          own+private     yes
    secret:get                  member          ours            yes
    secret:get                  member          ours+private    no
    secret:get                  admin           ours+private    yes
    secret:get                  admin           theirs          no
    secret:get                  admin           theirs+acl      yes
    secret:get                  none            theirs+acl      yes
    secret:get                  none            ours            no
    secret:get                  reader          ours            no
    secret:decrypt              audit           ours            no
    secret:decrypt              observer        ours            yes
    secret:decrypt              observer        ours+private    no
    secret:decrypt              creator         own+private     yes
    secret:decrypt              admin           ours+private    yes
    secret:decrypt              admin           theirs          no
    secret:decrypt              audit           ours+private+acl yes
    secret:decrypt              key-manager:service-admin ours  no
    secret:put                  creator         ours            yes
    secret:put                  creator         ours+private    yes
    secret:put                  creator         theirs          no
    secret:put                  observer        ours            no
    secret:put                  none            theirs+acl      no
    secret:delete               admin           ours+private    yes
    secret:delete               admin           theirs          no
    secret:delete               creator         ours            yes
    secret:delete               creator         ours+private    no
    secret:delete               creator         own+private     yes
    secret:delete               observer        own             no
    secret:delete               member          theirs+acl      no
    secret_meta:get             audit           ours            yes
    secret_meta:post            creator         ours            yes
    secret_meta:post            creator         ours+private    no
    secret_meta:put             observer        ours            no
    secret_meta:delete          admin           ours+private    yes
    secret_acls:get             observer        ours+private    yes
    secret_acls:get             audit           ours            no
    secret_acls:get             admin           theirs          no
    secret_acls:put_patch       creator         ours+private    no
    secret_acls:delete          creator         ours            yes
    containers:post             observer        -               no
    containers:get              observer        -               yes
    container:get               audit           ours            yes
    container:get               none            theirs+acl      yes
    container:delete            creator         own             yes
    container:delete            creator         ours            no
    container:delete            admin           ours+private    yes
    container_secret:post       creator         ours            yes
    container_secret:delete     creator         ours+private    no
    container_acls:get          audit           ours            no
    container_acls:put_patch    creator         own+private     yes
    container_consumers:post    audit           ours            yes
    container_consumers:delete  none            theirs+acl      yes
    secret_consumers:get        observer        ours            yes
    secret_consumers:post       observer        ours+private    no
    secret_consumers:delete     admin           theirs          no
    consumer:get                creator         theirs          yes
    consumer:get                none            ours            no
    orders:get                  audit           -               no
    orders:get                  observer        -               yes
    orders:post                 observer        -               no
    orders:put                  creator         -               yes
    order:get                   audit           ours            yes
    order:get                   admin           theirs          no
    order:delete                admin           ours            yes
    order:delete                creator         own             no
    order:delete                member          own             no
    quotas:get                  audit           -               yes
    quotas:get                  key-manager:service-admin -     yes
    quotas:get                  reader          -               no
    project_quotas:get          admin           -               no
    project_quotas:put          key-manager:service-admin -     yes
    secretstores:get            audit           -               yes
    secretstore_preferred:post  admin           -               yes
    secretstore_preferred:post  creator         -               no
    transport_keys:get          observer        -               yes
    transport_keys:post         admin           -               no
    transport_key:delete        key-manager:service-admin -     yes
"""

NEW = """
    secrets:post                member          -               yes
    secrets:post                creator         -               no
    secrets:post                admin           -               no
    secrets:get                 member          -               yes
    secrets:get                 reader          -               no
    secret:get                  admin           theirs+private  yes
    secret:get                  member          ours            yes
    secret:get                  member          ours+private    no
    secret:get                  member          own+private     yes
    secret:get                  member          theirs          no
    secret:get                  reader          ours            no
    secret:get                  creator         own             no
    secret:get                  none            theirs+acl      yes
    secret:decrypt              admin           ours+private    yes
    secret:decrypt              admin           theirs          no
    secret:decrypt              member          ours+private    no
    secret:decrypt              none            theirs+acl      yes
    secret:put                  member          ours            yes
    secret:put                  none            ours+acl        no
    secret:delete               admin           theirs          yes
    secret:delete               member          ours+private    no
    secret_meta:get             none            theirs+acl      yes
    secret_meta:put             none            theirs+acl      no
    secret_meta:delete          member          own+private     yes
    secret_acls:get             member          ours            yes
    secret_acls:get             observer        ours            no
    secret_acls:put_patch       admin           theirs          no
    containers:post             member          -               yes
    container:get               admin           theirs          no
    container:get               none            theirs+acl      yes
    container:delete            member          ours            yes
    container:delete            member          ours+private    no
    container_secret:post       member          own+private     yes
    container_acls:delete       admin           ours+private    yes
    container_consumers:post    none            theirs+acl      yes
    secret_consumers:delete     member          ours+private    no
    consumer:get                admin           theirs          yes
    consumer:get                creator         theirs          no
    orders:post                 member          -               yes
    orders:get                  reader          -               no
    order:get                   member          ours            yes
    order:get                   admin           ours            no
    order:delete                member          ours            yes
    order:delete                member          theirs          no
    quotas:get                  reader          -               yes
    quotas:get                  member          -               no
    project_quotas:get          admin           -               yes
    project_quotas:put          key-manager:service-admin -     no
    secretstores:get_preferred  reader          -               yes
    secretstore_preferred:delete admin          -               yes
    transport_key:get           reader          -               yes
    transport_keys:post         admin           -               yes
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def the_thing(rule: str, text: str) -> Target | None:
    if text == "-":
        return None
    kind: str = "order" if rule.startswith("order") else "container" if rule.startswith("con") else "secret"
    whose, *said = text.split("+")
    return thing(
        kind, ours=whose != "theirs", mine=whose == "own", open_="private" not in said, acl="acl" in said
    )


@pytest.fixture(scope="module")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    folder = tmp_path_factory.mktemp("legacy")
    return Policy.from_config(configured(folder, ["enforce_new_defaults = false"]), policies())


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """Those without a word of the operator."""
    return Policy.from_config(configured(tmp_path_factory.mktemp("new")), policies())


@pytest.mark.parametrize(("rule", "role", "about", "answer"), rows(LEGACY))
def test_legacy_default(legacy: Policy, rule: str, role: str, about: str, answer: str) -> None:
    who = Caller(roles=frozenset({role} - {"none"}))
    assert legacy.permits(rule, who, the_thing(rule, about)) is (answer == "yes")


@pytest.mark.parametrize(("rule", "role", "about", "answer"), rows(NEW))
def test_new_default(new: Policy, rule: str, role: str, about: str, answer: str) -> None:
    who = Caller(roles=frozenset({role} - {"none"}))
    assert new.permits(rule, who, the_thing(rule, about)) is (answer == "yes")


@pytest.mark.parametrize("user_id", [None, "None"])
@pytest.mark.parametrize("creator_id", [None, "None"])
def test_absent_user_or_creator_equals_nothing(
    legacy: Policy, user_id: str | None, creator_id: str | None
) -> None:
    """Only a user called "None" owns what a user called "None" made."""
    orphan = replace(thing("secret", open_=False), creator_id=creator_id)
    who = Caller(user_id=user_id, roles=frozenset({"creator"}))
    assert legacy.permits("secret:get", who, orphan) is (user_id == creator_id == "None")


def test_roles_compare_without_case(legacy: Policy) -> None:
    assert legacy.permits("secrets:post", Caller(roles=frozenset({"Admin"})))
