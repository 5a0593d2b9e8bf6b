"""Key pairs with a passphrase, from the request to the container, on every database."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from barbican_like import rooms
from barbican_like.common import clock
from barbican_like.model.database import Database
from barbican_like.model.tables import metadata, order_passphrases, secret_payloads, secrets, tasks
from barbican_like.model.unit_of_work import UnitOfWork
from barbican_like.plugin import removal
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller, path_of

PASSPHRASE = "correct horse \u00e9 \U0001f511"
SPELLINGS = pytest.mark.parametrize("spelling", ["passphrase", "pass_phrase"])


def instance(database: Database, folder: Path, *, worker: bool) -> Iterator[Instance]:
    """The application over the test's database."""
    url = database.url.render_as_string(hide_password=False)
    with running(prepare(folder, f"[database]\nconnection = {url}"), worker=worker) as found:
        yield found


@pytest.fixture
def idle(database: Database, tmp_path: Path) -> Iterator[Instance]:
    """An API whose workers are all away."""
    yield from instance(database, tmp_path, worker=False)


@pytest.fixture
def working(database: Database, tmp_path: Path) -> Iterator[Instance]:
    """An API with a worker."""
    yield from instance(database, tmp_path, worker=True)


def order_pair(caller: Caller, spelling: str = "passphrase", algorithm: str = "ec", bits: int = 256) -> str:
    """Order a key pair; the order's path."""
    meta = {"name": "pair", "algorithm": algorithm, "bit_length": bits, spelling: PASSPHRASE}
    answer = caller.post("/v1/orders", {"type": "asymmetric", "meta": meta})
    assert answer.status_int == 202, answer
    return path_of(answer.json["order_ref"])


def id_of(path: str) -> str:
    """The id at a path's end."""
    return path.rpartition("/")[2]


def rows(database: Database, table: sa.Table) -> int:
    """How many rows a table has; of tasks, those that end."""
    count = sa.select(sa.func.count()).select_from(table)
    if table is tasks:
        count = count.where(tasks.c.name.not_in([kind.name for kind in rooms.standing()]))
    with database.reading() as connection:
        return int(connection.execute(count).scalar_one())


def places_of(database: Database, wanted: bytes) -> set[str]:
    """Every column of every table in which the bytes stand, as they are or in base64 or in hexadecimal."""
    forms = (wanted, base64.b64encode(wanted)[:-4], wanted.hex().encode(), repr(wanted)[2:-1].encode())
    found = set()
    with database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(sa.text("*")).select_from(table)).mappings():
                for column, value in row.items():
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    found |= {f"{table.name}.{column}" for form in forms if form in raw}
    return found


@SPELLINGS
def test_a_pair_with_a_passphrase_opens_with_it(working: Instance, spelling: str) -> None:
    """The container names three secrets; the private one is PEM that the passphrase opens, and only it."""
    caller = working.caller()
    path = order_pair(caller, spelling)
    working.orders_done.wait_for(id_of(path))
    done = caller.get(path).json
    assert done["status"] == "ACTIVE", done
    container = caller.get(path_of(done["container_ref"])).json
    refs = {item["name"]: path_of(item["secret_ref"]) for item in container["secret_refs"]}
    assert sorted(refs) == ["private_key", "private_key_passphrase", "public_key"]
    assert caller.get(f"{refs['private_key_passphrase']}/payload").body == PASSPHRASE.encode()
    private = caller.get(f"{refs['private_key']}/payload").body
    assert load_pem_private_key(private, PASSPHRASE.encode()).key_size == 256  # type: ignore[union-attr]
    # One wrong passphrase of 256 leaves sound padding, and then it is the key that cannot be read.
    with pytest.raises(ValueError, match=r"[Pp]assword|decrypt|deserialize"):
        load_pem_private_key(private, b"another")


def test_a_dsa_key_with_a_passphrase_is_der(working: Instance) -> None:
    """Clients expect DSA in DER; the passphrase opens it all the same."""
    caller = working.caller()
    path = order_pair(caller, algorithm="dsa", bits=1024)
    working.orders_done.wait_for(id_of(path))
    container = caller.get(path_of(caller.get(path).json["container_ref"])).json
    refs = {item["name"]: path_of(item["secret_ref"]) for item in container["secret_refs"]}
    private = caller.get(f"{refs['private_key']}/payload").body
    assert load_der_private_key(private, PASSPHRASE.encode()).key_size == 1024  # type: ignore[union-attr]


