"""The ports of ACLs and of what a caller may see through them, on every database."""

from collections.abc import Callable

import pytest

from barbican_like.common import ids
from barbican_like.common.errors import NotFound
from barbican_like.model.database import Database
from barbican_like.model.models import OPEN, Access
from barbican_like.model.repositories import AclRepo
from barbican_like.model.unit_of_work import Reading, Repositories, UnitOfWork
from tests.support.entities import a_container, a_secret, add_containers, add_secrets
from tests.support.threads import at_once

Port = Callable[[Repositories], AclRepo]

PORTS: dict[str, Port] = {
    "secrets": lambda repositories: repositories.secret_acls,
    "containers": lambda repositories: repositories.container_acls,
}


@pytest.fixture(params=PORTS)
def kind(request: pytest.FixtureRequest) -> str:
    """Secrets, and containers."""
    return str(request.param)


@pytest.fixture
def entity(kind: str, database: Database) -> str:
    """The id of an entity without an ACL."""
    return _new(kind, database)


def _new(kind: str, database: Database) -> str:
    if kind == "secrets":
        secret = a_secret()
        add_secrets(database, secret)
        return secret.id
    container = a_container()
    add_containers(database, container)
    return container.id


def write(database: Database, action: Callable[[UnitOfWork], object]) -> None:
    """Do something in a transaction of its own."""
    with UnitOfWork(database) as uow:
        action(uow)
        uow.commit()


def put(database: Database, kind: str, entity: str, is_open: bool, *users: str) -> None:
    """Put an ACL."""
    write(database, lambda uow: PORTS[kind](uow).put(entity, project_access=is_open, users=users))


def shown(database: Database, kind: str, entity: str) -> tuple[bool, tuple[str, ...]] | None:
    """An ACL's access and users, None without one."""
    with Reading(database) as view:
        acl = PORTS[kind](view).find(entity)
    return None if acl is None else (acl.project_access, acl.users)


def access(database: Database, kind: str, entity: str, reader: str | None) -> Access:
    """What a user may do with an entity."""
    with Reading(database) as view:
        if kind == "secrets":
            assert (
                view.secrets.get(entity, reader).access
                == view.secrets.get_with_payload(entity, reader)[0].access
            )
            return view.secrets.get(entity, reader).access
        return view.containers.get(entity, reader).access


def test_an_acl_reads_back_as_it_was_put_last(database: Database, kind: str, entity: str) -> None:
    """The users in their order, each once, and none of those before."""
    assert shown(database, kind, entity) is None
    for users, found in ((["b", "a", "b"], ("b", "a")), ([], ()), (["c"], ("c",))):
        for is_open in (True, False):
            put(database, kind, entity, is_open, *users)
            assert shown(database, kind, entity) == (is_open, found)


def test_a_change_keeps_what_is_none(database: Database, kind: str, entity: str) -> None:
    """Without an ACL the entity is open and names nobody."""
    port = PORTS[kind]
    write(database, lambda uow: port(uow).change(entity, project_access=None, users=["a"]))
    assert shown(database, kind, entity) == (True, ("a",))
    write(database, lambda uow: port(uow).change(entity, project_access=False, users=None))
    assert shown(database, kind, entity) == (False, ("a",))
    write(database, lambda uow: port(uow).change(entity, project_access=None, users=[]))
    assert shown(database, kind, entity) == (False, ())


def test_removing_says_nothing_of_whether_there_was_one(database: Database, kind: str, entity: str) -> None:
    write(database, lambda uow: PORTS[kind](uow).put(entity, project_access=False, users=["a"]))
    for _ in range(2):
        write(database, lambda uow: PORTS[kind](uow).remove(entity))
        assert shown(database, kind, entity) is None


def test_access_is_told_of_one_user(database: Database, kind: str, entity: str) -> None:
    """Users are compared exactly; nobody is never a reader."""
    assert access(database, kind, entity, "a") == OPEN
    users = ["a", "\u00fc", "None", "B"]
    write(database, lambda uow: PORTS[kind](uow).put(entity, project_access=False, users=users))
    for reader, expected in (
        ("a", True),
        ("\u00fc", True),
        ("A", False),
        ("a ", False),
        ("u", False),
        ("b", False),
        ("", False),
        ("%", False),
        (None, False),
    ):
        assert access(database, kind, entity, reader) == Access(project=False, reader=expected), reader


def test_what_has_gone_is_not_found(database: Database, kind: str) -> None:
    for action in (
        lambda uow: PORTS[kind](uow).put(ids.new_id(), project_access=True, users=["a"]),
        lambda uow: PORTS[kind](uow).change(ids.new_id(), project_access=True, users=None),
    ):
        with pytest.raises(NotFound):
            write(database, action)


def test_many_puts_at_once_leave_one_of_them(database: Database, kind: str, entity: str) -> None:
    def put(number: int) -> None:
        users = [f"{number}-{name}" for name in range(5)]
        write(database, lambda uow: PORTS[kind](uow).put(entity, project_access=True, users=users))

    at_once(6, put)
    found = shown(database, kind, entity)
    assert found is not None
    assert {user.partition("-")[0] for user in found[1]} == {found[1][0][0]}
    assert len(found[1]) == 5


def test_changes_at_once_lose_nothing(database: Database, kind: str, entity: str) -> None:
    """Of two who change different parts, each finds its part kept."""

    def change(number: int) -> None:
        part = (
            {"project_access": False, "users": None}
            if number % 2
            else {"project_access": None, "users": ["a"]}
        )
        write(database, lambda uow: PORTS[kind](uow).change(entity, **part))

    at_once(6, change)
    assert shown(database, kind, entity) == (False, ("a",))


def test_an_acl_put_while_its_entity_is_deleted_fails_as_not_found(database: Database, kind: str) -> None:
    for _ in range(5):
        entity = _new(kind, database)

        def act(number: int, entity: str = entity) -> str:
            try:
                if number == 0:
                    write(database, lambda uow: getattr(uow, kind).delete(entity))
                else:
                    write(
                        database, lambda uow: PORTS[kind](uow).put(entity, project_access=True, users=["a"])
                    )
            except NotFound:
                return "not found"
            return "done"

        deleted, *others = at_once(4, act)
        assert deleted == "done"
        assert set(others) <= {"done", "not found"}
        assert shown(database, kind, entity) is None
