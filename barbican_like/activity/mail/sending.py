"""The task of a mail: given to the server, again and again until it has taken it or refuses it for good."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import ClassVar, Final

from barbican_like.activity.event import LogType
from barbican_like.activity.events.journal import Journal, line
from barbican_like.activity.mail.login import Login
from barbican_like.activity.mail.message import BadMail, message_of
from barbican_like.activity.mail.texts import LINK, MailKind
from barbican_like.activity.models import Mail
from barbican_like.activity.repository.events import EventRepo
from barbican_like.activity.repository.mails import MailRepo
from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.models import Task
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.queue.claims import Claims
from barbican_like.queue.outcome import Failed
from barbican_like.queue.run import Run
from barbican_like.queue.task import BaseTask

_SECONDS: Final = 20.0  # for each step of the conversation
_PERMANENT: Final = 500  # the first code of refusals that stay (RFC 5321 section 4.2.1)


class NotLetIn(smtplib.SMTPException):
    """The server takes no encrypted connection, or not this login. That is no word about a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mails are given to."""

    host: str
    port: int
    sender: str  # an address
    tls: Callable[[], ssl.SSLContext] | None = None  # certificates; None: no encryption
    login: Login | None = None  # only over an encrypted connection

    def give(self, message: EmailMessage, recipient: str) -> str | None:
        """Give it a message; why it refuses it for good, None where it has taken it.

        :raises SMTPException, OSError: when it can be tried again.
        """
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_SECONDS) as session:
                self._begin(session)
                session.send_message(message, self.sender, [recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = refused.recipients[recipient]
            if code < _PERMANENT:
                raise
            return f"The mail server refuses the recipient ({code})"
        except smtplib.SMTPNotSupportedError:
            return "The mail server takes no such address"
        except smtplib.SMTPResponseException as refused:
            if refused.smtp_code < _PERMANENT:
                raise
            return f"The mail server refuses the mail ({refused.smtp_code})"
        return None

    def _begin(self, session: smtplib.SMTP) -> None:
        """Encrypt the connection and log in, where that is wanted.

        :raises NotLetIn, OSError: when that cannot be done now.
        """
        if self.tls is None:
            return
        try:
            session.starttls(context=self.tls())
            if self.login is not None:
                session.login(self.login.user, self.login.password)
        except smtplib.SMTPNotSupportedError:
            raise NotLetIn("The mail server knows no STARTTLS, or no login") from None
        except smtplib.SMTPResponseException as refused:
            raise NotLetIn(f"The mail server refuses encryption or login ({refused.smtp_code})") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What mails are sent with."""

    database: Database
    server: Server
    journal: Journal
    link: Callable[[Mail], str]  # draws and keeps the token of a mail whose text has a place for its link


class SendMail(BaseTask[Mail, str | None]):
    """Sends one mail."""

    operation: ClassVar[str] = "Process Activity mail"

    def __init__(self, tools: Tools, claims: Claims) -> None:
        super().__init__(tools.database, claims)
        self._tools = tools

    def retrieve_entity(self, view: Reading, task: Task) -> Mail | None:
        """The mail, unless it is sent."""
        mail = view.of(MailRepo).find(task.entity_id)
        return None if mail is None or mail.sent_at is not None else mail

    def handle_processing(self, run: Run, entity: Mail) -> str | None:
        """Give it to the server; why that refuses it for good."""
        run.checkpoint()
        text = entity.text
        if entity.kind == MailKind.CONFIRM:
            text = text.replace(LINK, self._tools.link(entity))
        try:
            message = message_of(entity, self._tools.server.sender, text)
        except BadMail as error:
            return str(error)
        return self._tools.server.give(message, entity.recipient)

    def handle_success(self, uow: UnitOfWork, task: Task, entity: Mail, work: str | None) -> None:
        """Write that it is sent, or why it never will be."""
        if work is None:
            uow.of(MailRepo).end(entity.id, sent_at=clock.now())
        else:
            self._give_up(uow, entity, work)

    def handle_error(self, uow: UnitOfWork, task: Task, failure: Failed) -> None:
        """Write that it was given up."""
        mail = uow.of(MailRepo).find(task.entity_id)
        if mail is not None:
            self._give_up(uow, mail, "The mail server has taken it in none of the tries")

    def _give_up(self, uow: UnitOfWork, mail: Mail, problem: str) -> None:
        uow.of(MailRepo).end(mail.id, problem=problem)
        if mail.event_id is not None and uow.of(EventRepo).find(mail.event_id) is not None:
            event = uow.of(EventRepo).lock(mail.event_id)
            said = f"Somebody was not told by mail ({mail.kind}): {problem}"
            self._tools.journal.note(uow, event, [line(said, LogType.WARNING)])
