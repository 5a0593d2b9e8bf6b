"""The examples of doc/source/clients.rst that need no Keystone do what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import client_blocks, noauth_plugin
from tests.support.instance import EMBEDDED, Instance

ROOT = Path(__file__).parents[2]
CLIENTS = ("barbican", "openstack", "library", "sdk")


def examples(way: str) -> list[Any]:
    """Those of one way to authenticate; `openstack`, which takes seconds, in CI only."""
    return [
        pytest.param(name, marks=pytest.mark.slow if name.startswith("openstack") else ())
        for name in client_blocks.of(way)
    ]


@pytest.mark.parametrize("instance", [EMBEDDED], indirect=True)
@pytest.mark.parametrize("name", examples("noauth"))
def test_without_authentication(instance: Instance, tmp_path: Path, name: str) -> None:
    noauth_plugin.install(tmp_path / "site")
    path = f"{tmp_path / 'site'}:{ROOT}"
    real = {"http://localhost:9311": instance.endpoint}
    assert client_blocks.shows_what_it_stored(name, real, tmp_path, PYTHONPATH=path)


@pytest.mark.parametrize("name", examples("basic"))
def test_with_a_name_and_a_password(basic_instance: Instance, tmp_path: Path, name: str) -> None:
    real = {
        "https://keys.example.com": basic_instance.endpoint,
        "machine keys.example.com": "machine localhost",
    }
    assert client_blocks.shows_what_it_stored(name, real, tmp_path)


def test_the_page_has_an_example_of_each_client_for_each_way() -> None:
    castellan = {"noauth": [], "basic": ["castellan-basic"], "keystone": ["castellan-keystone"]}
    for way, more in castellan.items():
        assert client_blocks.of(way) == [f"{client}-{way}" for client in CLIENTS] + more
