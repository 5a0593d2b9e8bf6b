"""References, as they are made of a request and of the configuration."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from barbican_like.http import query, references
from barbican_like.http.request import Request
from barbican_like.model.lists import Count, Part, Size
from barbican_like.model.models import Marker
from barbican_like.model.tables import projects

_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


def _request(path: str = "/", *, host_href: str = "http://kms:9311", **headers: str) -> Request:
    request = Request.blank(path)
    request.environ.update(headers)
    limits = SimpleNamespace(default_page=10, largest_page=100)
    services: Any = SimpleNamespace(host_href=host_href, limits=limits, prefix="/v1")
    request.frame = services
    return request


@given(host=st.text(st.characters(max_codepoint=255), max_size=40), proto=_TEXT)
def test_no_header_changes_a_configured_address(host: str, proto: str) -> None:
    request = _request(HTTP_HOST=host, HTTP_X_FORWARDED_PROTO=proto, SCRIPT_NAME="/v1")
    assert references.to(request, "secrets", "7") == "http://kms:9311/v1/secrets/7"


@pytest.mark.parametrize("configured", ["http://kms:9311", "http://kms:9311/", "http://kms:9311//"])
def test_a_slash_at_the_end_of_the_address_does_not_double(configured: str) -> None:
    assert references.base(_request(host_href=configured)) == "http://kms:9311/v1"


@pytest.mark.parametrize(
    ("mounted", "base"),
    [
        ("", ""),
        ("/v1", ""),
        ("/kms/v1", "/kms"),
        ("/kms/v1/", "/kms"),
        ("/v1/kms", "/v1/kms"),
        ("/kms", "/kms"),
    ],
)
def test_a_blank_address_drops_the_version_it_was_mounted_at(mounted: str, base: str) -> None:
    request = _request(host_href="", HTTP_HOST="h:1", SCRIPT_NAME=mounted)
    assert references.base(request) == f"http://h:1{base}/v1"


@given(host=st.text(st.characters(max_codepoint=255), max_size=40))
def test_a_host_that_is_none_is_never_repeated(host: str) -> None:
    found = references.root(_request(host_href="", HTTP_HOST=host, SERVER_NAME="safe"))
    assert not set(found) & set("<>\"' \r\n\t@?#\\")
    assert found.count("/") == 2
    assert found.count("[") == found.count("]")


@given(
    total=st.integers(0, 300),
    offset=st.integers(0, 300),
    limit=st.integers(1, 100),
    filters=st.dictionaries(
        _TEXT.filter(lambda name: name not in {"", "limit", "offset", "marker"}), _TEXT, max_size=3
    ),
)
def test_links_lead_to_the_pages_around_with_every_filter(
    total: int, offset: int, limit: int, filters: dict[str, str]
) -> None:
    request = _request()
    request.query = {"limit": str(limit), "offset": str(offset), "marker": "x"} | filters
    request.view = SimpleNamespace(total=lambda part: part.known_total)
    more = total > offset + limit
    part: Part[str] = Part(
        items=("a", "b"),
        earlier=Marker(order="id", values=("a",), backwards=True),
        later=Marker(order="id", values=("b",)) if more else None,
        known_total=total,
        count=Count(Size(select(projects)), {}),
    )
    answer = references.paged(request, "secrets", part, str.upper)
    assert (answer["secrets"], answer["total"]) == (["A", "B"], total)
    assert ("next" in answer) is more
    assert ("previous" in answer) is (offset > 0)
    for name, start in (("next", offset + limit), ("previous", max(0, offset - limit))):
        if name in answer:
            link = urlsplit(answer[name])
            found = parse_qs(link.query, keep_blank_values=True)
            (marker,) = found.pop("marker", [""])
            asked = query.page({"offset": str(start), "marker": marker}, default=10, most=100)
            assert asked.marker == ((part.later if name == "next" else part.earlier) if start else None)
            assert found == {"limit": [str(limit)], "offset": [str(start)]} | {
                key: [value] for key, value in filters.items()
            }
