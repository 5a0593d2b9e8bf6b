"""What python-barbicanclient's library does with secrets, their consumers and their metadata."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from barbicanclient.base import ImmutableException
from barbicanclient.exceptions import HTTPClientError, SecretHasConsumers

from tests.support.pipelines import LibraryScenario, Pipeline

CONSUMER = {"service": "glance", "resource_type": "image", "resource_id": "0f4a2b"}
TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).replace(microsecond=123456)
DESCRIPTION = {
    "algorithm": "aes",
    "bit_length": 256,
    "mode": "gcm",
    "secret_type": "symmetric",
}


def fresh(what: str) -> str:
    """A name that nothing else has: some pipelines have one project for all scenarios."""
    return f"{what} {uuid.uuid4()}"


def refused(call: Any, status: int) -> str:
    """What the server says to a call that it must refuse."""
    with pytest.raises(HTTPClientError) as caught:
        call()
    assert caught.value.status_code == status
    return str(caught.value)


def a_secret_is_described_stored_and_got(pipeline: Pipeline) -> None:
    """Each property can be set until it is stored, and has come back afterwards."""
    secrets, name = pipeline.client.secrets, fresh("described")
    before = dt.datetime.now(dt.UTC)
    made = secrets.create()
    made.name, made.payload = name, b"\x00\xff"
    made.expiration = TOMORROW.replace(tzinfo=None).isoformat()
    made.algorithm, made.bit_length = DESCRIPTION["algorithm"], DESCRIPTION["bit_length"]
    made.mode, made.secret_type = DESCRIPTION["mode"], DESCRIPTION["secret_type"]
    assert made.store() == made.secret_ref
    assert made.secret_ref.startswith(f"{pipeline.endpoint}/v1/secrets/")
    with pytest.raises(ImmutableException):
        made.name = "another"
    got = secrets.get(made.secret_ref)
    assert (got.name, got.payload, got.status) == (name, b"\x00\xff", "ACTIVE")
    assert (got.algorithm, got.bit_length, got.mode, got.secret_type) == tuple(DESCRIPTION.values())
    assert got.expiration.replace(tzinfo=dt.UTC) == TOMORROW
    assert got.content_types == {"default": got.payload_content_type}
    assert (got.payload_content_type, got.payload_content_encoding) == ("application/octet-stream", None)
    assert before <= got.created.replace(tzinfo=dt.UTC) <= dt.datetime.now(dt.UTC)
    assert got.updated == got.created
    assert secrets.list(name=name)[0].to_dict() == got.to_dict()


def a_payload_is_given_with_its_type_and_encoding(pipeline: Pipeline) -> None:
    """The way of old, by properties that the client calls deprecated."""
    made = pipeline.client.secrets.create(name=fresh("typed"), payload="AAECAw==")
    made.payload_content_type = "application/pkcs8"
    made.payload_content_encoding = "base64"
    got = pipeline.client.secrets.get(made.store())
    assert (got.payload_content_type, got.payload) == ("application/pkcs8", b"\x00\x01\x02\x03")


def a_payload_is_given_in_a_second_step(pipeline: Pipeline) -> None:
    secrets = pipeline.client.secrets
    by_manager = secrets.create(name=fresh("late")).store()
    by_itself = secrets.create(name=fresh("late"))
    by_itself.store()
    secrets.update(by_manager, "late")
    by_itself.payload = "later"
    by_itself.update()
    assert secrets.get(by_manager).payload == "late"
    assert secrets.get(by_itself.secret_ref).payload == "later"
    assert "already has data" in refused(lambda: secrets.update(by_manager, "again"), 409)


def secrets_are_counted_listed_and_deleted(pipeline: Pipeline) -> None:
    secrets, name = pipeline.client.secrets, fresh("listed")
    before = secrets.total()
    made = [secrets.create(name=name, payload="x", bit_length=bits) for bits in (128, 256)]
    references = [secret.store() for secret in made]
    assert secrets.total() == before + 2
    found = secrets.list(name=name, sort="bit_length:desc", expiration=None, limit=10, offset=0)
    assert [secret.secret_ref for secret in found] == references[::-1]
    assert [secret.bit_length for secret in secrets.list(name=name, bits=128)] == [128]
    assert secrets.list(name=name, algorithm="aes", mode="cbc", secret_type="private") == []
    secrets.delete(references[0])
    made[1].delete()
    assert secrets.list(name=name) == []
    assert refused(lambda: secrets.get(references[0]).name, 404).startswith("Not Found: ")


def consumers_of_a_secret_come_and_go(pipeline: Pipeline) -> None:
    secrets = pipeline.client.secrets
    reference = secrets.create(name=fresh("consumed"), payload="x").store()
    answered = secrets.register_consumer(reference, **CONSUMER)
    assert answered.consumers == secrets.get(reference).consumers == [CONSUMER]
    listed = secrets.list_consumers(reference, limit=10, offset=0)
    assert [consumer.to_dict()["Resource id"] for consumer in listed] == ["0f4a2b"]
    assert listed[0].status == "ACTIVE"
    with pytest.raises(SecretHasConsumers):
        secrets.delete(reference)
    secrets.remove_consumer(reference, **CONSUMER)
    assert secrets.list_consumers(reference) == []
    secrets.register_consumer(reference, **CONSUMER)
    secrets.delete(reference, force=True)
    # A local change of a local copy: the server is not told.
    answered.consumers = []
    assert answered.consumers == []


def metadata_of_a_secret_is_set_added_changed_and_removed(pipeline: Pipeline) -> None:
    secrets = pipeline.client.secrets
    reference = secrets.create(name=fresh("noted"), payload="x").store()
    answer = secrets.set_secret_metadata(reference, {"access-limit": "11", "owner": "me"})
    assert answer == {"metadata_ref": f"{reference}/metadata"}
    assert secrets.add_secret_metadata(reference, "colour", "red") == {"key": "colour", "value": "red"}
    assert secrets.add_secret_metadata(reference, "owner", "you") == {"key": "owner", "value": "you"}
    assert secrets.get_secret_metadata(reference, "owner") == {"key": "owner", "value": "you"}
    secrets.delete_secret_metadata(reference, "access-limit")
    assert secrets.get_secret_metadata(reference) == {"metadata": {"colour": "red", "owner": "you"}}
    assert "metadata not found" in refused(lambda: secrets.get_secret_metadata(reference, "none"), 404)


def another_projects_secret_is_refused(pipeline: Pipeline) -> None:
    name = fresh("mine")
    reference = pipeline.client.secrets.create(name=name, payload="x").store()
    stranger = pipeline.stranger.secrets
    for call in (
        lambda: stranger.get(reference).payload,
        lambda: stranger.update(reference, "y"),
        lambda: stranger.register_consumer(reference, **CONSUMER),
        lambda: stranger.set_secret_metadata(reference, {}),
    ):
        assert refused(call, 403).startswith("Forbidden: ")
    assert stranger.list(name=name) == []


SCENARIOS: list[LibraryScenario] = [
    a_secret_is_described_stored_and_got,
    a_payload_is_given_with_its_type_and_encoding,
    a_payload_is_given_in_a_second_step,
    secrets_are_counted_listed_and_deleted,
    consumers_of_a_secret_come_and_go,
    metadata_of_a_secret_is_set_added_changed_and_removed,
    another_projects_secret_is_refused,
]
