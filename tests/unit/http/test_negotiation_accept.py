"""Which media type a payload is answered with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.api.controllers.secrets import _negotiated
from barbican_like.common.errors import NotAcceptable
from barbican_like.http.request import Request
from barbican_like.plugin import content

_STORED = (content.TEXT, content.OCTETS, content.PKCS8)


def _asking(accept: str | None) -> Request:
    request = Request.blank("/")
    if accept is not None:
        request.environ["HTTP_ACCEPT"] = accept
    return request


@pytest.mark.parametrize("stored", _STORED)
def test_who_asks_for_nothing_gets_octets(stored: str) -> None:
    assert {_negotiated(_asking(accept), stored, b"text") for accept in (None, "")} == {content.OCTETS}


@pytest.mark.parametrize("stored", _STORED)
@pytest.mark.parametrize("accept", ["*/*", "*/*;q=0.5", "text/html, */*;q=0.1"])
def test_who_takes_anything_gets_what_is_stored(stored: str, accept: str) -> None:
    assert _negotiated(_asking(accept), stored, b"text") == stored


@pytest.mark.parametrize("stored", _STORED)
@pytest.mark.parametrize("wanted", _STORED)
def test_who_asks_for_one_type_gets_it(stored: str, wanted: str) -> None:
    assert _negotiated(_asking(wanted), stored, b"text") == wanted


@pytest.mark.parametrize("stored", _STORED)
@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json", "*/*;q=0"])
def test_who_takes_none_of_them_is_refused(stored: str, accept: str) -> None:
    with pytest.raises(NotAcceptable, match="Wrong payload content-type"):
        _negotiated(_asking(accept), stored, b"text")


def test_bytes_that_are_no_text_are_not_offered_as_one() -> None:
    """Unless they are asked for as that alone, which is refused later, by its name."""
    assert _negotiated(_asking("text/plain, */*;q=0.1"), content.OCTETS, b"\xff") == content.OCTETS
    assert _negotiated(_asking("text/plain, */*;q=0.1"), content.OCTETS, b"text") == content.TEXT
    assert _negotiated(_asking("text/plain"), content.OCTETS, b"\xff") == content.TEXT


@pytest.mark.parametrize("stored", _STORED)
@pytest.mark.parametrize("accept", ["APPLICATION/OCTET-STREAM", "Text/Plain; Charset=UTF-8"])
def test_a_type_is_asked_for_in_any_case(stored: str, accept: str) -> None:
    assert _negotiated(_asking(accept), stored, b"text") == content.normalise(accept)


@given(
    accept=st.text(st.characters(max_codepoint=255), max_size=40)
    | st.lists(st.sampled_from([*_STORED, "*/*", "text/*", "image/png", "application/*"]), max_size=4).map(
        ", ".join
    ),
    stored=st.sampled_from(_STORED),
)
def test_any_header_gives_a_type_on_offer_or_a_refusal(accept: str, stored: str) -> None:
    try:
        found = _negotiated(_asking(accept), stored, b"text")
    except NotAcceptable:
        return
    assert found in _STORED
