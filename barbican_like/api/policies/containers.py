"""Rules for containers and for what is in them."""

from __future__ import annotations

from oslo_policy import policy

from barbican_like.api.policies import base
from barbican_like.http.policy import rules


def list_rules() -> list[policy.RuleDefault]:
    """The rules of ``/v1/containers``."""
    return [*_collection(), *_container(), *_content()]


def _collection() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "containers:post",
            new=rules.MEMBER,
            legacy=base.LEGACY_ADMIN_OR_CREATOR,
            description="Make a container.",
            operations=["POST /v1/containers"],
        ),
        base.documented(
            "containers:get",
            new=rules.MEMBER,
            legacy=base.LEGACY_ALL_BUT_AUDIT,
            description="List the containers of the caller's project.",
            operations=["GET /v1/containers"],
        ),
    ]


def _container() -> list[policy.RuleDefault]:
    return [
        base.documented(
            "container:get",
            new=base.managed_or_acl("container"),
            legacy=base.legacy_read("container"),
            description="Look at a container and the references in it.",
            operations=["GET /v1/containers/{container-id}"],
        ),
        base.documented(
            "container:delete",
            new=base.managed("container"),
            legacy="rule:container_project_admin or rule:container_project_creator",
            description="Delete a container; the secrets that it refers to stay.",
            operations=["DELETE /v1/containers/{container-id}"],
        ),
    ]


def _content() -> list[policy.RuleDefault]:
    path = "/v1/containers/{container-id}/secrets"
    return [
        base.documented(
            "container_secret:post",
            new=base.managed("container"),
            legacy=base.legacy_change("container"),
            description="Put a secret into a generic container.",
            operations=[f"POST {path}"],
        ),
        base.documented(
            "container_secret:delete",
            new=base.managed("container"),
            legacy=base.legacy_change("container"),
            description="Take a secret out of a generic container.",
            operations=[f"DELETE {path}"],
        ),
    ]
