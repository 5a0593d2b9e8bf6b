"""Log lines: a name, fields, no secrets."""

import io
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common import log

LOGGER = logging.getLogger("barbican_like.test")
PASSWORDS = st.text(
    st.characters(codec="ascii", exclude_characters="@/: \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f"), min_size=1
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("rabbit://guest:s3cret@127.0.0.1:5672/", "rabbit://guest:***@127.0.0.1:5672/"),
        ("mysql+pymysql://root:s3cret@h/db?x=1", "mysql+pymysql://root:***@h/db?x=1"),
        ("two: a://u:p@h and b://u:q@h", "two: a://u:***@h and b://u:***@h"),
        ("redis://:s3cret@h", "redis://:***@h"),
        ("POSTGRESQL://U:S3CRET@H", "POSTGRESQL://U:***@H"),
        ("rabbit://a:p1@h1,b:p2@h2/", "rabbit://a:***@h1,b:***@h2/"),
        ("http://localhost:9311/v1", "http://localhost:9311/v1"),
        ("mail to a@b at 10:30", "mail to a@b at 10:30"),
        ("", ""),
    ],
)
def test_passwords_in_urls_are_masked_and_nothing_else_is(text: str, masked: str) -> None:
    """User, host and path stay readable."""
    assert log.redact(text) == masked


@given(
    user=st.from_regex(r"\A[a-z]{0,8}\Z"), password=PASSWORDS, before=st.sampled_from(["", "error: ", "("])
)
def test_no_password_of_a_url_survives(user: str, password: str, before: str) -> None:
    """Whatever its characters."""
    text = f"{before}amqp://{user}:{password}@host/"
    assert log.redact(text) == f"{before}amqp://{user}:***@host/"


def test_an_event_is_its_name_and_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    """One line, in the given order, at level INFO unless told otherwise."""
    with caplog.at_level(logging.INFO, LOGGER.name):
        log.event(LOGGER, "order.done", order="o-1", attempt=2)
        log.event(LOGGER, "order.lost", logging.ERROR)
        log.event(LOGGER, "order.seen", logging.DEBUG, order="o-1")
    assert [(r.levelname, r.getMessage().strip()) for r in caplog.records] == [
        ("INFO", "order.done order=o-1 attempt=2"),
        ("ERROR", "order.lost"),
    ]


@pytest.mark.parametrize("field", ["payload", "password", "passphrase", "token", "key", "secret"])
def test_a_field_that_may_be_secret_is_refused(field: str, caplog: pytest.LogCaptureFixture) -> None:
    """The line is not written, at whatever level, and the error does not show the value."""
    with pytest.raises(ValueError, match=field) as caught:
        log.event(LOGGER, "order.done", logging.DEBUG, **{field: "hush"})
    assert "hush" not in str(caught.value)
    assert caplog.records == []


def test_a_configured_log_masks_messages_and_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is logged, by whomever, in the message, its arguments or an exception."""
    stream, root, url = io.StringIO(), logging.getLogger(), "rabbit://u:s3cret@h"
    monkeypatch.setattr(sys, "stderr", stream)
    handlers, level = root.handlers[:], root.level
    quiet = {
        name: logging.getLogger(name).level
        for name in ("alembic", "amqp", "oslo.messaging._drivers", "oslo_config", "sqlalchemy")
    }
    try:
        log.configure(debug=True)
        logging.getLogger("elsewhere").warning("cannot reach %s", url)
        try:
            raise ValueError(url)
        except ValueError:
            LOGGER.exception("failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, before in quiet.items():
            logging.getLogger(name).setLevel(before)
    assert stream.getvalue().count("u:***@h") == 2
    assert "s3cret" not in stream.getvalue()
