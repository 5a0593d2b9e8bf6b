"""Secret stores over HTTP: what is offered, what a project prefers, and where its payloads then go."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from barbican_like.model.tables import secret_payloads
from tests.support.application import Instance
from tests.support.caller import Caller, id_of, path_of

NOT_OFFERED = "Not Found. Multiple backends support is not enabled in service configuration."
NONE_PREFERRED = "Not Found. No preferred secret store defined for this project."
ANY_ID = "0b3c5c4e-5f0e-4d3b-9f51-3d0f6f3a6f10"
PAYLOAD = {"payload": "hello", "payload_content_type": "text/plain"}


@pytest.fixture
def mine(two_stores: Instance) -> Caller:
    """An admin of a fresh project."""
    return two_stores.caller()


@pytest.fixture
def second(mine: Caller) -> str:
    """The path of the second store."""
    stores = mine.get("/v1/secret-stores").json["secret_stores"]
    return path_of(next(s["secret_store_ref"] for s in stores if s["secret_store_plugin"] == "second_plugin"))


def store_of(instance: Instance, secret: str) -> str:
    """The store that a secret's payload is in."""
    statement = sa.select(secret_payloads.c.store).where(secret_payloads.c.secret_id == id_of(secret))
    with instance.runtime.database.reading() as connection:
        return str(connection.execute(statement).scalar_one())


@pytest.mark.parametrize(
    "call",
    [
        "GET /v1/secret-stores",
        "GET /v1/secret-stores/global-default",
        "GET /v1/secret-stores/preferred",
        f"GET /v1/secret-stores/{ANY_ID}",
        f"POST /v1/secret-stores/{ANY_ID}/preferred",
        f"DELETE /v1/secret-stores/{ANY_ID}/preferred",
        f"GET /v1/secret-stores/{ANY_ID}/other",
    ],
)
def test_without_an_offer_everything_is_404(caller: Caller, call: str) -> None:
    answer = caller.call(*call.split())
    assert answer.status_int == 404
    assert answer.json["description"].rstrip(".").endswith(NOT_OFFERED.rstrip("."))


def test_the_list_has_every_store(mine: Caller) -> None:
    answer = mine.get("/v1/secret-stores")
    assert answer.status_int == 200
    assert list(answer.json) == ["secret_stores"]
    stores = {store["secret_store_plugin"]: store for store in answer.json["secret_stores"]}
    assert set(stores) == {"store_crypto", "second_plugin"}
    first = dict(stores["store_crypto"])
    assert first.pop("created") == first.pop("updated")
    assert first.pop("secret_store_ref").startswith("http://localhost:9311/v1/secret-stores/")
    assert first == {
        "name": "Software Only Crypto",
        "secret_store_plugin": "store_crypto",
        "crypto_plugin": "simple_crypto",
        "global_default": True,
        "status": "ACTIVE",
    }


def test_each_store_and_the_default_can_be_asked_for(mine: Caller, second: str) -> None:
    stores = mine.get("/v1/secret-stores").json["secret_stores"]
    assert [mine.get(path_of(store["secret_store_ref"])).json for store in stores] == stores
    default = mine.get("/v1/secret-stores/global-default").json
    assert default in stores
    assert default["global_default"] is True


def test_a_store_that_is_not_there_is_404(mine: Caller) -> None:
    for path in (f"/v1/secret-stores/{ANY_ID}", "/v1/secret-stores/nonsense"):
        answer = mine.get(path)
        assert answer.status_int == 404
        assert "Secret store not found" in answer.json["description"]
        assert mine.post(f"{path}/preferred").status_int == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_an_unknown_path_below_is_405_with_no_method_allowed(mine: Caller, second: str, method: str) -> None:
    for path in (f"{second}/other", f"{second}/preferred/x", "/v1/secret-stores/preferred/x"):
        answer = mine.call(method, path)
        assert (answer.status_int, answer.headers["Allow"]) == (405, "")
    below_none = mine.call(method, f"/v1/secret-stores/{ANY_ID}/other")
    assert below_none.status_int == (405 if method == "HEAD" else 404)


def test_a_preference_can_be_set_seen_and_dropped(mine: Caller, second: str) -> None:
    nothing = mine.get("/v1/secret-stores/preferred")
    assert nothing.status_int == 404
    assert NONE_PREFERRED.rstrip(".") in nothing.json["description"]
    assert mine.delete(f"{second}/preferred").status_int == 404
    assert mine.post(f"{second}/preferred").status_int == 204
    assert mine.get("/v1/secret-stores/preferred").json == mine.get(second).json
    assert mine.delete(f"{second}/preferred").status_int == 204
    assert mine.get("/v1/secret-stores/preferred").status_int == 404


def test_a_preference_is_the_projects_own(two_stores: Instance, mine: Caller, second: str) -> None:
    mine.post(f"{second}/preferred")
    assert two_stores.caller().get("/v1/secret-stores/preferred").status_int == 404


def test_only_an_admin_says_what_is_preferred(two_stores: Instance, mine: Caller, second: str) -> None:
    member = two_stores.caller(mine.project_id, X_Roles="member,reader")
    assert member.get("/v1/secret-stores").status_int == 200
    assert member.post(f"{second}/preferred").status_int == 403
    assert member.delete(f"{second}/preferred").status_int == 403


def test_what_is_stored_from_now_on_goes_to_the_preferred_store(
    two_stores: Instance, mine: Caller, second: str
) -> None:
    before = mine.new_secret(**PAYLOAD)
    half = mine.new_secret()
    mine.post(f"{second}/preferred")
    after = mine.new_secret(**PAYLOAD)
    assert mine.put(half, b"hello", "text/plain").status_int == 204
    order = mine.new_order()
    two_stores.orders_done.wait_for(id_of(order))
    made = path_of(mine.get(order).json["secret_ref"])
    assert store_of(two_stores, before) == "simple_crypto"
    assert {store_of(two_stores, secret) for secret in (after, half, made)} == {"second_plugin"}
    assert [mine.get(f"{secret}/payload").body for secret in (before, after, half)] == [b"hello"] * 3


def test_without_a_preference_payloads_go_to_the_default(
    two_stores: Instance, mine: Caller, second: str
) -> None:
    mine.post(f"{second}/preferred")
    mine.delete(f"{second}/preferred")
    assert store_of(two_stores, mine.new_secret(**PAYLOAD)) == "simple_crypto"
