"""What tests of the HTTP API share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from barbican_like import key_stores
from barbican_like.plugin.crypto.master_key import FileMasterKey
from tests.support.application import Instance
from tests.support.stores import TWO_STORES_OFFERED


@pytest.fixture(scope="module")
def two_stores(new_instance: Callable[..., Instance]) -> Iterator[Instance]:
    """An application that offers two stores, each with a master key of its own."""

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(key_stores.MASTER_KEYS, "second_plugin", lambda _: FileMasterKey(bytes(32)))
        yield new_instance(TWO_STORES_OFFERED)
