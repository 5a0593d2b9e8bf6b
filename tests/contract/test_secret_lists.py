"""The port of secrets: lists with their filters, order and pages, on every database."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.filters import SECRET_SORT_COLUMNS, Comparison, DateCondition, SecretFilter, SortKey
from barbican_like.model.models import Page, Secret
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_secret, add_secrets

ALL = Page(offset=0, limit=100)
NOON = datetime(2024, 2, 29, 12, 0, 0, 500000)  # noqa: DTZ001  naive, as the model is


def listed(database: Database, wanted: SecretFilter = SecretFilter(), page: Page = ALL) -> list[Secret]:  # noqa: B008
    """The secrets of the test's project, with a total that agrees where everything is asked."""
    with Reading(database) as view:
        part = view.secrets.list(PROJECT, wanted, page)
        if page == ALL:
            assert view.total(part) == len(part.items)
    return list(part.items)


def names(database: Database, **wanted: Any) -> set[str | None]:
    """The names of what a filter lets through."""
    return {secret.name for secret in listed(database, SecretFilter(**wanted))}


def hours(*numbers: int) -> list[Secret]:
    """One secret for each hour after noon, named by it, with all its times there."""
    return [
        a_secret(
            name=str(number),
            created_at=NOON + timedelta(hours=number),
            updated_at=NOON + timedelta(hours=number),
            expiration=NOON.replace(year=8996) + timedelta(hours=number),
        )
        for number in numbers
    ]


def test_a_list_shows_the_projects_own_secrets_by_age(database: Database) -> None:
    """Without a filter: every secret of the project, the oldest first, whole; none of another's."""
    mine = hours(3, 1, 2)
    add_secrets(database, *mine, a_secret(project_id="another"))
    assert listed(database) == sorted(mine, key=lambda secret: secret.created_at)


def test_a_list_leaves_expired_secrets_out(database: Database) -> None:
    """They are neither shown nor counted."""
    add_secrets(
        database,
        a_secret(name="old", created_at=NOON, expiration=clock.now() - timedelta(seconds=1)),
        a_secret(name="new"),
    )
    assert names(database) == {"new"}


def test_pages_cover_the_list_once(database: Database) -> None:
    """Pages of two follow each other without a gap or a double, even where all are of one age."""
    secrets = [a_secret(created_at=NOON) for _ in range(7)]
    add_secrets(database, *secrets)
    shown: list[Secret] = []
    for offset in range(0, 8, 2):
        with Reading(database) as view:
            part = view.secrets.list(PROJECT, SecretFilter(), Page(offset=offset, limit=2))
            assert view.total(part) == 7
        shown += part.items
    assert sorted(shown, key=lambda s: s.id) == sorted(secrets, key=lambda s: s.id)
    assert listed(database, page=Page(offset=7, limit=2)) == []


def test_a_page_is_counted_in_secrets_and_not_in_consumers(database: Database) -> None:
    """A secret with three consumers takes one place on a page and carries all three."""
    secrets = hours(1, 2, 3)
    add_secrets(database, *secrets)
    with UnitOfWork(database) as uow:
        for number in range(3):
            uow.secret_consumers.register(
                secrets[0].id, "service", "type", str(number), creator_project_id=PROJECT
            )
        uow.commit()
    found = listed(database, page=Page(offset=0, limit=2))
    assert [secret.name for secret in found] == ["1", "2"]
    assert [len(secret.consumers) for secret in found] == [3, 0]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("key", {"key"}),
        ("Key", {"Key"}),
        ("ke_", {"ke_"}),
        ("k%", {"key", "ke_", "ke%", "key-2"}),
        ("%-2", {"key-2"}),
        ("back\\slash", {"back\\slash"}),
        ("back\\%", {"back\\slash", "back\\"}),
        ("back\\", {"back\\"}),
        ("\\%", set()),
        ("it's", {"it's"}),
        ("\U0001f511%", {"\U0001f511\u00e9"}),
        ("nothing like it", set()),
    ],
)
def test_the_clients_percent_is_the_one_wildcard(
    database: Database, pattern: str, expected: set[str]
) -> None:
    """% stands for any characters, _ and a backslash for themselves; letters keep their case."""
    texts = ("key", "Key", "ke_", "ke%", "key-2", "", "back\\slash", "back\\", "it's", "\U0001f511\u00e9")
    add_secrets(database, *(a_secret(name=text) for text in texts), a_secret(name=None))
    assert names(database, name=(pattern,)) == expected


def test_a_text_may_have_been_meant_in_two_ways(database: Database) -> None:
    """What fits either is found once; other filters hold for both."""
    add_secrets(database, *(a_secret(name=text, mode="cbc") for text in ("a b", "a%20b", "a+b")))
    assert names(database, name=("a%20b", "a b")) == {"a b", "a%20b"}
    assert names(database, name=("a+b", "a b"), mode=("cbc", "x")) == {"a b", "a+b"}
    assert names(database, name=("a+b", "a b"), mode=("x",)) == set()


def test_algorithm_and_mode_are_patterns_too(database: Database) -> None:
    """Each has its own pattern; a secret must match both."""
    add_secrets(
        database,
        a_secret(name="1", algorithm="aes", mode="cbc"),
        a_secret(name="2", algorithm="aes", mode="ctr"),
        a_secret(name="3", algorithm="rsa", mode=None),
    )
    assert names(database, algorithm=("a%",)) == {"1", "2"}
    assert names(database, mode=("c%c",)) == {"1"}
    assert names(database, algorithm=("a%",), mode=("ctr",)) == {"2"}