@SPELLINGS
def test_a_passphrase_is_never_at_rest_in_clear(
    idle: Instance, database: Database, spelling: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the order, not in the task, in no column of any table, in no answer and no log line."""
    caller = idle.caller()
    path = order_pair(caller, spelling)
    assert places_of(database, b'"pair"') == {"orders.meta"}  # the search does find what is there
    assert places_of(database, PASSPHRASE.encode()) == set()
    assert places_of(database, b"correct horse") == set()
    shown = caller.get(path).text + caller.get("/v1/orders").text + caplog.text
    assert "horse" not in shown
    assert spelling not in caller.get(path).json["meta"]


def test_a_passphrase_is_not_at_rest_in_clear_afterwards(working: Instance, database: Database) -> None:
    """Neither when the pair was made nor when it could not be made."""
    caller = working.caller()
    for algorithm in ("ec", "no-such"):
        path = order_pair(caller, algorithm=algorithm)
        working.orders_done.wait_for(id_of(path))
    assert places_of(database, b"correct horse") == set()


def test_deleting_a_pending_order_takes_its_task_and_passphrase_along(
    idle: Instance, database: Database
) -> None:
    """Nothing is left to be worked, and no secret that nobody knows of."""
    caller = idle.caller()
    path = order_pair(caller)
    assert (rows(database, tasks), rows(database, order_passphrases)) == (1, 1)
    assert caller.delete(path).status_int == 204
    assert caller.get(path).status_int == 404
    assert (rows(database, tasks), rows(database, order_passphrases)) == (0, 0)


def passphrase_path(database: Database) -> str:
    """The path that the only passphrase will have as a secret."""
    with database.reading() as connection:
        return f"/v1/secrets/{connection.execute(sa.select(order_passphrases.c.secret_id)).scalar_one()}"


def test_while_the_order_is_pending_nobody_sees_its_passphrase(idle: Instance, database: Database) -> None:
    """In no list, by no route of its id, in no container, in no quota."""
    caller = idle.caller()
    quota = {"project_quotas": {"secrets": 1}}
    admin = idle.caller(X_Roles="admin")
    assert admin.call("PUT", f"/v1/project-quotas/{caller.project_id}", json=quota).status_int == 204
    order_pair(caller)
    path = passphrase_path(database)
    for query in ("", "?secret_type=passphrase", "?expiration=lt:2000-01-01", "?sort=expiration"):
        assert caller.get(f"/v1/secrets{query}").json == {"secrets": [], "total": 0}
    for method, below in (
        ("GET", ""),
        ("GET", "/payload"),
        ("GET", "/acl"),
        ("GET", "/metadata"),
        ("DELETE", ""),
    ):
        assert caller.call(method, path + below).status_int == 404, (method, below)
    named = {"type": "generic", "secret_refs": [{"secret_ref": f"http://localhost:9311{path}"}]}
    assert caller.post("/v1/containers", named).status_int == 404
    assert caller.post("/v1/secrets", {}).status_int == 201
    assert caller.post("/v1/secrets", {}).status_int == 403
    assert rows(database, secrets) == 1


def test_a_project_with_a_pending_order_is_removed_with_the_passphrase(
    idle: Instance, database: Database
) -> None:
    """The order takes it along, so that nothing holds the project's key."""
    caller = idle.caller()
    order_pair(caller)
    with UnitOfWork(database) as uow:
        project = uow.projects.find(caller.project_id)
        assert project is not None
        assert removal.purge(uow, project, 10) == 1
        uow.projects.remove(project)
        uow.commit()
    assert rows(database, order_passphrases) == 0


def test_an_active_order_has_given_its_passphrase(working: Instance) -> None:
    """It is a secret like the keys: listed with them, of their age, without an expiration."""
    caller = working.caller()
    ordered = clock.now()
    path = order_pair(caller)
    working.orders_done.wait_for(id_of(path))
    listed = {item["secret_type"]: item for item in caller.get("/v1/secrets").json["secrets"]}
    assert set(listed) == {"private", "public", "passphrase"}
    assert (
        rows(working.runtime.database, order_passphrases),
        rows(working.runtime.database, secret_payloads),
    ) == (0, 3)
    given = listed["passphrase"]
    assert given["expiration"] is None
    assert given["created"] == given["updated"] > ordered.isoformat()
    assert caller.delete(path_of(given["secret_ref"])).status_int == 204


def test_an_order_that_ends_in_error_leaves_no_passphrase(working: Instance, database: Database) -> None:
    """What nothing will use is removed with the order's end."""
    caller = working.caller()
    path = order_pair(caller, algorithm="no-such")
    working.orders_done.wait_for(id_of(path))
    assert caller.get(path).json["status"] == "ERROR"
    assert (rows(database, tasks), rows(database, secrets), rows(database, order_passphrases)) == (0, 0, 0)


def test_deleting_a_finished_order_keeps_what_it_made(working: Instance, database: Database) -> None:
    """The container and its three secrets are the client's."""
    caller = working.caller()
    path = order_pair(caller)
    working.orders_done.wait_for(id_of(path))
    container = path_of(caller.get(path).json["container_ref"])
    assert caller.delete(path).status_int == 204
    assert len(caller.get(container).json["secret_refs"]) == 3
    assert rows(database, secrets) == 3
