"""Patterns, times and entities as the model sees them, without a database."""

import fnmatch
import re

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, postgresql, sqlite

from barbican_like.common.errors import ConfigurationError
from barbican_like.model.database import Database
from barbican_like.model.filters import SECRET_SORT_COLUMNS
from barbican_like.model.sql import like_values
from barbican_like.model.sqlite import FIRST_SAFE, require_safe_library
from barbican_like.model.tables import secrets
from barbican_like.model.types import DatabaseTime
from tests.support.entities import a_secret

WILD = st.text(st.sampled_from("ab%_\\"), max_size=8)


def matches(pattern: str, text: str) -> bool:
    """SQL's LIKE with a backslash as escape, in Python."""
    regex = ""
    escaped = False
    for character in pattern:
        if escaped or character not in "%_\\":
            regex, escaped = regex + re.escape(character), False
        elif character == "\\":
            escaped = True
        else:
            regex += ".*" if character == "%" else "."
    return re.fullmatch(regex, text, re.DOTALL) is not None


@given(wild=WILD, text=WILD)
def test_a_clients_percent_is_the_one_wildcard(wild: str, text: str) -> None:
    """% as in a shell's *, everything else, an underscore and a backslash included, as itself."""
    (pattern,) = like_values("name", [wild]).values()
    assert matches(pattern, text) == fnmatch.fnmatchcase(text, wild.replace("%", "*"))


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (sqlite.dialect(), "strftime('%Y-%m-%d %H:%M:%f000', 'now')"),
        (postgresql.dialect(), "statement_timestamp()"),
        (mysql.dialect(), "utc_timestamp(6)"),
    ],
    ids=["sqlite", "postgresql", "mysql"],
)
def test_the_clock_is_the_databases_own(dialect: sa.Dialect, expected: str) -> None:
    """Its SQL asks the server, and a delay is a bound number of seconds."""
    assert expected in str(sa.select(DatabaseTime()).compile(dialect=dialect)).replace("%%", "%")
    later = sa.select(DatabaseTime(sa.bindparam("delay"))).compile(dialect=dialect)
    assert list(later.params) == ["delay"]


def test_every_sort_key_is_a_column() -> None:
    """No key of the API leads nowhere."""
    assert set(SECRET_SORT_COLUMNS.values()) <= set(secrets.c.keys())


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 51, 2)])
def test_a_library_that_can_corrupt_a_database_is_refused(version: tuple[int, ...]) -> None:
    """The line names the version found, the first good one, and what to do."""
    with pytest.raises(ConfigurationError) as caught:
        require_safe_library(version)
    assert ".".join(map(str, version)) in caught.value.message
    assert ".".join(map(str, FIRST_SAFE)) in caught.value.message
    assert "pip install" in caught.value.message


def test_the_library_that_is_installed_is_safe() -> None:
    """Else nothing would start."""
    require_safe_library()
    require_safe_library(FIRST_SAFE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "oracle://u:s3cret@h/db",
        "nosuch+driver://u:s3cret@h/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////tmp/x.sqlite?mode=ro",
    ],
)
def test_a_database_that_cannot_be_used_is_refused_by_its_option(url: str) -> None:
    """The line names the option, and shows no password."""
    with pytest.raises(ConfigurationError, match=r"\[database\] connection") as caught:
        Database(url)
    assert "s3cret" not in caught.value.message


def test_entities_do_not_change() -> None:
    """A change is a call to a repository."""
    with pytest.raises(AttributeError):
        a_secret().name = "another"  # type: ignore[misc]
