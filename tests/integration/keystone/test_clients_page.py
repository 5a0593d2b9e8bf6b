"""The examples of doc/source/clients.rst that ask Keystone do what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import client_blocks
from tests.support.instance import Instance
from tests.support.keystone import Keystone
from tests.support.keystone_seed import User

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]


@pytest.mark.parametrize("name", client_blocks.of("keystone"))
def test_with_a_password_for_keystone(
    server: Instance, identity: Keystone, newcomer: Callable[[str], User], tmp_path: Path, name: str
) -> None:
    user = newcomer("member")
    real = {
        "https://keystone.example.com/v3": identity.url,
        "alice": user.name,
        "correct horse": user.password,
        "demo": user.project,
    }
    assert client_blocks.shows_what_it_stored(name, real, tmp_path)
