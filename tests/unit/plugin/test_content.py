"""Media types and base64."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common.errors import InvalidInput
from barbican_like.plugin import content

JUNK = string.punctuation.translate(str.maketrans("", "", "+/=")) + "\x00\x7f"


@pytest.mark.parametrize(
    ("given_type", "canonical"),
    [
        ("text/plain", "text/plain"),
        ("TEXT/Plain", "text/plain"),
        ("text/plain;charset=utf-8", "text/plain"),
        ("text/plain; charset=UTF-8", "text/plain"),
        (" text/plain ;\tcharset = utf-8 ", "text/plain"),
        ('text/plain; charset="utf-8"', "text/plain"),
        ("application/octet-stream", "application/octet-stream"),
        ("Application/PKCS8", "application/pkcs8"),
    ],
)
def test_supported_types_have_one_name(given_type: str, canonical: str) -> None:
    """Whatever their case and blanks; text may say that it is UTF-8."""
    assert content.normalise(given_type) == canonical


@pytest.mark.parametrize(
    "given_type",
    [
        "",
        "text",
        "text/html",
        "text/plain; charset=iso-8859-1",
        "text/plain; charset=utf-8; x=y",
        "text/plain;",
        "application/octet-stream; charset=utf-8",
        "application/json",
        "*/*",
        "text/plain, text/html",
        "te\nxt/plain",
    ],
)
def test_other_types_have_none(given_type: str) -> None:
    """Unknown types, parameters and lists."""
    assert content.normalise(given_type) is None


@given(st.text())
def test_no_text_breaks_it(given_type: str) -> None:
    """The answer is a name that is its own name, or None."""
    name = content.normalise(given_type)
    assert name is None or content.normalise(name) == name


@given(payload=st.binary(max_size=200))
def test_base64_comes_back(payload: bytes) -> None:
    """As text and as bytes."""
    encoded = base64.b64encode(payload)
    assert content.decode_base64(encoded) == payload
    assert content.decode_base64(encoded.decode()) == payload


@given(
    payload=st.binary(max_size=60),
    blanks=st.lists(st.tuples(st.integers(0, 80), st.sampled_from(string.whitespace))),
)
def test_white_space_is_ignored(payload: bytes, blanks: list[tuple[int, str]]) -> None:
    """Line ends and blanks, anywhere in it."""
    text = base64.b64encode(payload).decode()
    for place, character in blanks:
        text = text[:place] + character + text[place:]
    assert content.decode_base64(text) == payload


@given(payload=st.binary(max_size=60), place=st.integers(0, 80), junk=st.sampled_from(JUNK))
def test_any_other_character_is_refused(payload: bytes, place: int, junk: str) -> None:
    """Without it the payload would be a shorter one than the caller has sent."""
    text = base64.b64encode(payload).decode()
    for form in (text[:place] + junk + text[place:], (text[:place] + junk + text[place:]).encode()):
        with pytest.raises(InvalidInput, match="not base64"):
            content.decode_base64(form)


@pytest.mark.parametrize(
    "text", [base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode(), "data:application/octet-stream;base64,YWJj"]
)
def test_base64url_and_data_urls_are_refused(text: str) -> None:
    """Both decode to something, if what is outside the alphabet is dropped."""
    with pytest.raises(InvalidInput, match="not base64"):
        content.decode_base64(text)


@pytest.mark.parametrize(
    "text", ["YQ", "YQ=", "YWI", "Y", "YQ==YQ==", "=", "=YQ=", "YW=I", "YQ===", "\u00e9"]
)
def test_bad_padding_and_other_scripts_are_refused(text: str) -> None:
    """As input of the caller's, in text and in bytes, without a word of the payload."""
    for form in (text, text.encode()):
        with pytest.raises(InvalidInput, match="not base64") as caught:
            content.decode_base64(form)
        assert text not in caught.value.message or len(text) == 1


@given(st.binary(max_size=40))
def test_what_is_text_decodes(payload: bytes) -> None:
    """``is_utf8`` agrees with Python's strict decoder."""
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        assert not content.is_utf8(payload)
    else:
        assert content.is_utf8(payload)


@pytest.mark.parametrize("payload", [b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff"])
def test_overlong_forms_and_surrogates_are_no_text(payload: bytes) -> None:
    """RFC 3629 section 3."""
    assert not content.is_utf8(payload)
