"""What python-barbicanclient's library does with ACLs, and with certificate authorities: there are none."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from barbicanclient.v1.acls import ContainerACL, SecretACL

from tests.support.pipelines import LibraryScenario, Pipeline
from tests.support.scenarios.library_secrets import fresh, refused

NO_AUTHORITIES = "Not Found: Not Found. Certificate authorities are not part of this API."


def _a_secret(pipeline: Pipeline) -> str:
    return str(pipeline.client.secrets.create(name=fresh("shared"), payload="hush").store())


def _a_container(pipeline: Pipeline) -> str:
    return str(pipeline.client.containers.create(name=fresh("shared")).store())


def _described(operation: Any) -> tuple[bool, list[str]]:
    return operation.project_access, operation.users


def _an_acl_is_submitted_changed_and_removed(
    pipeline: Pipeline, reference: str, acl_type: type, read: Callable[[], object]
) -> None:
    """Who is named may read; who is not, not; what is removed is as if it had never been."""
    acls = pipeline.client.acls
    assert refused(read, 403).startswith("Forbidden: ")
    made = acls.create(reference)
    assert type(made) is acl_type
    assert (made.validate_input_ref(), made.entity_ref) == (made.acl_type, reference)
    assert made.operation_acls == []
    made.add_operation_acl(users=[pipeline.stranger_id], project_access=True, operation_type="read")
    assert made.submit() == made.acl_ref == f"{reference}/acl"
    read()
    got = acls.get(reference)
    assert got.acl_ref_relative.endswith(f"{got.entity_uuid}/acl")
    assert got.get("read") is got.read is got.operation_acls[0]
    assert _described(got.read) == (True, [pipeline.stranger_id])
    got.read.users, got.read.project_access = [], False
    got.submit()
    made.load_acls_data()
    assert _described(made.read) == (False, [])
    assert refused(read, 403).startswith("Forbidden: ")
    got.remove()
    assert acls.get(reference).read.created is None
    assert _described(acls.get(reference).read) == (True, [])


def an_acl_of_a_secret_lets_others_read(pipeline: Pipeline) -> None:
    reference = _a_secret(pipeline)
    stranger = pipeline.stranger.secrets
    _an_acl_is_submitted_changed_and_removed(
        pipeline, reference, SecretACL, lambda: stranger.get(reference).payload
    )
    shared = pipeline.client.acls.create(reference, users=[pipeline.stranger_id], project_access=False)
    shared.submit()
    assert stranger.get(reference).payload == "hush"
    seen = pipeline.client.secrets.get(reference).acls
    assert _described(seen.read) == (False, [pipeline.stranger_id])


def an_acl_of_a_container_lets_others_read(pipeline: Pipeline) -> None:
    reference = _a_container(pipeline)
    stranger = pipeline.stranger.containers
    _an_acl_is_submitted_changed_and_removed(
        pipeline, reference, ContainerACL, lambda: stranger.get(reference)
    )


def the_acl_of_one_operation_is_described_and_removed(pipeline: Pipeline) -> None:
    acls = pipeline.client.acls
    for reference, kind in ((_a_secret(pipeline), "secret"), (_a_container(pipeline), "container")):
        # An id alone needs its type.
        entity_id = reference.rpartition("/")[2]
        made = acls.create(entity_id, users=["alice"], project_access=False, ref_type=kind)
        made.submit()
        got = acls.get(entity_id, ref_type=kind).read
        assert (got.entity_ref, str(got.entity_uuid)) == (entity_id, entity_id)
        assert got.acl_ref_relative == f"/{kind}s/{entity_id}/acl"
        assert got.acl_ref == f"{entity_id}/acl"
        assert got.created <= got.updated
        assert got.to_dict()["Users"] == ["alice"]
        got.operation_type = "read"
        assert got.operation_type == "read"
        got.remove()
        assert _described(acls.get(reference).read) == (True, [])


def references_of_acls_are_told_apart(pipeline: Pipeline) -> None:
    """What ACL classes offer without a server."""
    reference = f"{pipeline.endpoint}/v1/secrets/{uuid.uuid4()}"
    for acl in (SecretACL, ContainerACL):
        assert acl.identify_ref_type(reference) == "secret"
        assert acl.get_acl_ref_from_entity_ref(reference) == f"{reference}/acl"
        assert acl.get_acl_ref_from_entity_ref_relative("x", "containers") == "containers/x/acl"
    with pytest.raises(ValueError, match="ACL URI provided"):
        pipeline.client.acls.create(f"{reference}/acl").validate_input_ref()


def acls_cannot_be_counted(pipeline: Pipeline) -> None:
    """Every manager has ``total()``; there is no collection of ACLs to ask it of."""
    assert refused(pipeline.client.acls.total, 404).startswith("Not Found: ")


def another_projects_acl_is_refused(pipeline: Pipeline) -> None:
    stranger = pipeline.stranger.acls
    for reference in (_a_secret(pipeline), _a_container(pipeline)):
        for call in (
            lambda reference=reference: stranger.get(reference),
            lambda reference=reference: stranger.create(reference, users=["me"]).submit(),
            lambda reference=reference: stranger.create(reference).remove(),
        ):
            assert refused(call, 403).startswith("Forbidden: ")


def certificate_authorities_are_not_found(pipeline: Pipeline) -> None:
    """The library has them, the API does not: whatever asks the server is told so."""
    authorities = pipeline.client.cas
    assert refused(authorities.list, 404) == NO_AUTHORITIES
    assert refused(authorities.total, 404) == NO_AUTHORITIES
    reference = f"{pipeline.endpoint}/v1/cas/{uuid.uuid4()}"
    authority = authorities.get(reference)
    assert authority.ca_ref == reference
    for ask in (
        lambda: authority.name,
        lambda: authority.description,
        lambda: authority.plugin_name,
        lambda: authority.plugin_ca_id,
        lambda: authority.expiration,
        lambda: authority.created,
        lambda: authority.updated,
        lambda: authority.status,
        authority.to_dict,
    ):
        assert refused(ask, 404) == NO_AUTHORITIES


SCENARIOS: list[LibraryScenario] = [
    an_acl_of_a_secret_lets_others_read,
    an_acl_of_a_container_lets_others_read,
    the_acl_of_one_operation_is_described_and_removed,
    references_of_acls_are_told_apart,
    acls_cannot_be_counted,
    another_projects_acl_is_refused,
    certificate_authorities_are_not_found,
]
