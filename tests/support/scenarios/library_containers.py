"""What python-barbicanclient's library does with containers of each type, and with their consumers."""

from __future__ import annotations

from typing import Any

import pytest
from barbicanclient.base import ImmutableException
from barbicanclient.v1.containers import CertificateContainer, Container, RSAContainer

from tests.support.pipelines import LibraryScenario, Pipeline
from tests.support.scenarios.library_secrets import fresh, refused

CONSUMER = {"name": "octavia", "url": "https://lb.example.com/listener"}


def _new_secret(pipeline: Pipeline, payload: str) -> Any:
    """A secret that is not stored yet: storing its container stores it."""
    return pipeline.client.secrets.create(name=fresh("contained"), payload=payload)


def _got(pipeline: Pipeline, made: Any) -> Any:
    """The container once more, from the server, after a look at what both have in common."""
    got = pipeline.client.containers.get(made.container_ref)
    assert type(got) is type(made)
    assert (got.container_ref, got.name, got.secret_refs) == (made.container_ref, made.name, made.secret_refs)
    assert (got.status, got.consumers) == ("ACTIVE", [])
    assert got.updated == got.created
    assert got.to_dict()["Container href"] == got.container_ref
    assert got.acls.read.project_access is True
    with pytest.raises(ImmutableException):
        got.name = "another"
    with pytest.raises(ImmutableException):
        got.remove("any")
    return got


def a_generic_container_holds_secrets_by_name(pipeline: Pipeline) -> None:
    first, second = _new_secret(pipeline, "1"), _new_secret(pipeline, "2")
    made = pipeline.client.containers.create(secrets={"first": first})
    made.name = fresh("generic")
    made.add("Second", second)
    made.add("third", second)
    made.remove("third")
    assert made.store() == made.container_ref
    got = _got(pipeline, made)
    assert type(got) is Container
    assert {name: secret.payload for name, secret in got.secrets.items()} == {"first": "1", "second": "2"}
    got.delete()
    assert refused(lambda: pipeline.client.containers.get(made.container_ref), 404).startswith("Not Found: ")
    assert pipeline.client.secrets.get(first.secret_ref).payload == "1"


def an_rsa_container_holds_a_pair(pipeline: Pipeline) -> None:
    whole = pipeline.client.containers.create_rsa(
        public_key=_new_secret(pipeline, "public"), private_key=_new_secret(pipeline, "private")
    )
    whole.name = fresh("rsa")
    whole.public_key = _new_secret(pipeline, "the other public")
    whole.private_key = _new_secret(pipeline, "the other private")
    whole.private_key_passphrase = _new_secret(pipeline, "passphrase")
    with pytest.raises(NotImplementedError):
        whole.add("public_key", whole.public_key)
    whole.store()
    got = _got(pipeline, whole)
    assert isinstance(got, RSAContainer)
    assert got.public_key.payload == "the other public"
    assert got.private_key.payload == "the other private"
    assert got.private_key_passphrase.payload == "passphrase"
    assert got.secrets.keys() == {"public_key", "private_key", "private_key_passphrase"}
    got.delete()


def a_certificate_container_holds_a_chain(pipeline: Pipeline) -> None:
    whole = pipeline.client.containers.create_certificate(
        name=fresh("certificate"), certificate=_new_secret(pipeline, "certificate")
    )
    whole.name = fresh("certificate")
    whole.certificate = _new_secret(pipeline, "the other certificate")
    whole.intermediates = _new_secret(pipeline, "intermediates")
    whole.private_key = _new_secret(pipeline, "private")
    whole.private_key_passphrase = _new_secret(pipeline, "passphrase")
    with pytest.raises(NotImplementedError):
        whole.add("certificate", whole.certificate)
    whole.store()
    got = _got(pipeline, whole)
    assert isinstance(got, CertificateContainer)
    assert got.certificate.payload == "the other certificate"
    assert got.intermediates.payload == "intermediates"
    assert got.private_key.payload == "private"
    assert got.private_key_passphrase.payload == "passphrase"
    assert len(got.secrets) == 4
    got.delete()


def a_certificate_may_stand_alone_but_a_pair_may_not(pipeline: Pipeline) -> None:
    """A container that is not of its type is refused, and the field named."""
    containers = pipeline.client.containers
    alone = containers.create_certificate(name=fresh("alone"), certificate=_new_secret(pipeline, "x"))
    assert containers.get(alone.store()).private_key is None
    half = containers.create_rsa(name=fresh("half"), public_key=_new_secret(pipeline, "x"))
    assert "private_key" in refused(half.store, 400)


def containers_are_counted_listed_and_deleted(pipeline: Pipeline) -> None:
    containers, name = pipeline.client.containers, fresh("listed")
    before = containers.total()
    pair = {half: _new_secret(pipeline, half) for half in ("public_key", "private_key")}
    references = [containers.create(name=name).store(), containers.create_rsa(name=name, **pair).store()]
    assert containers.total() == before + 2
    found = containers.list(name=name, limit=10, offset=0)
    assert [container.container_ref for container in found] == references
    assert [type(container) for container in containers.list(name=name, type="rsa")] == [RSAContainer]
    for reference in references:
        containers.delete(reference)
    assert containers.list(name=name) == []


def consumers_of_a_container_come_and_go(pipeline: Pipeline) -> None:
    containers = pipeline.client.containers
    reference = containers.create(name=fresh("consumed")).store()
    shown = [{"name": CONSUMER["name"], "URL": CONSUMER["url"]}]
    assert containers.register_consumer(reference, **CONSUMER).consumers == shown
    assert containers.get(reference).consumers == shown
    containers.remove_consumer(reference, **CONSUMER)
    assert containers.get(reference).consumers == []
    assert "Consumer not found" in refused(lambda: containers.remove_consumer(reference, **CONSUMER), 404)


def another_projects_container_is_refused(pipeline: Pipeline) -> None:
    reference = pipeline.client.containers.create(name=fresh("mine")).store()
    stranger = pipeline.stranger.containers
    for call in (
        lambda: stranger.get(reference),
        lambda: stranger.register_consumer(reference, **CONSUMER),
        lambda: stranger.delete(reference),
    ):
        assert refused(call, 403).startswith("Forbidden: ")


SCENARIOS: list[LibraryScenario] = [
    a_generic_container_holds_secrets_by_name,
    an_rsa_container_holds_a_pair,
    a_certificate_container_holds_a_chain,
    a_certificate_may_stand_alone_but_a_pair_may_not,
    containers_are_counted_listed_and_deleted,
    consumers_of_a_container_come_and_go,
    another_projects_container_is_refused,
]
