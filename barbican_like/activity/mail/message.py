"""A mail as it travels (RFC 5322)."""

from __future__ import annotations

from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from barbican_like.activity.models import Mail


class BadMail(ValueError):
    """A mail that no server can be given."""


def message_of(mail: Mail, sender: str, text: str) -> EmailMessage:
    """The message. Its id is the mail's own in every try, so one that comes twice is known by that.

    :param sender: an address.
    :raises BadMail: when an address is none: nothing but one address can be in its header.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(addr_spec=sender)
        message["To"] = Address(addr_spec=mail.recipient)
        message["Subject"] = mail.subject
    except (ValueError, IndexError, MessageError) as error:  # of the parser, by the version of Python
        raise BadMail(f"An address is none: {type(error).__name__}") from None
    message["Date"] = format_datetime(mail.created_at.replace(tzinfo=UTC))
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
