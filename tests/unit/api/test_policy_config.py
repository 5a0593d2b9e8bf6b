"""What an operator can set, and what is said when it cannot be used."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oslo_policy import _checks, policy, shell

from barbican_like.api.policies import policies
from barbican_like.common.errors import ConfigurationError, PolicyDenied
from barbican_like.http.middleware.context import EVERY_ROLE
from barbican_like.http.policy import Policy
from barbican_like.http.policy.enforcer import build_enforcer, effective_defaults
from tests.unit.api.policy_callers import ME, OURS, Caller, caller, configured, thing


def policy_with(folder: Path, text: str, *options: str) -> Policy:
    (folder / "policy.yaml").write_text(text)
    return Policy.from_config(configured(folder, options), policies())


def test_rule_of_the_policy_file_replaces_the_default(tmp_path: Path) -> None:
    rules = policy_with(tmp_path, '"secrets:post": "role:vault-keeper"\n')
    assert rules.permits("secrets:post", caller("vault-keeper"))
    assert not rules.permits("secrets:post", caller("admin"))
    assert rules.permits("secrets:get", caller("member"))


def test_helper_of_the_policy_file_counts_in_every_rule_that_refers_to_it(tmp_path: Path) -> None:
    rules = policy_with(tmp_path, '"secret_project_member": "role:maker and rule:secret_project_match"\n')
    assert rules.permits("secret:get", caller("maker"), thing("secret"))
    assert not rules.permits("secret:get", caller("member"), thing("secret"))


def test_file_of_the_original_may_ask_which_defaults_are_in_force(tmp_path: Path) -> None:
    text = '"secrets:post": "True:%(enforce_new_defaults)s and role:member"\n'
    assert policy_with(tmp_path, text).permits("secrets:post", caller("member"))
    legacy = policy_with(tmp_path, text, "enforce_new_defaults = false")
    assert not legacy.permits("secrets:post", caller("member"))


def test_last_file_of_the_policy_folder_wins(tmp_path: Path) -> None:
    (tmp_path / "policy.d").mkdir()
    (tmp_path / "policy.d" / "10.yaml").write_text('"secrets:post": "role:first"\n')
    (tmp_path / "policy.d" / "20.yaml").write_text('"secrets:post": "role:last"\n')
    rules = policy_with(tmp_path, '"secrets:post": "role:file"\n')
    assert rules.permits("secrets:post", caller("last"))
    assert not rules.permits("secrets:post", caller("first", "file"))


def test_scope_is_asked_unless_that_is_switched_off(tmp_path: Path) -> None:
    system = Caller(roles=frozenset({"member"}), system_scope="all")
    assert not policy_with(tmp_path, "").permits("secrets:post", system)
    assert policy_with(tmp_path, "", "enforce_scope = false").permits("secrets:post", system)


def test_a_confined_callers_roles_open_nothing_of_another_project(tmp_path: Path) -> None:
    """As those of noauth, who has every role: an ACL that names the user counts nevertheless."""
    confined, rules = replace(caller(*EVERY_ROLE), confined=True), policy_with(tmp_path, "")
    for rule in ("secret:get", "secret:delete"):
        assert rules.permits(rule, caller(*EVERY_ROLE), thing("secret", ours=False))
        assert not rules.permits(rule, confined, thing("secret", ours=False))
        assert rules.permits(rule, confined, thing("secret"))
    assert rules.permits("secret:get", confined, thing("secret", ours=False, acl=True))
    assert rules.permits("project_quotas:put", confined)


@pytest.mark.parametrize("new", ["true", "false"])
def test_every_role_is_every_one_that_the_defaults_speak_of(tmp_path: Path, new: str) -> None:
    enforcer = build_enforcer(configured(tmp_path, [f"enforce_new_defaults = {new}"]), policies().rules)
    texts = " ".join(rule.check_str for rule in enforcer.registered_rules.values())
    assert set(re.findall(r"role:([\w:-]+)", texts)) == EVERY_ROLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"secret:get": "role:admin', "while scanning"),
        ("- role:admin\n", "must hold one 'rule: check' a line"),
        ('"secret:get": 7\n', "its check must be a text"),
        ('"secret:get":\n', "its check must be a text"),
        ('"secret:get": ["role:admin"]\n', "its check must be a text"),
        ('7: "role:admin"\n', "the name must be a text"),
        ('"secret:get": "admin"\n', "'admin' is no check"),
        ('"secret:get": "role:admin and"\n', "cannot be understood"),
        ('"secret:get": "(role:admin"\n', "cannot be understood"),
        ('"secret:get": "rule:nothing"\n', "refers to rule:nothing, which is not defined"),
        ('"secret:get": "not rule:nothing"\n', "refers to rule:nothing, which is not defined"),
        ('"a": "rule:b"\n"b": "not rule:a"\n', "a -> b -> a"),
        ('"secret:get": "user_id:%(target.secret.creator_id)"\n', "cannot be understood"),
        ('"secret:get": "user_id:100%"\n', "incomplete format"),
        ('"secret:get": "user_id:%s"\n', "not enough arguments"),
        ('"secret:get": "1x:y"\n', "neither a name nor a literal"),
    ],
)
def test_unusable_policy_file_is_refused_by_name(
    tmp_path: Path, text: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with pytest.raises(ConfigurationError) as caught:
        policy_with(tmp_path, text)
    assert str(tmp_path / "policy.yaml") in caught.value.message
    assert said in caught.value.message


def test_unusable_file_of_the_policy_folder_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "policy.d").mkdir()
    culprit = tmp_path / "policy.d" / "10.yaml"
    culprit.write_bytes(b'"secrets:post": "role:\xff"\n')
    with pytest.raises(ConfigurationError, match="utf-8") as caught:
        policy_with(tmp_path, "")
    assert str(culprit) in caught.value.message


def test_policy_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"policy file mine\.yaml: no such file"):
        Policy.from_config(configured(tmp_path, ["policy_file = mine.yaml"]), policies())


def test_policy_folder_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "policy.d").write_text("")
    with pytest.raises(ConfigurationError, match="not a folder"):
        policy_with(tmp_path, "")


def test_check_that_can_never_match_is_said_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = policy_with(tmp_path, '"secret:get": "user_id:%(target.secret.creator)s"\n')
    assert not rules.permits("secret:get", caller("admin"), thing("secret"))
    assert "no target has ['target.secret.creator']" in caplog.text
    assert "policy.yaml" in caplog.text


def test_unknown_rule_lets_nobody_in_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = policy_with(tmp_path, "")
    assert not rules.permits("secret:gett", caller("admin"))
    assert not rules.permits("secret:gett", caller("admin"))
    assert [record.getMessage() for record in caplog.records if "secret:gett" in record.getMessage()] == [
        "no policy rule has the name 'secret:gett': every call that asks for it is refused"
    ]


def test_default_rule_does_not_open_an_unknown_rule(tmp_path: Path) -> None:
    """``default`` stands in for rules that a check refers to, not for names that the code made up."""
    rules = policy_with(tmp_path, '"default": "@"\n"secrets:post": "rule:elsewhere"\n')
    assert rules.permits("secrets:post", caller())
    assert not rules.permits("secret:gett", caller("admin"))


def test_require_names_the_operation(tmp_path: Path) -> None:
    rules = policy_with(tmp_path, "")
    rules.require("secrets:post", caller("member"), None, "Secret creation")
    with pytest.raises(PolicyDenied, match=r"^Secret creation attempt not allowed - please review"):
        rules.require("secrets:post", caller("reader"), None, "Secret creation")


def test_check_of_another_package_is_called_with_what_oslo_policy_would_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []

    class Weekday(_checks.Check):
        def __call__(
            self,
            target: Mapping[str, object],
            creds: Mapping[str, object],
            enforcer: policy.Enforcer,
            current_rule: str | None = None,
        ) -> bool:
            calls.append({"target": target, "creds": creds, "rule": current_rule})
            return self.match == "open"

    monkeypatch.setitem(_checks.registered_checks, "weekday", Weekday)
    rules = policy_with(
        tmp_path, '"helper": "weekday:open"\n"secret:get": "rule:helper and not weekday:closed"\n'
    )
    assert rules.permits("secret:get", caller("admin"), thing("secret", acl=True))
    assert [call["rule"] for call in calls] == ["secret:get", "secret:get"]
    assert calls[0]["creds"]["roles"] == ["admin"]
    assert calls[0]["target"] == {
        "enforce_new_defaults": True,
        "target.secret.project_id": OURS,
        "target.secret.creator_id": ME,
        "target.secret.read": "read",
        "target.secret.read_project_access": True,
    }


def test_older_check_without_a_rule_name_is_called_with_three_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Older(_checks.Check):
        def __call__(
            self, target: Mapping[str, object], creds: Mapping[str, object], enforcer: policy.Enforcer
        ) -> bool:
            return bool(creds["roles"])

    monkeypatch.setitem(_checks.registered_checks, "older", Older)
    rules = policy_with(tmp_path, '"secrets:post": "older:x"\n')
    assert rules.permits("secrets:post", caller("anything"))
    assert not rules.permits("secrets:post", caller())


def test_oslopolicy_checker_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rules in force, written to a file, answer the same in oslo.policy's command line tool."""
    effective = tmp_path / "effective.yaml"
    effective.write_text(
        "".join(f"{rule}\n" for rule in effective_defaults(policies().rules, new=True, scoped=True))
    )
    token = {"roles": [{"name": "member"}], "user": {"id": ME}, "project": {"id": OURS}}
    secret = {"project_id": OURS, "creator_id": ME, "read_project_access": True}
    access, target = tmp_path / "access.json", tmp_path / "target.json"
    access.write_text(json.dumps({"token": token}))
    target.write_text(json.dumps({"target": {"secret": secret}}))
    shell.tool(str(effective), str(access), None, target_file=str(target))
    answers = dict(line.split(": ", 1)[::-1] for line in capsys.readouterr().out.splitlines())
    rules = policy_with(tmp_path, "")
    assert len(answers) > 40
    for rule, answer in answers.items():
        assert rules.permits(rule, caller("member"), thing("secret")) == (answer == "passed"), rule
