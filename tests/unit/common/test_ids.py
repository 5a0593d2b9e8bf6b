"""Identifiers of entities."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common import ids


def test_new_ids_are_canonical_version_4_and_differ() -> None:
    """A thousand of them."""
    drawn = {ids.new_id() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(ids.is_canonical(text) for text in drawn)
    assert {uuid.UUID(text).version for text in drawn} == {4}


@given(st.uuids(version=4))
def test_every_version_4_uuid_is_canonical_in_one_spelling_only(drawn: uuid.UUID) -> None:
    """Lower case with hyphens; not in upper case, in braces, as a URN or without hyphens."""
    text = str(drawn)
    assert ids.is_canonical(text)
    others = {text.upper(), f"{{{text}}}", drawn.urn, drawn.hex, f" {text}", f"{text}\n", text[:-1]} - {text}
    assert not any(ids.is_canonical(other) for other in others)


@given(st.uuids(version=1) | st.uuids(version=3) | st.uuids(version=5))
def test_other_versions_are_not_canonical(drawn: uuid.UUID) -> None:
    """This server writes none of them."""
    assert not ids.is_canonical(str(drawn))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-4fff-cfff-ffffffffffff",
        "\uff10" * 8 + "-0000-4000-8000-000000000000",
    ],
)
def test_what_only_looks_like_an_id_is_not_one(text: str) -> None:
    """The nil UUID, a wrong variant, digits of another script."""
    assert not ids.is_canonical(text)
