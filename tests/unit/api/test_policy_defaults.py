"""Every rule has a name of the contract, both defaults, and a description that a document can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from oslo_config import cfg
from oslo_policy import generator, policy

from barbican_like.api.policies import policies
from barbican_like.rooms import list_rules

DOCUMENTED = {
    rule.name: rule for rule in policies().rules if isinstance(rule, policy.DocumentedRuleDefault)
}  # the key manager's
SAMPLE = Path(__file__).parents[3] / "etc" / "barbican" / "policy.yaml"

# Every route of the key manager, with the rules that guard it: the contract, written by hand.
ROUTES = """
    POST    /v1/secrets                                             secrets:post
    GET     /v1/secrets                                             secrets:get
    GET     /v1/secrets/{secret-id}                                 secret:get secret:decrypt
    PUT     /v1/secrets/{secret-id}                                 secret:put
    DELETE  /v1/secrets/{secret-id}                                 secret:delete
    GET     /v1/secrets/{secret-id}/payload                         secret:decrypt
    PUT     /v1/secrets/{secret-id}/secret-store/{secret-store-id}  secret:migrate_secretstore
    GET     /v1/secrets/{secret-id}/metadata                        secret_meta:get
    PUT     /v1/secrets/{secret-id}/metadata                        secret_meta:put
    POST    /v1/secrets/{secret-id}/metadata                        secret_meta:post
    GET     /v1/secrets/{secret-id}/metadata/{metadata-key}         secret_meta:get
    PUT     /v1/secrets/{secret-id}/metadata/{metadata-key}         secret_meta:put
    POST    /v1/secrets/{secret-id}/metadata/{metadata-key}         secret_meta:post secret_meta:put
    DELETE  /v1/secrets/{secret-id}/metadata/{metadata-key}         secret_meta:delete
    GET     /v1/secrets/{secret-id}/acl                             secret_acls:get
    PUT     /v1/secrets/{secret-id}/acl                             secret_acls:put_patch
    PATCH   /v1/secrets/{secret-id}/acl                             secret_acls:put_patch
    DELETE  /v1/secrets/{secret-id}/acl                             secret_acls:delete
    GET     /v1/secrets/{secret-id}/consumers                       secret_consumers:get
    POST    /v1/secrets/{secret-id}/consumers                       secret_consumers:post
    DELETE  /v1/secrets/{secret-id}/consumers                       secret_consumers:delete
    POST    /v1/containers                                          containers:post
    GET     /v1/containers                                          containers:get
    GET     /v1/containers/{container-id}                           container:get
    DELETE  /v1/containers/{container-id}                           container:delete
    POST    /v1/containers/{container-id}/secrets                   container_secret:post
    DELETE  /v1/containers/{container-id}/secrets                   container_secret:delete
    GET     /v1/containers/{container-id}/acl                       container_acls:get
    PUT     /v1/containers/{container-id}/acl                       container_acls:put_patch
    PATCH   /v1/containers/{container-id}/acl                       container_acls:put_patch
    DELETE  /v1/containers/{container-id}/acl                       container_acls:delete
    GET     /v1/containers/{container-id}/consumers                 container_consumers:get
    POST    /v1/containers/{container-id}/consumers                 container_consumers:post
    DELETE  /v1/containers/{container-id}/consumers                 container_consumers:delete
    GET     /v1/containers/{container-id}/consumers/{consumer-id}   consumer:get
    GET     /v1/orders                                              orders:get
    POST    /v1/orders                                              orders:post
    PUT     /v1/orders                                              orders:put
    GET     /v1/orders/{order-id}                                   order:get
    DELETE  /v1/orders/{order-id}                                   order:delete
    GET     /v1/quotas                                              quotas:get
    GET     /v1/project-quotas                                      project_quotas:get
    GET     /v1/project-quotas/{project-id}                         project_quotas:get
    PUT     /v1/project-quotas/{project-id}                         project_quotas:put
    DELETE  /v1/project-quotas/{project-id}                         project_quotas:delete
    GET     /v1/secret-stores                                       secretstores:get
    GET     /v1/secret-stores/global-default                        secretstores:get_global_default
    GET     /v1/secret-stores/preferred                             secretstores:get_preferred
    GET     /v1/secret-stores/{secret-store-id}                     secretstore:get
    POST    /v1/secret-stores/{secret-store-id}/preferred           secretstore_preferred:post
    DELETE  /v1/secret-stores/{secret-store-id}/preferred           secretstore_preferred:delete
    GET     /v1/transport_keys                                      transport_keys:get
    POST    /v1/transport_keys                                      transport_keys:post
    GET     /v1/transport_keys/{transport-key-id}                   transport_key:get
    DELETE  /v1/transport_keys/{transport-key-id}                   transport_key:delete
