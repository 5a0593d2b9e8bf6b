"""Orders: accepted at once, worked by a worker, shown, listed, deleted."""

from __future__ import annotations

import re

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, id_of, path_of

_AES = {"algorithm": "aes", "bit_length": 256}
_PASSPHRASE = "correct horse battery staple"
_NOT_FOUND_PLUGIN = "Process TypeOrder issue seen - Secret generate supported plugin not found."
_UNSUITABLE = "Process TypeOrder issue seen - Requested algorithm is not supported."


def ended(instance: Instance, caller: Caller, path: str) -> dict[str, object]:
    """The order as it is once a worker has ended it."""
    instance.orders_done.wait_for(id_of(path))
    shown: dict[str, object] = caller.get(path).json
    return shown


def test_an_order_is_accepted_with_a_location(any_caller: Caller) -> None:
    answer = any_caller.post("/v1/orders/", {"type": "key", "meta": _AES})
    assert answer.status == "202 Accepted"
    assert list(answer.json) == ["order_ref"]
    assert answer.headers["Location"] == answer.json["order_ref"]
    assert re.fullmatch(r"http://localhost:9311/v1/orders/[0-9a-f-]{36}", answer.json["order_ref"])


def test_a_key_order_ends_active_with_its_secret(any_instance: Instance) -> None:
    caller = any_instance.caller(X_User_Id="alice")
    meta = _AES | {"name": "n", "mode": "cbc", "expiration": "2999-01-01T00:00:00"}
    meta |= {"payload_content_type": "application/octet-stream"}
    path = caller.new_order(**meta)
    order = ended(any_instance, caller, path)
    assert set(order) == {
        *("created", "updated", "status", "type", "meta", "order_ref", "secret_ref", "creator_id"),
        *("sub_status", "sub_status_message"),
    }
    assert (order["status"], order["type"], order["creator_id"]) == ("ACTIVE", "key", "alice")
    assert (order["sub_status"], order["sub_status_message"]) == ("Unknown", "Unknown")
    assert order["meta"] == meta
    secret = caller.get(path_of(str(order["secret_ref"]))).json
    assert {name: secret[name] for name in ("name", "algorithm", "bit_length", "mode")} == {
        name: meta[name] for name in ("name", "algorithm", "bit_length", "mode")
    }
    assert (secret["secret_type"], secret["creator_id"]) == ("symmetric", "alice")
    assert secret["expiration"] == "2999-01-01T00:00:00"
    assert secret["content_types"] == {"default": "application/octet-stream"}


