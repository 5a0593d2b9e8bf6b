"""What python-barbicanclient's library does with orders of each type."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from barbicanclient.base import ImmutableException
from barbicanclient.v1.orders import AsymmetricOrder, KeyOrder

from tests.support.instance import awaited, completed
from tests.support.pipelines import LibraryScenario, Pipeline
from tests.support.scenarios.library_secrets import TOMORROW, fresh, refused

_SPELLED = TOMORROW.replace(tzinfo=None).isoformat()


def _done(pipeline: Pipeline, made: Any) -> Any:
    """The order when it has been worked, after a look at what both types have in common."""
    done = awaited(pipeline.client, made.submit())
    assert (done.order_ref, done.status) == (made.order_ref, "ACTIVE")
    assert (done.name, done.algorithm, done.bit_length) == (made.name, made.algorithm, made.bit_length)
    assert done.expiration.replace(tzinfo=dt.UTC) == TOMORROW
    assert done.payload_content_type == "application/octet-stream"
    assert (done.error_status_code, done.error_reason) == (None, None)
    assert done.created <= done.updated
    assert done.to_dict()["Order href"] == done.order_ref
    with pytest.raises(ImmutableException):
        done.submit()
    return done


def a_key_is_ordered(pipeline: Pipeline) -> None:
    """Each property can be set until it is submitted."""
    made = pipeline.client.orders.create_key()
    made.name, made.algorithm, made.bit_length, made.mode = fresh("key"), "aes", 192, "cbc"
    made.payload_content_type, made.expiration = "application/octet-stream", _SPELLED
    done = _done(pipeline, made)
    assert isinstance(done, KeyOrder)
    assert done.mode == "cbc"
    assert len(pipeline.client.secrets.get(done.secret_ref).payload) == 24
    done.delete()
    assert refused(lambda: pipeline.client.orders.get(made.order_ref), 404).startswith("Not Found: ")


def a_pair_is_ordered(pipeline: Pipeline) -> None:
    """The passphrase is in the container, and the order does not tell it."""
    made = pipeline.client.orders.create_asymmetric()
    made.name, made.algorithm, made.bit_length = fresh("pair"), "rsa", 1024
    made.payload_content_type, made.expiration = "application/octet-stream", _SPELLED
    made.pass_phrase = "correct horse"
    done = _done(pipeline, made)
    assert isinstance(done, AsymmetricOrder)
    assert done.pass_phrase is None
    container = pipeline.client.containers.get(done.container_ref)
    assert container.private_key_passphrase.payload == "correct horse"
    assert container.private_key.payload.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert container.public_key.payload.startswith(b"-----BEGIN PUBLIC KEY-----")
    done.delete()


def orders_are_counted_listed_and_deleted(pipeline: Pipeline) -> None:
    orders, name = pipeline.client.orders, fresh("listed")
    before = orders.total()
    key = completed(pipeline.client, "key", name=name, algorithm="aes", bit_length=128)
    pair = completed(pipeline.client, "asymmetric", name=name, algorithm="ed25519", bit_length=256)
    assert orders.total() == before + 2
    listed = orders.list(limit=2, offset=before)
    assert [order.to_dict() for order in listed] == [key.to_dict(), pair.to_dict()]
    for order in listed:
        orders.delete(order.order_ref)
    assert orders.total() == before


def an_order_that_cannot_be_done_ends_with_the_reason(pipeline: Pipeline) -> None:
    failed = completed(pipeline.client, "key", name=fresh("no"), algorithm="rot13", bit_length=128)
    assert (failed.status, failed.error_status_code, failed.secret_ref) == ("ERROR", "400", None)
    assert "supported plugin not found" in failed.error_reason


def another_projects_order_is_not_found(pipeline: Pipeline) -> None:
    order = completed(pipeline.client, "key", name=fresh("mine"), algorithm="aes", bit_length=128)
    stranger = pipeline.stranger.orders
    for call in (lambda: stranger.get(order.order_ref), lambda: stranger.delete(order.order_ref)):
        assert refused(call, 404).startswith("Not Found: ")


SCENARIOS: list[LibraryScenario] = [
    a_key_is_ordered,
    a_pair_is_ordered,
    orders_are_counted_listed_and_deleted,
    an_order_that_cannot_be_done_ends_with_the_reason,
    another_projects_order_is_not_found,
]