"""
GUARDED = {
    (method, path, rule)
    for method, path, *rules in (line.split() for line in ROUTES.strip().splitlines())
    for rule in rules
}
# Names that policy files written for the original refer to.
HELPERS = [
    "secret_project_match",
    "secret_project_reader",
    "secret_project_member",
    "secret_project_admin",
    "secret_owner",
    "secret_is_not_private",
    "secret_acl_read",
    "container_project_match",
    "container_project_member",
    "container_project_admin",
    "container_owner",
    "container_is_not_private",
    "container_acl_read",
    "order_project_match",
    "order_project_member",
    "audit",
    "observer",
    "creator",
    "admin",
    "service_admin",
    "all_users",
    "all_but_audit",
    "admin_or_creator",
    "secret_creator_user",
    "secret_private_read",
    "secret_non_private_read",
    "secret_decrypt_non_private_read",
    "secret_project_creator",
    "secret_project_creator_role",
    "container_private_read",
    "container_creator_user",
    "container_non_private_read",
    "container_project_creator",
    "container_project_creator_role",
]


def test_rules_and_routes_are_those_of_the_contract() -> None:
    """Each route is guarded by the rule that the contract names, and no rule guards anything else."""
    written = {
        (op["method"], op["path"], rule.name)
        for rule in DOCUMENTED.values()
        for op in rule.operations
        if op["path"].startswith("/v1/")
    }
    assert written == GUARDED


def test_names_are_unique() -> None:
    names = [rule.name for rule in list_rules()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", HELPERS)
def test_helper_rule_of_the_original_exists(name: str) -> None:
    assert name in {rule.name for rule in list_rules()}


@pytest.mark.parametrize("rule", DOCUMENTED.values(), ids=DOCUMENTED)
def test_rule_is_fit_for_a_document(rule: policy.DocumentedRuleDefault) -> None:
    """A sentence says what it allows; its routes are real paths with real methods; both sets are there."""
    assert re.fullmatch(r"[A-Z][^\"\n]{15,}\.", rule.description)
    for operation in rule.operations:
        assert operation["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE"}
        assert re.fullmatch(r"(/v1|/workqueue/api/v1\.0)(/[a-z_-]+|/\{[a-z-]+\})+", operation["path"])
    assert rule.deprecated_rule is not None
    assert rule.deprecated_rule.name == rule.name
    assert rule.deprecated_rule.deprecated_reason
    assert rule.scope_types == ["project"]


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.name)
def test_helper_and_rule_say_what_they_are_for(rule: policy.RuleDefault) -> None:
    assert rule.description
    assert rule.description.endswith(".")


def test_sample_file_is_what_the_generator_writes_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``oslopolicy-sample-generator --namespace barbican`` makes etc/barbican/policy.yaml."""
    monkeypatch.setattr(generator, "get_policies_dict", lambda _names: {"barbican": list_rules()})
    output = tmp_path / "policy.yaml"
    generator.generate_sample(["--namespace", "barbican", "--output-file", str(output)], cfg.ConfigOpts())
    assert SAMPLE.read_text() == output.read_text()


def test_sample_file_changes_nothing_as_it_is() -> None:
    """Every rule in it is a comment."""
    assert policy.parse_file_contents(SAMPLE.read_text()) == {}
