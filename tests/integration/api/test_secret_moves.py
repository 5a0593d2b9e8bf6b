"""PUT /v1/secrets/{id}/secret-store/{store}: a secret moves to another store and stays the same."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from barbican_like.model.tables import secret_payloads
from tests.support.application import Instance
from tests.support.caller import Caller, id_of
from tests.support.feed import changes, now
from tests.support.ids import NOBODYS

PAYLOAD = {"payload": "hello", "payload_content_type": "text/plain"}
FIELDS = ("secret_store_id", "secret_store_ref")


@pytest.fixture
def mine(two_stores: Instance) -> Caller:
    """An admin of a fresh project."""
    return two_stores.caller()


@pytest.fixture
def stores(mine: Caller) -> dict[str, str]:
    """The stores' ids by their plug-ins: the default one is store_crypto."""
    found = mine.get("/v1/secret-stores").json["secret_stores"]
    return {store["secret_store_plugin"]: id_of(store["secret_store_ref"]) for store in found}


@pytest.fixture
def second(stores: dict[str, str]) -> str:
    """The id of the store that is not the default."""
    return stores["second_plugin"]


def moved(caller: Caller, secret: str, store: str, version: str = "1.3", **wanted: str) -> int:
    """The status of a move."""
    status: int = caller.call("PUT", f"{secret}/secret-store/{store}", version=version, **wanted).status_int
    return status


def test_a_moved_secret_is_the_same_in_another_store(two_stores: Instance, mine: Caller, second: str) -> None:
    secret = mine.new_secret(name="n", **PAYLOAD)
    consumer = {"service": "cinder", "resource_type": "volume", "resource_id": "1"}
    mine.post(f"{secret}/consumers", consumer)
    before = mine.get(secret, version="1.3").json
    assert moved(mine, secret, second) == 204
    after = mine.get(secret, version="1.3").json
    assert {name for name in after if after[name] != before[name]} == set(FIELDS)
    assert mine.get(f"{secret}/payload").body == b"hello"
    statement = sa.select(secret_payloads.c.store).where(secret_payloads.c.secret_id == id_of(secret))
    with two_stores.runtime.database.reading() as connection:
        assert connection.execute(statement).scalars().all() == ["second_plugin"]


def test_the_feed_hears_of_a_move(mine: Caller, second: str) -> None:
    """Once: a move to where the payload is already changes nothing."""
    secret = mine.new_secret(**PAYLOAD)
    place = now(mine)
    assert [moved(mine, secret, second) for _ in range(2)] == [204, 204]
    assert [(data["op"], data["what"]) for data in changes(mine, since=place)] == [("updated", "store")]


def test_from_1_3_on_a_secret_tells_its_store(mine: Caller, stores: dict[str, str], second: str) -> None:
    """In every answer that shows it; null without a payload."""
    secret, empty = mine.new_secret(**PAYLOAD), mine.new_secret()
    reference = "http://localhost:9311/v1/secret-stores/"
    for store in (stores["store_crypto"], second):
        assert moved(mine, secret, store) == 204
        shown = mine.get(secret, version="1.3").json
        assert [shown[name] for name in FIELDS] == [store, f"{reference}{store}"]
        listed = mine.get("/v1/secrets", version="1.3").json["secrets"]
        assert listed[0] == shown
        assert [listed[1][name] for name in FIELDS] == [None, None]
    consumer = {"service": "cinder", "resource_type": "volume", "resource_id": "1"}
    assert mine.post(f"{secret}/consumers", consumer, version="1.3").json["secret_store_id"] == second
    assert mine.get(empty, version="1.3").json["secret_store_id"] is None


def test_before_1_3_nothing_is_said_of_stores(mine: Caller, second: str) -> None:
    """Older clients refuse objects with members that they do not know."""
    secret = mine.new_secret(**PAYLOAD)
    for version in ("1.0", "1.1", "1.2"):
        assert not set(FIELDS) & set(mine.get(secret, version=version).json)
        assert "secret_store_id" not in mine.get(f"/v1/secret-stores/{second}", version=version).json
        assert moved(mine, secret, second, version) == 404
    assert mine.get(f"/v1/secret-stores/{second}", version="1.3").json["secret_store_id"] == second


def test_where_no_choice_is_offered_there_is_no_store(caller: Caller) -> None:
    secret = caller.new_secret(**PAYLOAD)
    shown = caller.get(secret, version="1.3").json
    assert [shown[name] for name in FIELDS] == [None, None]
    answer = caller.call("PUT", f"{secret}/secret-store/{uuid.uuid4()}", version="1.3")
    assert answer.status_int == 400
    assert "Multiple backends support is not enabled" in answer.json["description"]


@pytest.mark.parametrize(
    ("store", "status"), [("nonsense", 400), (str(uuid.UUID(int=0)), 404), (NOBODYS, 404)]
)
def test_a_store_that_is_none_is_refused(mine: Caller, store: str, status: int) -> None:
    assert moved(mine, mine.new_secret(**PAYLOAD), store) == status


def test_a_secret_without_a_payload_cannot_be_moved(mine: Caller, second: str) -> None:
    answer = mine.call("PUT", f"{mine.new_secret()}/secret-store/{second}", version="1.3")
    assert answer.status_int == 400
    assert answer.json["description"] == (
        "Secret migration issue seen - The secret has no payload that could be moved."
    )


def test_a_move_to_where_it_is_changes_nothing(mine: Caller, second: str) -> None:
    secret = mine.new_secret(**PAYLOAD)
    assert [moved(mine, secret, second, accept="text/plain") for _ in range(2)] == [204, 204]
    assert mine.get(f"{secret}/payload").body == b"hello"


def test_a_path_without_a_store_is_404(mine: Caller) -> None:
    path = f"{mine.new_secret(**PAYLOAD)}/secret-store"
    assert mine.call("PUT", path, version="1.3").status_int == 404


def test_members_move_to_the_store_of_new_secrets_and_admins_to_any(
    two_stores: Instance, mine: Caller, stores: dict[str, str], second: str
) -> None:
    """That is the project's preferred one, or the default where it prefers none."""
    member = two_stores.caller(mine.project_id, X_Roles="creator,member")
    stranger = two_stores.caller(X_Roles="admin")
    secret = mine.new_secret(**PAYLOAD)
    assert [moved(who, secret, second) for who in (member, stranger)] == [403, 403]
    assert moved(member, secret, stores["store_crypto"]) == 204
    assert mine.post(f"/v1/secret-stores/{second}/preferred").status_int == 204
    assert moved(member, secret, second) == 204
    assert moved(member, secret, stores["store_crypto"]) == 403
    assert moved(mine, secret, stores["store_crypto"]) == 204
