"""Query strings: what is read, what falls back, what is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.api import filters
from barbican_like.common.errors import BadQuery
from barbican_like.http import query
from barbican_like.model.filters import Comparison, SortKey
from barbican_like.model.models import Marker, Page

_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)


@given(params=st.dictionaries(_TEXT, _TEXT, max_size=10))
def test_what_was_encoded_is_read(params: dict[str, str]) -> None:
    assert query.parse(urlencode(params)) == params


@given(value=_TEXT)
def test_unescaped_utf_8_is_read_as_utf_8(value: str) -> None:
    plain = "".join(character for character in value if character not in "&+%;#=")
    assert query.parse("name=" + plain.encode().decode("latin-1")) == {"name": plain}


@given(raw=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found = query.parse(raw.decode("latin-1"))
    except BadQuery:
        return
    assert all("\x00" not in text for pair in found.items() for text in pair)


@pytest.mark.parametrize("text", ["a=%ff", "%ff=a", "a=\xff", "a=%00", "%00=a", "a=%ed%a0%80", "a=\u20ac"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(BadQuery, match="URI provided invalid query string parameters"):
        query.parse(text)


@pytest.mark.parametrize(("count", "taken"), [(100, True), (101, False), (100_000, False)])
def test_a_query_has_at_most_100_parameters(count: int, taken: bool) -> None:
    text = "&".join(f"p{number}=x" for number in range(count))
    if taken:
        assert len(query.parse(text)) == count
    else:
        with pytest.raises(BadQuery):
            query.parse(text)


def test_of_a_repeated_parameter_the_last_counts() -> None:
    assert query.parse("a=1&a=2&b=") == {"a": "2", "b": ""}


@given(offset=st.integers() | _TEXT, limit=st.integers() | _TEXT)
def test_a_page_is_always_within_its_bounds(offset: int | str, limit: int | str) -> None:
    found = query.page({"offset": str(offset), "limit": str(limit)}, default=10, most=100)
    assert 0 <= found.offset < 2**63 - 1_000_000
    assert 1 <= found.limit <= 100


@given(offset=st.integers(0, 10**9), limit=st.integers(1, 100))
def test_a_sound_page_is_taken_as_it_is(offset: int, limit: int) -> None:
    found = query.page({"offset": str(offset), "limit": str(limit)}, default=10, most=100)
    assert found == Page(offset=offset, limit=limit)


@given(
    offset=st.integers(0, 10**9),
    order=_TEXT,
    values=st.lists(st.none() | st.integers(-(2**53), 2**53) | _TEXT.filter(str.isprintable), max_size=4),
    backwards=st.booleans(),
)
def test_a_marker_is_read_as_it_was_written_and_beside_its_own_offset_only(
    offset: int, order: str, values: list[str | int | None], backwards: bool
) -> None:
    marker = Marker(order=order, values=tuple(values), backwards=backwards)
    told = query.marker_of(Page(offset=offset, limit=1, marker=marker))
    for asked, found in ((offset, marker), (offset + 1, None)):
        page = query.page({"offset": str(asked)} | told, default=10, most=100)
        assert page == Page(offset=asked, limit=10, marker=found)


@given(text=_TEXT | st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_whatever_else_stands_for_a_marker_is_none(text: str) -> None:
    assert query.page({"marker": text}, default=10, most=100).marker is None


def test_a_page_that_is_not_asked_for_is_the_first() -> None:
    assert query.page({}, default=7, most=100) == Page(offset=0, limit=7)


@pytest.mark.parametrize("word", ["true", "True", " TRUE ", "1", "yes", "on", "t", "y"])
def test_a_flag_is_true(word: str) -> None:
    assert query.strict_bool({"force": word}, "force")


@pytest.mark.parametrize("word", ["false", "FALSE", "0", "no", "off", "f", "n", None])
def test_a_flag_is_false(word: str | None) -> None:
    assert not query.strict_bool({} if word is None else {"force": word}, "force")


@given(word=_TEXT.filter(lambda word: len(word) > 5))
def test_any_other_flag_is_refused(word: str) -> None:
    with pytest.raises(BadQuery):
        query.strict_bool({"force": word + "?"}, "force")


@given(
    moment=st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001  naive is what is tested
    hours=st.integers(-23, 23) | st.none(),
    comparison=st.sampled_from(list(Comparison)),
)
def test_a_date_condition_is_normalised_to_utc(
    moment: datetime, hours: int | None, comparison: Comparison
) -> None:
    given_moment = moment if hours is None else moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    prefix = "" if comparison is Comparison.EQUAL else f"{comparison}:"
    (found,) = filters.secret_filter({"created": f"{prefix}{given_moment.isoformat()}"}).created
    assert found.comparison is comparison
    assert found.moment == moment - timedelta(hours=hours or 0)
    assert found.moment.tzinfo is None


@given(word=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_condition_is_read_or_refused(word: str) -> None:
    try:
        found = filters.secret_filter({"updated": word})
    except BadQuery:
        return
    assert found.updated


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("name", (SortKey("name"),)),
        ("name:asc", (SortKey("name"),)),
        ("name:desc,created", (SortKey("name", descending=True), SortKey("created"))),
    ],
)
def test_a_sort_order_is_read(text: str, keys: tuple[SortKey, ...]) -> None:
    assert filters.secret_filter({"sort": text}).sort == keys


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, ()),
        ("", ()),
        ("a", ("a",)),
        ("a b", ("a b",)),
        ("a%20b", ("a%20b", "a b")),
        ("a+b", ("a+b", "a b")),
        ("a%2520b", ("a%2520b", "a%20b")),
        ("c%2B%2B", ("c%2B%2B", "c++")),
        ("50%", ("50%",)),
        ("%data%", ("%data%",)),  # no UTF-8
        ("a%00b", ("a%00b",)),  # nothing has a NUL in it
    ],
)
def test_a_text_is_meant_as_it_is_or_as_what_it_encodes(text: str | None, found: tuple[str, ...]) -> None:
    """Some clients encode a name before they encode the query."""
    assert query.spellings(text) == found


@given(name=_TEXT.filter(bool), encode=st.sampled_from([quote, quote_plus]))
def test_a_name_is_found_however_often_it_was_encoded(name: str, encode: Callable[[str], str]) -> None:
    for text in (name, encode(name)):
        assert name in query.spellings(query.parse(urlencode({"name": text}))["name"])