@pytest.mark.parametrize(
    ("algorithm", "bits", "mode", "size"),
    [
        *((name, bits, None, bits // 8) for name in ("aes", "des", "3des") for bits in (64, 128, 192, 256)),
        *(
            (f"hmacsha{digest}", bits, None, bits // 8)
            for digest in (1, 256, 384, 512)
            for bits in (64, 128, 192, 256, 384, 512)
        ),
        ("AES", 256, "CBC", 32),
        ("aes", 256, "xts", 64),
        ("aes", 128, "XTS", 32),
    ],
)
def test_a_key_has_the_size_that_was_ordered(
    instance: Instance, caller: Caller, algorithm: str, bits: int, mode: str | None, size: int
) -> None:
    wanted = {"algorithm": algorithm, "bit_length": bits} | ({"mode": mode} if mode else {})
    order = ended(instance, caller, caller.new_order(**wanted))
    payload = caller.get(path_of(str(order["secret_ref"])) + "/payload").body
    assert len(payload) == size
    assert len(set(payload)) > 2


@pytest.mark.parametrize(
    ("kind", "meta", "reason"),
    [
        ("key", {"algorithm": "nonsense"}, _NOT_FOUND_PLUGIN),
        ("key", {"algorithm": "rsa", "bit_length": 2048}, _UNSUITABLE),
        ("key", {"algorithm": "aes", "bit_length": 512}, _UNSUITABLE),
        ("key", {"algorithm": "aes", "bit_length": 8}, _UNSUITABLE),
        ("asymmetric", {"algorithm": "nonsense", "bit_length": 1024}, _NOT_FOUND_PLUGIN),
        ("asymmetric", {"algorithm": "aes"}, _UNSUITABLE),
        ("asymmetric", {"algorithm": "rsa", "bit_length": 1000}, _UNSUITABLE),
        ("asymmetric", {"algorithm": "ec", "bit_length": 192}, _UNSUITABLE),
        ("asymmetric", {"algorithm": "ed25519", "bit_length": 512}, _UNSUITABLE),
        ("asymmetric", {"algorithm": "rsa", "bit_length": 1000, "passphrase": _PASSPHRASE}, _UNSUITABLE),
    ],
)
def test_an_order_that_nobody_can_fill_ends_in_error(
    any_instance: Instance, any_caller: Caller, kind: str, meta: dict[str, object], reason: str
) -> None:
    """It is accepted all the same; the status code is a string; nothing is left behind."""
    order = ended(any_instance, any_caller, any_caller.new_order(kind, **meta))
    assert order["status"] == "ERROR"
    assert (order["error_status_code"], order["error_reason"]) == ("400", reason)
    assert not {"secret_ref", "container_ref", "sub_status"} & set(order)
    assert any_caller.get("/v1/secrets").json["total"] == 0


def test_stored_meta_gains_name_and_expiration(caller: Caller) -> None:
    assert caller.get(caller.new_order()).json["meta"] == _AES | {"name": None, "expiration": None}


def test_unknown_meta_is_not_kept(caller: Caller) -> None:
    """Clients refuse an order whose meta has other names than these."""
    meta = caller.get(caller.new_order(nonsense=1, secret_type="private", mode="cbc")).json["meta"]
    assert set(meta) == {"name", "algorithm", "mode", "bit_length", "expiration"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"type": "certificate", "meta": _AES}, "Invalid property: 'type'"),
        ({"type": None, "meta": _AES}, "Invalid property: 'type'"),
        ({"meta": _AES}, "Invalid property: 'type'"),
        ({"type": "key"}, "'meta' is a required property"),
        ({"type": "key", "meta": None}, "Invalid property: 'meta'"),
        ({"type": "key", "meta": []}, "Invalid property: 'meta'"),
        ({"type": "key", "meta": {"bit_length": 256}}, "'algorithm' is a required property"),
        ({"type": "key", "meta": {"algorithm": "aes"}}, "'bit_length' is a required property"),
        ({"type": "key", "meta": {"algorithm": " ", "bit_length": 256}}, "Invalid property: 'algorithm'"),
        ({"type": "key", "meta": _AES | {"payload": "x"}}, "'payload'"),
        ({"type": "key", "meta": _AES | {"payload": None}}, "'payload'"),
        ({"type": "key", "meta": _AES | {"bit_length": 255}}, "Provided field value is not supported"),
        ({"type": "key", "meta": _AES | {"bit_length": "256"}}, "Invalid property: 'bit_length'"),
        ({"type": "key", "meta": _AES | {"bit_length": 40_000}}, "Invalid property: 'bit_length'"),
        ({"type": "key", "meta": _AES | {"name": 5}}, "Invalid property: 'name'"),
        ({"type": "key", "meta": _AES | {"mode": "x" * 256}}, "Invalid property: 'mode'"),
        ({"type": "key", "meta": _AES | {"expiration": "2020-01-01"}}, "'expiration' is before current time"),
        (
            {"type": "key", "meta": _AES | {"payload_content_type": "image/png"}},
            "Invalid property: 'payload_content_type'",
        ),
        (
            {"type": "asymmetric", "meta": _AES | {"passphrase": "a", "pass_phrase": "b"}},
            "Invalid property: 'passphrase'",
        ),
        ({"type": "asymmetric", "meta": _AES | {"passphrase": 5}}, "Invalid property: 'passphrase'"),
    ],
    ids=str,
)
def test_a_bad_order_is_400_and_names_the_field(caller: Caller, body: object, text: str) -> None:
    answer = caller.post("/v1/orders", body)
    assert answer.status_int == 400
    assert text in answer.json["description"]
    assert caller.get("/v1/orders").json["total"] == 0


def test_orders_are_listed_by_age(any_instance: Instance, any_caller: Caller) -> None:
    paths = [any_caller.new_order(name=f"order {number}") for number in range(3)]
    for path in paths:
        any_instance.orders_done.wait_for(id_of(path))
    page = any_caller.get("/v1/orders").json
    assert [path_of(item["order_ref"]) for item in page["orders"]] == paths
    assert page["orders"][0] == any_caller.get(paths[0]).json
    assert page["total"] == 3


@pytest.mark.parametrize(
    ("meta", "found"),
    [
        ("aes", [0, 1]),
        ("hmacsha256", [2]),
        ("first", [0]),
        ("f%", [0]),
        ("fir", []),
        ("name", [0, 1, 2]),
        ("FIRST", []),
        ("50%25", [1]),
        ("nothing", []),
        ("", [0, 1, 2]),
        ("firs_", []),
        ("%2566irst", [0]),
        ("%22", []),
    ],
)
def test_orders_are_found_by_a_quoted_word_of_their_meta(
    any_instance: Instance, meta: str, found: list[int]
) -> None:
    caller = any_instance.caller()
    paths = [
        caller.new_order(name="first"),
        caller.new_order(name="50%"),
        caller.new_order(algorithm="hmacsha256"),
    ]
    page = caller.get(f"/v1/orders?meta={meta}").json
    assert [path_of(item["order_ref"]) for item in page["orders"]] == [paths[number] for number in found]
    assert page["total"] == len(found)


def test_deleting_an_order_keeps_what_it_made(any_instance: Instance, any_caller: Caller) -> None:
    path = any_caller.new_order()
    secret = path_of(str(ended(any_instance, any_caller, path)["secret_ref"]))
    assert any_caller.delete(path).status_int == 204
    assert [any_caller.get(path).status_int, any_caller.delete(path).status_int] == [404, 404]
    assert len(any_caller.get(f"{secret}/payload").body) == 32
