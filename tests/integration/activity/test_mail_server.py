"""A mail server that wants encryption and a password."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from barbican_like.activity import config
from barbican_like.activity.mail.login import Login
from barbican_like.activity.mail.sending import NotLetIn, Server
from barbican_like.common.errors import ConfigurationError
from tests.support.application import prepare
from tests.support.certificates import signed
from tests.support.smtp import Postbox, listening

_LOGIN = Login("keys", "k4n4ry")
_TO = "zoe@upmc.example"


def _authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"keys", b"k4n4ry")
    return AuthResult(success=known, handled=False)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """What the server shows, and the file that makes clients trust it."""
    folder = tmp_path_factory.mktemp("certificate")
    shown = signed(folder)
    authority = folder / "authority.pem"
    authority.write_text(shown.authority)
    return shown.serving(), authority


@pytest.fixture
def box(trusted: tuple[ssl.SSLContext, Path]) -> Iterator[Postbox]:
    """A server that takes mails from those alone who have encrypted and logged in."""
    with listening(
        tls_context=trusted[0], require_starttls=True, authenticator=_authenticated, auth_required=True
    ) as found:
        yield found


@pytest.fixture
def tls(trusted: tuple[ssl.SSLContext, Path]) -> Callable[[], ssl.SSLContext]:
    """What a client holds its certificate against."""
    return partial(ssl.create_default_context, cafile=trusted[1])


def give(box: Postbox, **how: Any) -> str | None:
    """Give it a mail."""
    message = EmailMessage()
    message["To"] = _TO
    message.set_content("text")
    server = Server(host="127.0.0.1", port=box.port, sender="keys@keys.example", **how)
    return server.give(message, _TO)


def test_a_mail_is_given_encrypted_after_a_login(box: Postbox, tls: Callable[[], ssl.SSLContext]) -> None:
    assert give(box, tls=tls, login=_LOGIN) is None
    assert len(box.to(_TO)) == 1


def test_a_refused_login_is_no_refusal_of_the_mail(box: Postbox, tls: Callable[[], ssl.SSLContext]) -> None:
    """It is tried again, although the code is a 5xx: the operator can mend it. Nothing tells the password."""
    with pytest.raises(NotLetIn) as failure:
        give(box, tls=tls, login=Login("keys", "wrong-k4n4ry"))
    assert "535" in str(failure.value)
    assert (
        "k4n4ry" not in f"{failure.value!r}{_LOGIN!r}{Server(host='h', port=1, sender='s', login=_LOGIN)!r}"
    )
    assert box.mails == []


def test_a_certificate_that_is_not_valid_is_given_nothing(box: Postbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        give(box, tls=ssl.create_default_context, login=_LOGIN)
    assert box.mails == []


def test_a_server_without_encryption_is_told_no_password(tls: Callable[[], ssl.SSLContext]) -> None:
    with listening() as plain, pytest.raises(NotLetIn):
        give(plain, tls=tls, login=_LOGIN)


@pytest.mark.parametrize(
    "settings", ["smtp_user = keys\nsmtp_password = x", "smtp_user = keys\nsmtp_starttls = true"]
)
def test_a_login_that_others_could_read_or_without_a_password_is_refused(
    tmp_path: Path, settings: str
) -> None:
    conf = prepare(tmp_path, f"[activity]\n{settings}")
    with pytest.raises(ConfigurationError, match="smtp_user"):
        config.smtp_login(conf)
