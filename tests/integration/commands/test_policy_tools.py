"""oslo.policy's own tools, run as operators run them, know this program's rules and read its policy files."""

import json
from pathlib import Path

import pytest
import yaml

from barbican_like.rooms import list_rules
from tests.support.command_line import CommandLine

OVERRIDES = """
"secrets:get": "role:auditor"
"orders:get": "role:member"
"secret:delete": "role:admin"
"""
REDUNDANT = "orders:get"
OF_BARBICAN = ("--namespace", "barbican")


class Tools:
    """The tools on one policy file."""

    def __init__(self, folder: Path, rules: str) -> None:
        self.folder = folder
        (folder / "policy.yaml").write_text(rules)
        (folder / "barbican.conf").write_text(f"[oslo_policy]\npolicy_file = {folder / 'policy.yaml'}\n")

    def line(self, name: str, *words: str) -> CommandLine:
        """A tool with the words that all but one of them take."""
        return CommandLine(f"oslopolicy-{name}", words, self.folder)

    def on_file(self, name: str) -> CommandLine:
        """A tool that asks for our enforcer, with the configuration that names the file."""
        return self.line(name, *OF_BARBICAN, "--config-file", str(self.folder / "barbican.conf"))


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """The tools on a file with three rules, one of them needlessly."""
    return Tools(tmp_path, OVERRIDES)


def test_the_sample_generator_makes_the_shipped_sample(tools: Tools) -> None:
    shipped = Path(__file__).parents[3] / "etc" / "barbican" / "policy.yaml"
    assert tools.line("sample-generator", *OF_BARBICAN).good() == shipped.read_text()


def test_the_policy_generator_joins_the_file_with_our_defaults(tools: Tools) -> None:
    effective = yaml.safe_load(tools.on_file("policy-generator").good())
    assert set(effective) == {rule.name for rule in list_rules()}
    assert {name: effective[name] for name in yaml.safe_load(OVERRIDES)} == yaml.safe_load(OVERRIDES)
    assert effective["secrets:post"] == "role:member"


def test_the_policy_generator_knows_which_set_of_defaults_is_chosen(tools: Tools) -> None:
    with (tools.folder / "barbican.conf").open("a") as conf:
        conf.write("enforce_new_defaults = false\n")
    effective = yaml.safe_load(tools.on_file("policy-generator").good())
    assert effective["secrets:post"] == "rule:admin_or_creator"


def test_a_rule_that_says_what_the_default_says_is_listed(tools: Tools) -> None:
    assert list(yaml.safe_load(tools.on_file("list-redundant").good())) == [REDUNDANT]


def test_the_validator_takes_a_good_file_and_the_shipped_sample(tools: Tools, tmp_path: Path) -> None:
    assert tools.on_file("validator").good() == ""
    shipped = Path(__file__).parents[3] / "etc" / "barbican" / "policy.yaml"
    assert Tools(tmp_path, shipped.read_text()).on_file("validator").good() == ""


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('"secret:gone": "role:x"', "Unknown rule found in policy file: secret:gone"),
        ('"secrets:get": "rule:nowhere"', "Invalid rules found"),
        ('"secrets:get": "role:x nonsense"', "Failed to parse rule: role:x nonsense"),
    ],
)
def test_the_validator_names_what_is_wrong(tmp_path: Path, rule: str, said: str) -> None:
    done = Tools(tmp_path, f"{rule}\n").on_file("validator").run()
    assert done.returncode == 1
    assert said in done.stdout


@pytest.mark.parametrize(
    ("role", "rule", "answer"),
    [
        ("member", "secret:get", "passed"),
        ("member", "secrets:get", "failed"),
        ("auditor", "secrets:get", "passed"),
        ("member", "secret:delete", "failed"),
        ("admin", "secret:delete", "passed"),
    ],
)
def test_the_checker_answers_by_the_rules_in_force(tools: Tools, role: str, rule: str, answer: str) -> None:
    effective, access, target = (
        tools.folder / name for name in ("effective.yaml", "access.json", "target.json")
    )
    tools.on_file("policy-generator").good("--output-file", str(effective))
    caller = {"roles": [{"name": role}], "user": {"id": "me"}, "project": {"id": "ours"}}
    access.write_text(json.dumps({"token": caller}))
    secret = {"project_id": "ours", "creator_id": "me", "read_project_access": True}
    target.write_text(json.dumps({"target": {"secret": secret}}))
    checker = tools.line(
        "checker", "--policy", str(effective), "--access", str(access), "--target", str(target)
    )
    assert checker.good("--rule", rule) == f"{answer}: {rule}\n"
