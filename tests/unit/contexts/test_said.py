"""What services say, whatever it is."""

from pathlib import Path

import pytest

from barbican_like.contexts import channel
from barbican_like.contexts.told import printable


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"[" * 60_000, b'{"word": 7}'])
def test_what_is_no_message_is_none(data: bytes) -> None:
    """Also what is nested deeper than a parser goes."""
    assert channel.decode(data) is None


def test_half_a_character_is_spelled(tmp_path: Path) -> None:
    """As in an error that names a file whose name is not UTF-8: neither logs nor databases take it."""
    text = printable("bad \udcff")
    assert text == "bad \\udcff"
    (tmp_path / "log").write_text(text, "utf-8")
