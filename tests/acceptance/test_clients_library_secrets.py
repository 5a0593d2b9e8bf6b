"""python-barbicanclient's library, unmodified: everything that it does with secrets."""

import datetime as dt
import uuid
from typing import Any

import pytest
from barbicanclient.exceptions import HTTPClientError, SecretHasConsumers

from tests.support.instance import Instance

CONSUMER = {"service": "glance", "resource_type": "image", "resource_id": "0f4a2b"}
SOMEDAY = dt.datetime(2100, 1, 2, 3, 4, 5, 123456, dt.UTC)


def spelled(moment: dt.datetime) -> str:
    """A moment as the API's users write it: ISO 8601 without an offset, in UTC."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat()


def names(secrets: list[Any]) -> list[str]:
    """The names of a list, in its order."""
    return [secret.name for secret in secrets]


@pytest.mark.parametrize(
    ("payload", "media_type"),
    [
        ("pass phrase", "text/plain"),
        ("\N{SNOWMAN} \N{GREEK SMALL LETTER MU}", "text/plain"),
        (" kept inside and out\n", "text/plain"),
        (bytes(range(256)), "application/octet-stream"),
    ],
    ids=["text", "unicode", "white space", "bytes"],
)
def test_a_payload_comes_back_as_it_was(client: Any, payload: str | bytes, media_type: str) -> None:
    """To the last character, stored in one step and in two."""
    stored = client.secrets.create(name="one step", payload=payload)
    stored.store()
    late = client.secrets.create(name="two steps")
    late.store()
    assert client.secrets.get(late.secret_ref).payload is None
    client.secrets.update(late.secret_ref, payload)
    one, two = client.secrets.get(stored.secret_ref), client.secrets.get(late.secret_ref)
    assert one.content_types == two.content_types == {"default": media_type}
    assert two.payload == payload
    assert one.payload == payload


@pytest.mark.parametrize("media_type", ["application/octet-stream", "application/pkcs8"])
def test_a_payload_may_be_given_with_its_type_and_encoding(client: Any, media_type: str) -> None:
    """The way of old: the caller says the type and gives base64."""
    reference = client.secrets.create(
        name="x", payload="AAECAw==", payload_content_type=media_type, payload_content_encoding="base64"
    ).store()
    got = client.secrets.get(reference)
    assert got.content_types == {"default": media_type}
    assert got.payload == b"\x00\x01\x02\x03"


@pytest.mark.parametrize(
    "secret_type", ["symmetric", "passphrase", "private", "public", "certificate", "opaque"]
)
def test_a_description_comes_back_as_it_was(client: Any, secret_type: str) -> None:
    described = {
        "name": "\N{SNOWMAN} a name",
        "algorithm": "AES",
        "bit_length": 256,
        "mode": "cbc",
        "secret_type": secret_type,
    }
    before = dt.datetime.now(dt.UTC)
    reference = client.secrets.create(expiration=spelled(SOMEDAY), payload="x", **described).store()
    got = client.secrets.get(reference)
    assert {field: getattr(got, field) for field in described} == described
    assert got.expiration.replace(tzinfo=dt.UTC) == SOMEDAY
    assert got.status == "ACTIVE"
    assert got.consumers == []
    assert before <= got.created.replace(tzinfo=dt.UTC) <= dt.datetime.now(dt.UTC)
    assert got.updated == got.created


def test_what_was_not_said_is_none_and_the_type_opaque(client: Any) -> None:
    got = client.secrets.get(client.secrets.create().store())
    assert (got.name, got.algorithm, got.bit_length, got.mode, got.expiration) == (None,) * 5
    assert (got.secret_type, got.content_types, got.status) == ("opaque", None, "ACTIVE")


def test_a_secret_is_got_by_its_reference_or_its_id(client: Any, instance: Instance) -> None:
    reference = client.secrets.create(name="found", payload="x").store()
    assert reference.startswith(f"{instance.endpoint}/v1/secrets/")
    assert client.secrets.get(reference).name == "found"
    assert client.secrets.get(reference.rpartition("/")[2]).name == "found"


@pytest.mark.parametrize("payload", ["late", b"\x00late"])
def test_the_second_step_can_be_taken_on_the_object_once(client: Any, payload: str | bytes) -> None:
    secret = client.secrets.create(name="two steps")
    secret.store()
    secret.payload = payload
    secret.update()
    assert client.secrets.get(secret.secret_ref).payload == payload
    with pytest.raises(HTTPClientError, match="Secret already has data, cannot modify it") as caught:
        client.secrets.update(secret.secret_ref, payload)
    assert caught.value.status_code == 409


def test_a_secret_is_deleted_by_its_manager_or_by_itself(client: Any) -> None:
    by_manager, by_itself = (client.secrets.create(name=name, payload="x") for name in "ab")
    references = by_manager.store(), by_itself.store()
    client.secrets.delete(references[0])
    by_itself.delete()
    for reference in references:
        with pytest.raises(HTTPClientError) as caught:
            assert client.secrets.get(reference).name
        assert caught.value.status_code == 404
    assert client.secrets.total() == 0


@pytest.fixture
def three(client: Any) -> Any:
    """The client in a project with three secrets that differ in everything."""
    for described in (
        {"name": "aes 128", "algorithm": "aes", "bit_length": 128, "mode": "cbc", "secret_type": "symmetric"},
        {"name": "rsa", "algorithm": "rsa", "bit_length": 2048, "secret_type": "private"},
        {"name": "aes 256", "algorithm": "aes", "bit_length": 256, "mode": "gcm"},
    ):
        expiration = spelled(SOMEDAY) if described["name"] == "rsa" else None
        client.secrets.create(payload="x", expiration=expiration, **described).store()
    return client


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["aes 128", "rsa", "aes 256"]),
        ({"name": "rsa"}, ["rsa"]),
        ({"name": "aes%"}, ["aes 128", "aes 256"]),
        ({"algorithm": "aes"}, ["aes 128", "aes 256"]),
        ({"mode": "gcm"}, ["aes 256"]),
        ({"bits": 2048}, ["rsa"]),
        ({"secret_type": "symmetric"}, ["aes 128"]),
        ({"expiration": f"gte:{spelled(SOMEDAY)}"}, ["rsa"]),
        ({"expiration": spelled(SOMEDAY)}, ["rsa"]),
        ({"expiration": f"lt:{spelled(SOMEDAY)}"}, []),
        ({"created": "gt:2020-01-01"}, ["aes 128", "rsa", "aes 256"]),
        ({"created": "lt:2020-01-01T00:00:00"}, []),
        ({"updated": f"gt:2020-01-01,lte:{spelled(SOMEDAY)}"}, ["aes 128", "rsa", "aes 256"]),
        ({"sort": "bit_length:desc"}, ["rsa", "aes 256", "aes 128"]),
        ({"sort": "algorithm:desc,name:asc"}, ["rsa", "aes 128", "aes 256"]),
        ({"limit": 2}, ["aes 128", "rsa"]),
        ({"limit": 2, "offset": 2}, ["aes 256"]),
        ({"algorithm": "aes", "mode": "cbc", "bits": 128, "sort": "name"}, ["aes 128"]),
    ],
    ids=str,
)
def test_a_list_is_filtered_sorted_and_cut(three: Any, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(three.secrets.list(**wanted)) == found


def test_what_is_listed_is_whole(three: Any) -> None:
    """An entry of a list holds all that GET tells, and reads its payload by itself."""
    listed = three.secrets.list(name="rsa")[0]
    assert listed.to_dict() == three.secrets.get(listed.secret_ref).to_dict()
    assert listed.payload == "x"
    assert three.secrets.total() == 3


def test_a_long_list_is_paged_without_loss(client: Any) -> None:
    stored = [client.secrets.create(name=f"{number}").store() for number in range(12)]
    pages = [client.secrets.list(limit=5, offset=offset) for offset in (0, 5, 10)]
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [secret.secret_ref for page in pages for secret in page] == stored
    assert len(client.secrets.list()) == 10


def test_consumers_are_registered_listed_and_removed(client: Any) -> None:
    """The same one twice is one; they are shown with the secret and on lists."""
    reference = client.secrets.create(name="used", payload="x").store()
    others = [CONSUMER | {"resource_id": f"{number}"} for number in range(3)]
    for consumer in (CONSUMER, CONSUMER, *others):
        answered = client.secrets.register_consumer(reference, **consumer)
    assert answered.consumers == [CONSUMER, *others]
    assert client.secrets.get(reference).consumers == [CONSUMER, *others]
    assert client.secrets.list()[0].consumers == [CONSUMER, *others]
    listed = client.secrets.list_consumers(reference, limit=2, offset=1)
    assert [consumer.resource_id for consumer in listed] == ["0", "1"]
    assert {consumer.status for consumer in listed} == {"ACTIVE"}
    assert all(consumer.created for consumer in listed)
    client.secrets.remove_consumer(reference, **CONSUMER)
    assert client.secrets.get(reference).consumers == others
    with pytest.raises(HTTPClientError, match="Consumer not found"):
        client.secrets.remove_consumer(reference, **CONSUMER)


def test_a_secret_with_consumers_is_deleted_by_force_only(client: Any) -> None:
    reference = client.secrets.create(name="used", payload="x").store()
    client.secrets.register_consumer(reference, **CONSUMER)
    with pytest.raises(SecretHasConsumers):
        client.secrets.delete(reference)
    assert client.secrets.get(reference).payload == "x"
    client.secrets.delete(reference, force=True)
    assert client.secrets.total() == 0


def test_projects_do_not_see_each_others_secrets(client: Any, instance: Instance) -> None:
    client.secrets.create(name="mine", payload="x").store()
    stranger = instance.client(f"stranger-{uuid.uuid4()}")
    assert stranger.secrets.list() == []
    assert stranger.secrets.total() == 0