def test_bit_length_and_type_are_exact(database: Database) -> None:
    """A number and a type are equal or not."""
    add_secrets(
        database, a_secret(name="1", bit_length=128), a_secret(name="2", secret_type="public", bit_length=256)
    )
    assert names(database, bit_length=128) == {"1"}
    assert names(database, secret_type="public") == {"2"}
    assert names(database, secret_type="p%") == set()


def test_acl_only_shows_nothing_as_long_as_there_are_no_acls(database: Database) -> None:
    """No secret has an ACL that could name the caller."""
    add_secrets(database, a_secret())
    assert names(database, acl_only=True) == set()


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([(Comparison.EQUAL, 2)], {"2"}),
        ([(Comparison.GREATER, 2)], {"3", "4"}),
        ([(Comparison.GREATER_OR_EQUAL, 2)], {"2", "3", "4"}),
        ([(Comparison.LESS, 2)], {"1"}),
        ([(Comparison.LESS_OR_EQUAL, 2)], {"1", "2"}),
        ([(Comparison.GREATER, 1), (Comparison.LESS, 4)], {"2", "3"}),
        ([(Comparison.GREATER_OR_EQUAL, 3), (Comparison.LESS_OR_EQUAL, 3)], {"3"}),
        ([(Comparison.GREATER, 3), (Comparison.LESS, 2)], set()),
    ],
)
@pytest.mark.parametrize("column", ["created", "updated", "expiration"])
def test_dates_compare_to_the_microsecond(
    database: Database, column: str, conditions: list[tuple[Comparison, int]], expected: set[str]
) -> None:
    """Each comparison, alone and together, on each of the three times."""
    base = NOON.replace(year=8996) if column == "expiration" else NOON
    wanted = tuple(DateCondition(how, base + timedelta(hours=hour)) for how, hour in conditions)
    add_secrets(database, *hours(1, 2, 3, 4))
    assert names(database, **{column: wanted}) == expected


def test_a_microsecond_makes_a_difference(database: Database) -> None:
    """Just after is not equal."""
    add_secrets(database, *hours(1))
    moment = NOON + timedelta(hours=1, microseconds=-1)
    assert names(database, created=(DateCondition(Comparison.EQUAL, moment),)) == set()
    assert names(database, created=(DateCondition(Comparison.GREATER, moment),)) == {"1"}


#: For each sort key three values in ascending order, as bytes compare.
VALUES: dict[str, tuple[Any, ...]] = {
    "algorithm": ("AES", "_x", "aes"),
    "bit_length": (64, 128, 1024),
    "created": tuple(NOON + timedelta(seconds=n) for n in range(3)),
    "expiration": tuple(NOON.replace(year=8996) + timedelta(seconds=n) for n in range(3)),
    "mode": ("CBC", "cbc", "\u00e9"),
    "name": ("B", "a", "b"),
    "secret_type": ("opaque", "private", "symmetric"),
    "updated": tuple(NOON + timedelta(seconds=n) for n in range(3)),
}


@pytest.mark.parametrize("key", sorted(VALUES))
def test_a_list_is_sorted_by_each_column_in_both_directions(database: Database, key: str) -> None:
    """The same order on every database: numbers by value, texts by their bytes."""
    column = SECRET_SORT_COLUMNS[key]
    secrets = [a_secret(**{column: value}) for value in VALUES[key]]
    add_secrets(database, secrets[1], secrets[2], secrets[0])
    assert listed(database, SecretFilter(sort=(SortKey(key),))) == secrets
    assert listed(database, SecretFilter(sort=(SortKey(key, descending=True),))) == secrets[::-1]


@pytest.mark.parametrize("key", ["algorithm", "bit_length", "expiration", "mode", "name"])
def test_what_has_no_value_sorts_first(database: Database, key: str) -> None:
    """Before all values going up, after them going down, on every database."""
    column = SECRET_SORT_COLUMNS[key]
    without, with_value = (a_secret(**{column: value}) for value in (None, VALUES[key][0]))
    add_secrets(database, with_value, without)
    assert listed(database, SecretFilter(sort=(SortKey(key),))) == [without, with_value]
    assert listed(database, SecretFilter(sort=(SortKey(key, descending=True),))) == [with_value, without]


def test_equals_are_sorted_by_the_next_key_and_last_by_id(database: Database) -> None:
    """Two keys, then the id: the order is total."""
    secrets = [a_secret(name=name, bit_length=bits) for name in "ab" for bits in (8, 16, 16)]
    add_secrets(database, *secrets)
    found = listed(database, SecretFilter(sort=(SortKey("name", descending=True), SortKey("bit_length"))))
    assert found == sorted(secrets, key=lambda s: (-ord(s.name or ""), s.bit_length, s.id))


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_by_status_is_stable(database: Database, descending: bool) -> None:
    """Every secret is ACTIVE, so that order is the ids'."""
    secrets = [a_secret() for _ in range(5)]
    add_secrets(database, *secrets)
    found = listed(database, SecretFilter(sort=(SortKey("status", descending=descending),)))
    assert found == sorted(secrets, key=lambda s: s.id, reverse=descending)
