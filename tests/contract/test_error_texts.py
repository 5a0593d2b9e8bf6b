"""What an error of the database says in a log: what is the matter, and no value of any row."""

import logging

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from barbican_like.common import log
from barbican_like.model.database import Database
from barbican_like.model.drivers import Trouble, trouble_of

HUSH = "hush-hush"
_PROBES = "create table probes (name varchar(40) primary key, place varchar(40) check (place <> 'nowhere'))"
_INSERT = "insert into probes (name, place) values (:name, :place)"


@pytest.fixture
def probes(database: Database) -> Database:
    """A database with a table of its own for these tests, and a row in it."""
    with database.writing() as connection:
        connection.execute(sa.text("drop table if exists probes"))
        connection.execute(sa.text(_PROBES))
        connection.execute(sa.text(_INSERT), {"name": HUSH, "place": "here"})
    return database


@pytest.mark.parametrize("place", ["here", "nowhere"], ids=["duplicate", "check"])
def test_a_broken_constraint_is_told_without_its_values(
    probes: Database, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the statement's values nor those that the driver quotes are in the text or the traceback."""
    name = HUSH if place == "here" else f"{HUSH}-2"
    try:
        with pytest.raises(DBAPIError) as caught, probes.writing() as connection:
            connection.execute(sa.text(_INSERT), {"name": name, "place": place})
        logging.getLogger("barbican_like").error("request.failed", exc_info=caught.value)
    finally:
        with probes.writing() as connection:
            connection.execute(sa.text("drop table probes"))
    told = log.RedactingFormatter().format(caplog.records[-1])
    assert "insert into probes" in told
    assert "Traceback" in told
    assert HUSH not in told
    assert trouble_of(caught.value) is (Trouble.DUPLICATE if place == "here" else None)


def test_a_statement_that_fails_is_told_without_its_values(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Also one that the server does not understand."""
    with pytest.raises(SQLAlchemyError) as caught, database.writing() as connection:
        connection.execute(sa.text("insert into nowhere (name) values (:name)"), {"name": HUSH})
    logging.getLogger("barbican_like").error("request.failed", exc_info=caught.value)
    assert HUSH not in log.RedactingFormatter().format(caplog.records[-1])


def test_a_debug_log_tells_no_row(database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    """SQLAlchemy would write each statement and each row that it reads at this level."""
    root = logging.getLogger()
    handlers, level, library = root.handlers[:], root.level, logging.getLogger("sqlalchemy").level
    try:
        log.configure(debug=True)
        url = database.url.render_as_string(hide_password=False)
        other = Database(url)
        with other.writing() as connection:
            assert connection.execute(sa.select(sa.literal(HUSH))).scalar_one() == HUSH
        other.close()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("sqlalchemy").setLevel(library)
    assert HUSH not in capfd.readouterr().err
