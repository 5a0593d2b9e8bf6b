"""The port of secrets' user metadata, on every database."""

from collections.abc import Callable

import pytest

from barbican_like.common import ids
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import a_secret, add_secrets
from tests.support.threads import at_once


@pytest.fixture
def secret_id(database: Database) -> str:
    """The id of a secret without metadata."""
    secret = a_secret()
    add_secrets(database, secret)
    return secret.id


def write(database: Database, action: Callable[[UnitOfWork], object]) -> object:
    """Do something in a transaction of its own; what it returns, or the kind of error that it raises."""
    try:
        with UnitOfWork(database) as uow:
            result = action(uow)
            uow.commit()
    except (Conflict, NotFound) as error:
        return type(error)
    return result


def everything(database: Database, secret_id: str) -> dict[str, str]:
    """A secret's metadata."""
    with Reading(database) as view:
        return view.secret_metadata.all(secret_id)


def test_it_reads_back_by_key(database: Database, secret_id: str) -> None:
    """Values of any text, other secrets' left out."""
    other = a_secret()
    add_secrets(database, other)
    values = {"b": "\U0001f511" * 255, "a": "", "k" * 255: " x "}
    write(database, lambda uow: uow.secret_metadata.replace(secret_id, values))
    write(database, lambda uow: uow.secret_metadata.replace(other.id, {"a": "other"}))
    assert everything(database, secret_id) == values
    assert list(everything(database, secret_id)) == sorted(values)
    with Reading(database) as view:
        assert view.secret_metadata.find(secret_id, "a") == ""
        assert view.secret_metadata.find(secret_id, "c") is None


def test_replacing_leaves_nothing_of_what_there_was(database: Database, secret_id: str) -> None:
    for values in ({"a": "1", "b": "2"}, {"b": "3"}, {}):
        write(database, lambda uow, values=values: uow.secret_metadata.replace(secret_id, values))
        assert everything(database, secret_id) == values


def test_adding_changing_and_removing_tell_what_they_found(database: Database, secret_id: str) -> None:
    assert write(database, lambda uow: uow.secret_metadata.change(secret_id, "a", "1")) is False
    assert write(database, lambda uow: uow.secret_metadata.add(secret_id, "a", "1")) is None
    assert write(database, lambda uow: uow.secret_metadata.add(secret_id, "a", "2")) is Conflict
    assert everything(database, secret_id) == {"a": "1"}
    for value in ("3", "3"):
        assert write(database, lambda uow, v=value: uow.secret_metadata.change(secret_id, "a", v)) is True
    assert everything(database, secret_id) == {"a": "3"}
    for gone in (True, False):
        assert write(database, lambda uow: uow.secret_metadata.remove(secret_id, "a")) is gone
        assert everything(database, secret_id) == {}


def test_a_conflict_leaves_the_transaction_usable(database: Database, secret_id: str) -> None:
    with UnitOfWork(database) as uow:
        uow.secret_metadata.add(secret_id, "a", "1")
        with pytest.raises(Conflict):
            uow.secret_metadata.add(secret_id, "a", "2")
        uow.secret_metadata.add(secret_id, "b", "3")
        uow.commit()
    assert everything(database, secret_id) == {"a": "1", "b": "3"}


def test_what_has_gone_is_not_found(database: Database) -> None:
    assert write(database, lambda uow: uow.secret_metadata.replace(ids.new_id(), {"a": "1"})) is NotFound
    assert write(database, lambda uow: uow.secret_metadata.add(ids.new_id(), "a", "1")) is NotFound


def test_many_replacements_at_once_leave_one_of_them(database: Database, secret_id: str) -> None:
    def replace(number: int) -> object:
        values = dict.fromkeys("abcde", str(number)) | {f"of-{number}": "x"}
        return write(database, lambda uow: uow.secret_metadata.replace(secret_id, values))

    assert at_once(6, replace) == [None] * 6
    found = everything(database, secret_id)
    assert len(found) == 6
    assert set(found.values()) == {found["a"], "x"}


def test_of_many_who_add_one_key_one_does(database: Database, secret_id: str) -> None:
    results = at_once(
        6, lambda number: write(database, lambda uow: uow.secret_metadata.add(secret_id, "a", str(number)))
    )
    assert sorted(map(str, results)) == sorted(map(str, [None, *[Conflict] * 5]))


def test_what_is_noted_while_the_secret_is_deleted_fails_as_not_found(database: Database) -> None:
    for _ in range(5):
        secret = a_secret()
        add_secrets(database, secret)
        actions: list[Callable[[UnitOfWork], object]] = [
            lambda uow, s=secret.id: uow.secrets.delete(s),
            lambda uow, s=secret.id: uow.secret_metadata.add(s, "a", "1"),
            lambda uow, s=secret.id: uow.secret_metadata.replace(s, {"b": "1"}),
            lambda uow, s=secret.id: uow.secret_consumers.register(s, "x", "y", "z", creator_project_id="p"),
        ]
        deleted, *others = at_once(4, lambda number, todo=actions: write(database, todo[number]))
        assert deleted == []
        assert set(others) <= {None, True, NotFound}
        assert everything(database, secret.id) == {}
