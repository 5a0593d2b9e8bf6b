"""Mails as they travel: one recipient, a fixed id, no header that anybody else writes."""

from __future__ import annotations

from datetime import datetime

import pytest

from barbican_like.activity.events.posts import Post
from barbican_like.activity.mail.message import BadMail, message_of
from barbican_like.activity.mail.texts import LINK, TEXTS, MailKind, body_of
from barbican_like.activity.models import Mail
from barbican_like.common import clock

NOW: datetime = clock.now()


def mail(recipient: str = "ulla@upmc.example", subject: str = "Your request") -> Mail:
    """A mail."""
    return Mail("id", None, "done", recipient, subject, "text\n", "<id@keys.example>", NOW, None, None)


def test_a_mail_has_the_same_id_and_date_in_every_try() -> None:
    first, second = (message_of(mail(), "keys@keys.example", "text\n").as_string() for _ in range(2))
    assert first == second
    assert "Message-ID: <id@keys.example>" in first
    assert "To: ulla@upmc.example" in first


@pytest.mark.parametrize(
    "recipient",
    [
        "ulla@upmc.example\r\nBcc: eve@evil.example",
        "ulla@upmc.example\nSubject: x",
        "ulla@upmc.example, eve@evil.example",
        "Ulla <ulla@upmc.example>",
        "ulla",
        "",
        "\x00@upmc.example",
    ],
)
def test_a_recipient_is_one_address_and_nothing_else(recipient: str) -> None:
    with pytest.raises(BadMail):
        message_of(mail(recipient), "keys@keys.example", "text\n")


def test_a_subject_brings_no_header_along() -> None:
    with pytest.raises(BadMail):
        message_of(mail(subject="x\r\nBcc: eve@evil.example"), "keys@keys.example", "text\n")


def test_what_somebody_has_typed_is_not_filled_in() -> None:
    """Braces in it are braces, and it has no place for a link."""
    words = {"action": "CREATE", "object": "USER x", "event": "id", "said": "{event} {link} {0}"}
    assert "{event} {link} {0}" in body_of(MailKind.DENIED, words)


def test_every_kind_has_a_text_and_only_one_has_a_link() -> None:
    assert set(TEXTS) == set(MailKind)
    assert {kind.value for kind in Post} < {kind.value for kind in MailKind}
    assert [kind for kind, text in TEXTS.items() if LINK in text.body] == [MailKind.CONFIRM]
    assert all("{" not in text.subject for text in TEXTS.values())
