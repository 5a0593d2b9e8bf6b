"""The plug-ins in use, and what is handed to them."""

from typing import Any

import pytest

from barbican_like.common.errors import IntegrityFailure
from barbican_like.model.models import ProjectKey, SealedPayload
from barbican_like.plugin.registry import Plugins
from barbican_like.plugin.resources import NewSecret
from tests.support.entities import a_secret


def plugins(**stores: Any) -> Plugins:
    """A registry."""
    generator: Any = None
    return Plugins(stores=stores, default_store=next(iter(stores)), generator=generator)


def test_new_payloads_go_to_the_default_store_and_old_ones_to_their_own() -> None:
    """A payload's row names its store."""
    one, two = object(), object()
    found = plugins(one=one, two=two)
    assert found.store_for_new() is one
    assert found.store_named("two") is two


def test_a_store_that_is_not_configured_is_an_integrity_failure() -> None:
    """Its name is for the log; the client sees no more than for a broken seal."""
    with pytest.raises(IntegrityFailure, match="three"):
        plugins(one=object()).store_named("three")


def test_nothing_that_holds_a_payload_or_a_key_shows_it() -> None:
    """Not in a repr, which is what a log line or a traceback would show."""
    key = ProjectKey(id="k", project_id="p", store="simple_crypto", term=1, wrapped=b"hush")
    for holder in (
        NewSecret(secret=a_secret(), payload=b"hush"),
        SealedPayload(store="s", sealed=b"hush", version=1, key=key),
        key,
    ):
        assert "hush" not in repr(holder)
