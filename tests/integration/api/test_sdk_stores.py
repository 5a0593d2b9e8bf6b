"""The calls of openstacksdk's proxy that need two secret stores, the move among them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from keystoneauth1.session import Session

from barbican_like import key_stores
from barbican_like.plugin.crypto.master_key import FileMasterKey
from tests.support import sdk
from tests.support.application import Instance
from tests.support.noauth_plugin import ProjectNoAuth
from tests.support.scenarios.sdk import CALLS_OF_STORES, secrets_move_between_stores
from tests.support.sockets import served
from tests.support.stores import TWO_STORES_OFFERED


def test_openstacksdk_moves_secrets_between_stores(
    new_instance: Callable[..., Instance], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every one of the calls is used; acceptance tests have the others."""
    monkeypatch.setitem(key_stores.MASTER_KEYS, "second_plugin", lambda _: FileMasterKey(bytes(32)))
    instance = new_instance(f"[DEFAULT]\nhost_href =\n{TWO_STORES_OFFERED}")
    with served(instance.application) as url:
        session = Session(auth=ProjectNoAuth(url, f"project-{uuid.uuid4()}"))
        proxy = sdk.proxy(session, url)
        secrets_move_between_stores(proxy, url)
    assert CALLS_OF_STORES <= proxy.used <= sdk.calls()
