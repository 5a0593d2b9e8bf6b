"""Faults: their reasons can be kept by every database."""

from __future__ import annotations

from barbican_like.workqueue.faults import bad_name, not_found


def test_a_reason_holds_no_nul() -> None:
    """PostgreSQL refuses a text with one, and whatever is written along with it."""
    assert bad_name(b"a\x00b").fault.reason == "a\ufffdb: holds a name that no path can have"
    assert "\x00" not in not_found("\x00" * 300).fault.reason
