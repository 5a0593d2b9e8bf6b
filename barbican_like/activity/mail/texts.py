"""What mails say: the one table of their subjects and texts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

LINK: Final = "{link}"
"""Stands in a text for a link whose token is drawn when the mail is sent, so that no row has it."""


class MailKind(StrEnum):
    """Why a mail is sent."""

    CONFIRM = "confirm"  # to the applicant: follow this link
    PENDING = "pending"  # to those who may decide
    DENIED = "denied"  # to who has asked, as the next two
    DONE = "done"
    FAILED = "failed"
    DISABLED = "disabled"  # to a subscription's owner


class MailText(NamedTuple):
    """A mail's words. What stands in braces is filled in; a subject has nothing that anybody has typed."""

    subject: str
    body: str


TEXTS: Final[Mapping[MailKind, MailText]] = MappingProxyType(
    {
        MailKind.CONFIRM: MailText(
            "Please confirm your registration",
            "Somebody, probably you, has registered with this address.\n\n"
            "To confirm it, follow this link within 24 hours:\n\n{link}\n\n"
            "If it was not you, there is nothing to do.\n",
        ),
        MailKind.PENDING: MailText(
            "A request waits for your decision",
            "{action} {object}\nasked for by: {user}\nrequest: {event}\n\n"
            "Approve or deny it with PUT /api/v1/requests/{event}.\n",
        ),
        MailKind.DENIED: MailText(
            "Your request was denied", "{action} {object}\nrequest: {event}\n\n{said}\n"
        ),
        MailKind.DONE: MailText("Your request was carried out", "{action} {object}\nrequest: {event}\n"),
        MailKind.FAILED: MailText(
            "Your request was not carried out", "{action} {object}\nrequest: {event}\n\n{said}\n"
        ),
        MailKind.DISABLED: MailText(
            "A subscription was disabled",
            "The subscription {subscription} to {target} gets no more changes:\n{said}.\n\n"
            "PUT /api/v1/subscriptions/{subscription} with the status ACTIVE lets it go on.\n",
        ),
    }
)


def body_of(kind: MailKind, words: Mapping[str, str]) -> str:
    """A mail's text, filled in once: braces in what somebody has typed mean nothing."""
    return TEXTS[kind].body.format_map({"link": LINK, **words})
