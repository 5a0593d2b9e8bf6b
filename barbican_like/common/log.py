"""Log lines: a constant event name first, data in fields, no secrets.

``log.event(logger, "order.done", order_id=...)`` writes ``order.done order_id=...``. Fields are ids,
numbers and safe reasons; passwords inside URLs are masked as the line is formatted.
"""

from __future__ import annotations

import logging
import re
import sys

# A URL of a broker names several servers, each with its own password: rabbit://u:p@one,u:p@two/
_URL_PASSWORD = re.compile(r"((?:\b[a-z][a-z0-9+.-]*://|,)[^\s:/@,]*:)[^\s@/]+@", re.IGNORECASE)
_HIDDEN_FIELDS = frozenset({"payload", "password", "passphrase", "token", "key", "secret"})


def redact(text: str) -> str:
    """``text`` with the password of every URL in it masked."""
    return _URL_PASSWORD.sub(r"\1***@", text)


class RedactingFormatter(logging.Formatter):
    """Formats as the standard one does, then masks."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one text."""
        return redact(super().format(record))


def configure(debug: bool) -> None:
    """Send this process's log to standard error, one line a record."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    # At level DEBUG SQLAlchemy would tell every row, and the SDK of S3 every header that it signs.
    sdk = ("boto3", "botocore", "s3transfer", "httpx", "httpcore")
    for noisy in ("alembic", "amqp", "oslo.messaging._drivers", "oslo_config", "sqlalchemy", *sdk):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def event(logger: logging.Logger, name: str, level: int = logging.INFO, /, **fields: object) -> None:
    """Write one event. A field whose name says that it may be secret is refused as a defect."""
    if _HIDDEN_FIELDS & fields.keys():
        raise ValueError(f"a log field may not be named {sorted(_HIDDEN_FIELDS & fields.keys())}")
    if logger.isEnabledFor(level):
        logger.log(level, "%s %s", name, " ".join(f"{field}={value!s}" for field, value in fields.items()))
