"""What python-barbicanclient raises when the server refuses: status, reason phrase and the server's text."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from barbicanclient.exceptions import HTTPClientError, UnsupportedVersion
from keystoneauth1.session import Session

from tests.support.instance import Instance

LARGEST_PAYLOAD = 20_000


def refused(call: Callable[[], Any], status: int) -> str:
    """The text of the error that a call must raise."""
    with pytest.raises(HTTPClientError) as caught:
        call()
    assert caught.value.status_code == status
    return str(caught.value)


def test_what_is_not_there_is_404(client: Any) -> None:
    unknown = str(uuid.uuid4())
    for get in (lambda: client.secrets.get(unknown).name, lambda: client.secrets.get(unknown).payload):
        assert refused(get, 404).startswith("Not Found: Not Found. ")
    for call in (
        lambda: client.secrets.update(unknown, "x"),
        lambda: client.secrets.delete(unknown),
        lambda: client.secrets.register_consumer(unknown, "a", "b", "c"),
        lambda: client.secrets.list_consumers(unknown),
        lambda: client.orders.get(unknown),
        lambda: client.orders.delete(unknown),
        lambda: client.containers.get(unknown),
        lambda: client.containers.delete(unknown),
    ):
        assert refused(call, 404).startswith("Not Found: ")


def test_another_projects_secret_is_403_with_the_operations_name(client: Any, instance: Instance) -> None:
    reference = client.secrets.create(name="mine", payload="x").store()
    stranger = instance.client(f"stranger-{uuid.uuid4()}")
    for operation, call in (
        ("Secret retrieval", lambda: stranger.secrets.get(reference).name),
        ("Secret update", lambda: stranger.secrets.update(reference, "y")),
        ("SecretConsumer creation", lambda: stranger.secrets.register_consumer(reference, "a", "b", "c")),
        ("SecretConsumer(s) retrieval", lambda: stranger.secrets.list_consumers(reference)),
    ):
        assert refused(call, 403) == (
            f"Forbidden: {operation} attempt not allowed - please review your user/project privileges"
        )
    assert client.secrets.get(reference).payload == "x"


@pytest.mark.parametrize(
    ("described", "field"),
    [
        ({"secret_type": "key"}, "secret_type"),
        ({"bit_length": -1}, "bit_length"),
        ({"bit_length": "many"}, "bit_length"),
        ({"name": "x" * 256}, "name"),
        ({"payload": "x", "payload_content_type": "text/html"}, "payload_content_type"),
        ({"payload": "x", "payload_content_encoding": "base64"}, "payload_content_type"),
        ({"payload": " \n"}, "payload"),
    ],
    ids=str,
)
def test_a_bad_field_is_400_and_named(client: Any, described: dict[str, Any], field: str) -> None:
    text = refused(client.secrets.create(**described).store, 400)
    assert text.startswith("Bad Request: Provided object does not match schema 'Secret': ")
    assert text.endswith(f"Invalid property: '{field}'")


def test_an_expiration_in_the_past_or_unreadable_is_400(client: Any) -> None:
    # The client reads the text when it makes the object, so an unreadable one is set afterwards.
    late, unreadable = client.secrets.create(expiration="2001-02-03T04:05:06"), client.secrets.create()
    late.expiration = "2001-02-03T04:05:06"
    unreadable.expiration = "soon"
    assert "'expiration' is before current time" in refused(late.store, 400)
    assert "Invalid date for 'expiration'" in refused(unreadable.store, 400)


@pytest.mark.parametrize(
    ("meta", "field"),
    [
        ({"bit_length": 128}, "algorithm"),
        ({"algorithm": "aes"}, "bit_length"),
        ({"algorithm": "aes", "bit_length": "128"}, "bit_length"),
        ({"algorithm": "aes", "bit_length": 127}, "Provided field value is not supported"),
    ],
    ids=str,
)
def test_a_bad_order_is_400_and_the_field_named(client: Any, meta: dict[str, Any], field: str) -> None:
    text = refused(client.orders.create_key(name="x", **meta).submit, 400)
    assert text.startswith("Bad Request: ")
    assert field in text
    assert client.orders.total() == 0


def test_a_payload_that_is_too_large_is_413_in_one_step_and_in_two(client: Any) -> None:
    """The largest that is allowed is stored; one byte more is not, nor 10 MB, and the connection lives on."""
    reference = client.secrets.create(payload="x" * LARGEST_PAYLOAD).store()
    assert len(client.secrets.get(reference).payload) == LARGEST_PAYLOAD
    empty = client.secrets.create().store()
    for size in (LARGEST_PAYLOAD + 1, 10_000_000):
        for call in (
            client.secrets.create(payload="x" * size).store,
            lambda size=size: client.secrets.update(empty, b"x" * size),
        ):
            text = refused(call, 413)
            assert text.startswith("Request Entity Too Large: ")
            assert "too large to process" in text
    assert client.secrets.get(empty).content_types is None


def test_a_bad_filter_is_400(client: Any) -> None:
    for wanted in ({"sort": "payload"}, {"created": "gt:yesterday"}):
        text = refused(lambda wanted=wanted: client.secrets.list(**wanted), 400)
        assert "URI provided invalid query string parameters." in text


def test_bytes_that_are_no_text_are_406_as_text(client: Any) -> None:
    reference = client.secrets.create(name="x", payload=b"\xff\xfe").store()
    secret = client.secrets.list()[0]
    headers = {"Accept": "text/plain"}
    path = f"secrets/{reference.rpartition('/')[2]}/payload"
    text = refused(lambda: client.client.request(path, "GET", headers=headers), 406)
    assert text.startswith("Not Acceptable: ")
    assert secret.payload == b"\xff\xfe"


@pytest.mark.parametrize("microversion", ["1.0", "1.1", "1.2"])
def test_each_version_that_the_client_knows_can_be_chosen(
    instance: Instance, project: str, microversion: str
) -> None:
    client = instance.client(project, microversion=microversion)
    assert client.client.microversion == microversion
    reference = client.secrets.create(name="x", payload="y").store()
    assert client.secrets.get(reference).payload == "y"
    assert [secret.name for secret in client.secrets.list()] == ["x"]
    done = client.orders.create_key(name="k", algorithm="aes", bit_length=128)
    assert client.orders.get(done.submit()).name == "k"


def test_without_a_choice_the_client_takes_its_newest(client: Any) -> None:
    assert client.client.microversion == "1.2"


def test_a_version_that_the_client_does_not_know_is_refused_by_it(instance: Instance, project: str) -> None:
    with pytest.raises(UnsupportedVersion):
        instance.client(project, microversion="1.99")


def test_before_version_1_1_there_are_no_consumers(instance: Instance, project: str) -> None:
    old, new = (instance.client(project, microversion=version) for version in ("1.0", "1.1"))
    reference = new.secrets.create(name="x", payload="y").store()
    consumer = {"service": "a", "resource_type": "b", "resource_id": "c"}
    new.secrets.register_consumer(reference, **consumer)
    assert new.secrets.get(reference).consumers == [consumer]
    assert old.secrets.get(reference).consumers == []
    with pytest.raises(NotImplementedError):
        old.secrets.list_consumers(reference)
    old.secrets.delete(reference)
    assert new.secrets.total() == 0


def test_the_client_needs_neither_a_project_nor_a_token_to_learn_the_versions(instance: Instance) -> None:
    answer = Session().get(
        f"{instance.endpoint}/",
        headers={"OpenStack-API-Version": "key-manager 1.1"},
        raise_exc=False,
        redirect=False,
    )
    assert answer.status_code == 300
    assert answer.json()["versions"][0]["min_version"] == "1.0"
