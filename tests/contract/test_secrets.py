"""The port of secrets: single ones, on every database."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from barbican_like.common import clock, ids
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import SealedPayload, SecretReference
from barbican_like.model.tables import secret_consumers, secret_payloads
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import PROJECT, a_container, a_secret, add_containers, add_secrets
from tests.support.threads import at_once

SECOND = timedelta(seconds=1)


def payload(sealed: bytes = b"sealed") -> SealedPayload:
    """A payload whose store needs no project key."""
    return SealedPayload(store="other", sealed=sealed, version=1, key=None)


def rows(database: Database, table: sa.Table) -> int:
    """How many rows a table has."""
    with database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_a_secret_reads_back_as_it_was_written(database: Database) -> None:
    """Every field, with characters of four bytes, quotes and backslashes, and microseconds."""
    whole = a_secret(
        name="n\u00e4me \U0001f511 'quoted' \\ \"too\"",
        algorithm=" Aes ",
        mode="",
        bit_length=32767,
        secret_type="passphrase",
        expiration=datetime(9998, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001  naive, as the model is
        content_type="text/plain",
        created_at=datetime(2015, 10, 20, 18, 38, 44, 123456),  # noqa: DTZ001
    )
    add_secrets(database, whole)
    with Reading(database) as view:
        assert view.secrets.get(whole.id) == whole


def test_a_secret_with_nothing_but_what_it_must_have_reads_back(database: Database) -> None:
    """Fields that were not given are None and not an empty text or zero."""
    bare = a_secret(creator_id=None, name=None, algorithm=None, bit_length=None, mode=None)
    add_secrets(database, bare)
    with Reading(database) as view:
        assert view.secrets.get(bare.id) == bare
        assert view.secrets.get_with_payload(bare.id) == (bare, None)


def test_an_unknown_secret_is_not_found(database: Database) -> None:
    """Reading, deleting: the same error."""
    unknown = ids.new_id()
    with Reading(database) as view:
        with pytest.raises(NotFound):
            view.secrets.get(unknown)
        with pytest.raises(NotFound):
            view.secrets.get_with_payload(unknown)
    with UnitOfWork(database) as uow, pytest.raises(NotFound):
        uow.secrets.delete(unknown)


def test_an_id_is_compared_exactly(database: Database) -> None:
    """An id in upper case, or with a blank after it, is another one."""
    secret = a_secret(id="abcdefab-1234-4234-8234-abcdefabcdef")
    add_secrets(database, secret)
    with Reading(database) as view:
        for other in (secret.id.upper(), secret.id + " "):
            with pytest.raises(NotFound):
                view.secrets.get(other)


def test_an_expired_secret_is_not_found(database: Database) -> None:
    """From the moment of its expiration on, neither the secret nor its payload is there."""
    now, born = clock.now(), clock.now() - 3600 * SECOND
    gone, alive = (a_secret(created_at=born, expiration=end) for end in (now - SECOND, now + 60 * SECOND))
    add_secrets(database, gone, alive)
    with Reading(database) as view:
        assert view.secrets.get(alive.id) == alive
        with pytest.raises(NotFound):
            view.secrets.get(gone.id)
        with pytest.raises(NotFound):
            view.secrets.get_with_payload(gone.id)


@pytest.mark.parametrize("sealed", [b"\x00\xff" * 20, bytes(range(256)) * 4096], ids=["small", "1 MiB"])
def test_a_payload_reads_back_byte_by_byte(database: Database, sealed: bytes) -> None:
    """Bytes of every value, up to a MiB."""
    secret = a_secret(content_type="application/octet-stream")
    add_secrets(database, secret)
    with UnitOfWork(database) as uow:
        uow.secrets.add_payload(secret.id, payload(sealed))
        uow.commit()
    with Reading(database) as view:
        assert view.secrets.get_with_payload(secret.id) == (secret, payload(sealed))


def test_a_content_type_is_set_once(database: Database) -> None:
    """The second step notes the type and the time; another one is a conflict that changes nothing."""
    secret = a_secret()
    add_secrets(database, secret)
    with UnitOfWork(database) as uow:
        uow.secrets.set_content_type(secret.id, "text/plain")
        uow.commit()
    with UnitOfWork(database) as uow, pytest.raises(Conflict):
        uow.secrets.set_content_type(secret.id, "application/octet-stream")
    with Reading(database) as view:
        found = view.secrets.get(secret.id)
    assert found.content_type == "text/plain"
    assert found.updated_at > secret.updated_at
    assert found.created_at == secret.created_at


def test_of_writers_that_give_a_payload_at_once_one_wins(database: Database) -> None:
    """The others get a conflict, and the payload is the winner's."""
    secret = a_secret()
    add_secrets(database, secret)

    def give(number: int) -> str | None:
        content_type = f"type/{number}"
        try:
            with UnitOfWork(database) as uow:
                uow.secrets.set_content_type(secret.id, content_type)
                uow.secrets.add_payload(secret.id, payload(content_type.encode()))
                uow.commit()
        except Conflict:
            return None
        return content_type

    (winner,) = [given for given in at_once(6, give) if given is not None]
    with Reading(database) as view:
        found, stored = view.secrets.get_with_payload(secret.id)
    assert found.content_type == winner
    assert stored == payload(winner.encode())


def test_deleting_a_secret_takes_everything_along_that_hangs_on_it(database: Database) -> None:
    """Its payload and consumers go, its references leave their containers, its neighbours stay."""
    gone, kept = a_secret(content_type="text/plain"), a_secret(content_type="text/plain")
    add_secrets(database, gone, kept)
    references = (SecretReference(name="a", secret_id=gone.id), SecretReference(name="b", secret_id=kept.id))
    container = a_container(*references)
    add_containers(database, container)
    with UnitOfWork(database) as uow:
        for secret in (gone, kept):
            uow.secrets.add_payload(secret.id, payload())
            uow.secret_consumers.register(secret.id, "service", "type", "id", creator_project_id=PROJECT)
        uow.commit()
    with UnitOfWork(database) as uow:
        uow.secrets.delete(gone.id)
        uow.commit()
    with Reading(database) as view:
        with pytest.raises(NotFound):
            view.secrets.get(gone.id)
        assert view.containers.get(container.id).references == references[1:]
        assert len(view.secrets.get(kept.id).consumers) == 1
    assert (rows(database, secret_payloads), rows(database, secret_consumers)) == (1, 1)


def test_of_two_deletions_at_once_one_finds_nothing(database: Database) -> None:
    """A secret is deleted once, whoever is first."""
    secret = a_secret()
    add_secrets(database, secret)

    def delete(_: int) -> bool:
        try:
            with UnitOfWork(database) as uow:
                uow.secrets.delete(secret.id)
                uow.commit()
        except NotFound:
            return False
        return True

    assert sorted(at_once(4, delete)) == [False, False, False, True]


def test_a_secret_carries_its_consumers_by_age(database: Database) -> None:
    """``get`` gives every consumer once, the oldest first."""
    secret = a_secret()
    add_secrets(database, secret)
    for number in range(3):
        with UnitOfWork(database) as uow:
            uow.secret_consumers.register(
                secret.id, "service", "type", f"id-{number}", creator_project_id=PROJECT
            )
            uow.commit()
    with Reading(database) as view:
        found = view.secrets.get(secret.id)
    assert [consumer.resource_id for consumer in found.consumers] == ["id-0", "id-1", "id-2"]
