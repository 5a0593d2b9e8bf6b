"""The header that asks for a microversion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common.errors import InvalidInput, NotAcceptable
from barbican_like.http import microversion


@pytest.mark.parametrize(
    ("header", "minor"),
    [
        (None, 0),
        ("key-manager 1.0", 0),
        ("key-manager 1.2", 2),
        ("key-manager 1.3", 3),
        ("key-manager latest", microversion.MAX_MINOR),
        ("Key-Manager Latest", microversion.MAX_MINOR),
        ("compute 2.90,key-manager 1.1", 1),
        ("compute latest", 0),
    ],
)
def test_a_header_asks_for_a_minor_version(header: str | None, minor: int) -> None:
    assert microversion.parse(header) == minor


@given(minor=st.integers(0, 9_999), major=st.integers(0, 9_999))
def test_only_versions_in_the_range_are_spoken(major: int, minor: int) -> None:
    header = f"key-manager {major}.{minor}"
    if major == 1 and minor <= microversion.MAX_MINOR:
        assert microversion.parse(header) == minor
    else:
        with pytest.raises(NotAcceptable, match="maximum is 1"):
            microversion.parse(header)


@given(header=st.text(max_size=60))
def test_any_text_is_understood_or_refused(header: str) -> None:
    try:
        found = microversion.parse(header)
    except (InvalidInput, NotAcceptable):
        return
    assert microversion.MIN_MINOR <= found <= microversion.MAX_MINOR


def test_an_answer_names_its_version_and_varies_by_it() -> None:
    assert microversion.headers(1) == [
        ("openstack-api-version", "key-manager 1.1"),
        ("vary", "openstack-api-version"),
    ]
