"""Schemas of request bodies, as functions from parsed JSON to values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.api.schemas import orders, secrets
from barbican_like.common import clock
from barbican_like.common.errors import FieldNotSupported, InvalidInput, SchemaMismatch, TooLarge

_LIMIT = 20_000
_META = {"algorithm": "aes", "bit_length": 256}
_NAMES = st.text(max_size=255).map(lambda text: text.replace("\x00", ""))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(name=_NAMES, algorithm=_NAMES, mode=_NAMES, bits=st.integers(1, 32_767))
def test_a_sound_description_is_taken_stripped(name: str, algorithm: str, mode: str, bits: int) -> None:
    body = {"name": name, "algorithm": algorithm, "mode": mode, "bit_length": bits}
    found = secrets.new_secret(_LIMIT).parse(body)
    assert (found.name, found.algorithm, found.mode) == (name.strip(), algorithm.strip(), mode.strip())
    assert (found.bit_length, found.payload, found.content_type) == (bits, None, None)


@given(body=_JSON.filter(lambda value: not isinstance(value, dict)))
def test_what_is_no_object_is_a_mismatch_of_the_whole(body: object) -> None:
    for schema in (lambda: secrets.new_secret(_LIMIT).parse(body), lambda: orders.ORDER.parse(body)):
        with pytest.raises(SchemaMismatch, match="is not of type 'object'") as caught:
            schema()
        assert caught.value.field == ""


@given(body=st.dictionaries(st.sampled_from(["type", "meta", "service"]) | st.text(), _JSON, max_size=4))
def test_any_object_is_taken_or_refused_as_a_client_s_fault(body: dict[str, Any]) -> None:
    for schema in (lambda: orders.ORDER.parse(body), lambda: secrets.CONSUMER.parse(body)):
        try:
            found = schema()
        except InvalidInput:
            continue
        assert isinstance(found, orders.OrderBody | secrets.ConsumerBody)


@given(length=st.integers(0, 300), over=st.booleans())
def test_a_name_has_at_most_255_characters_blanks_included(length: int, over: bool) -> None:
    name = " " * over + "x" * length
    if len(name) <= 255:
        assert secrets.new_secret(_LIMIT).parse({"name": name}).name == "x" * length
    else:
        with pytest.raises(SchemaMismatch, match="too long"):
            secrets.new_secret(_LIMIT).parse({"name": name})


@given(
    moment=st.datetimes(datetime(2200, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001  naive is what is tested
    minutes=st.integers(-23 * 60, 23 * 60),
)
def test_an_expiration_is_kept_as_naive_utc(moment: datetime, minutes: int) -> None:
    sign, hours = ("-" if minutes < 0 else "+"), divmod(abs(minutes), 60)
    text = f"{moment.isoformat()}{sign}{hours[0]:02}:{hours[1]:02}"
    found = secrets.new_secret(_LIMIT).parse({"expiration": text}).expiration
    assert found == moment - timedelta(minutes=minutes)


def test_an_expiration_in_this_very_moment_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2030, 1, 1)  # noqa: DTZ001
    monkeypatch.setattr(clock, "now", lambda: now)
    with pytest.raises(SchemaMismatch, match="'expiration' is before current time"):
        secrets.new_secret(_LIMIT).parse({"expiration": now.isoformat()})
    later = now + timedelta(microseconds=1)
    assert secrets.new_secret(_LIMIT).parse({"expiration": later.isoformat()}).expiration == later


@given(limit=st.integers(1, 50), size=st.integers(1, 60))
def test_a_payload_is_too_large_by_its_bytes(limit: int, size: int) -> None:
    body = {"payload": "x" * size, "payload_content_type": "text/plain"}
    if size <= limit:
        assert secrets.new_secret(limit).parse(body).payload == b"x" * size
    else:
        with pytest.raises(TooLarge):
            secrets.new_secret(limit).parse(body)


@pytest.mark.parametrize("bits", [8, 64, 256, 2048, 32_760])
def test_an_order_s_size_is_whole_bytes(bits: int) -> None:
    found = orders.ORDER.parse({"type": "key", "meta": _META | {"bit_length": bits}})
    assert found.meta["bit_length"] == bits


@pytest.mark.parametrize("bits", [1, 7, 255, 257, 521])
def test_any_other_size_is_not_supported(bits: int) -> None:
    with pytest.raises(FieldNotSupported, match="Provided field value is not supported"):
        orders.ORDER.parse({"type": "key", "meta": _META | {"bit_length": bits}})


def test_the_curve_p_521_is_the_one_size_of_odd_bits() -> None:
    meta = {"algorithm": "EC", "bit_length": 521}
    assert orders.ORDER.parse({"type": "asymmetric", "meta": meta}).meta["bit_length"] == 521


@pytest.mark.parametrize(
    ("given_words", "found"),
    [
        ({}, None),
        ({"passphrase": "p"}, "p"),
        ({"pass_phrase": "p"}, "p"),
        ({"passphrase": "p", "pass_phrase": "p"}, "p"),
        ({"passphrase": "", "pass_phrase": "p"}, "p"),
        ({"passphrase": None}, None),
    ],
)
def test_a_passphrase_is_taken_under_either_name_and_kept_out_of_meta(
    given_words: dict[str, str | None], found: str | None
) -> None:
    body = orders.ORDER.parse({"type": "asymmetric", "meta": _META | given_words})
    assert body.passphrase == found
    assert not {"passphrase", "pass_phrase"} & set(body.meta)


@given(meta=st.dictionaries(st.text(), st.text(), max_size=5))
def test_an_order_s_meta_has_only_names_that_clients_know(meta: dict[str, str]) -> None:
    known = {"name", "algorithm", "mode", "bit_length", "expiration", "payload_content_type"}
    unknown = {name: value for name, value in meta.items() if name not in known | {"payload"}}
    assert set(orders.ORDER.parse({"type": "key", "meta": unknown | _META}).meta) == {
        *("name", "algorithm", "bit_length", "expiration")
    }


def test_a_reason_never_repeats_a_payload() -> None:
    for body in (
        {"payload": "hunter2"},
        {"payload": ["hunter2"]},
        {"payload": "hunter2", "payload_content_type": "application/pkcs8"},
        {"payload": "hunter2\xe9", "payload_content_type": "application/pkcs8"}
        | {"payload_content_encoding": "base64"},
    ):
        with pytest.raises(SchemaMismatch) as caught:
            secrets.new_secret(_LIMIT).parse(body)
        assert "hunter2" not in caught.value.message
        assert caught.value.__cause__ is None


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    """JSON Schema draft 2020-12 counts 256.0 as an integer, so a client may send it."""
    assert secrets.new_secret(100).parse({"bit_length": 256.0}).bit_length == 256
