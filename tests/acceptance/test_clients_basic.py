"""Clients that work with a name and a password: [api] auth = basic, where the name is the project."""

from pathlib import Path
from typing import Any

import pytest
from barbicanclient import client as barbican_client
from barbicanclient.exceptions import HTTPAuthError, HTTPClientError
from castellan.common.exception import KeyManagerError
from keystoneauth1.http_basic import HTTPBasicAuth
from keystoneauth1.session import Session

from tests.acceptance.conftest import BASIC_PASSWORD
from tests.support.castellan import PluginContext, manager_of
from tests.support.command_line import CommandLine
from tests.support.instance import Instance
from tests.support.scenarios.castellan_calls import every_call


def client_of(instance: Instance, name: str, password: str = BASIC_PASSWORD) -> Any:
    """python-barbicanclient with keystoneauth1's own plug-in for a name and a password."""
    auth = HTTPBasicAuth(username=name, password=password)
    return barbican_client.Client(session=Session(auth=auth), endpoint=instance.endpoint)


def test_each_user_works_in_a_project_of_the_same_name(basic_instance: Instance) -> None:
    alice, bob = client_of(basic_instance, "alice"), client_of(basic_instance, "bob")
    reference = alice.secrets.create(name="diary", payload="dear").store()
    assert alice.secrets.get(reference).payload == "dear"
    with pytest.raises(HTTPClientError, match="Forbidden"):
        assert bob.secrets.get(reference).name
    assert bob.secrets.list(name="diary") == []


def test_a_wrong_password_is_an_authentication_error(basic_instance: Instance) -> None:
    eve = client_of(basic_instance, "alice", "guess")
    with pytest.raises(HTTPAuthError, match="The request you have made requires authentication"):
        eve.secrets.list()


def test_a_command_without_a_password_or_with_a_wrong_one_says_so(
    basic_instance: Instance, tmp_path: Path
) -> None:
    words = ("--no-auth", "--endpoint", basic_instance.endpoint, "--os-project-id", "alice")
    barbican = CommandLine("barbican", words, tmp_path)
    assert "requires authentication" in barbican.refused("secret", "list")
    (tmp_path / ".netrc").write_text("machine localhost login alice password guess\n")
    assert "requires authentication" in barbican.refused("secret", "list")


def test_castellan_works_with_a_name_and_a_password(basic_instance: Instance, tmp_path: Path) -> None:
    manager = manager_of(basic_instance.endpoint, tmp_path)
    dave, bob = (
        PluginContext(HTTPBasicAuth(username=name, password=BASIC_PASSWORD)) for name in ("dave", "bob")
    )
    every_call(manager, dave)
    key_id = manager.create_key(dave, "AES", 128)
    with pytest.raises(KeyManagerError, match="Forbidden"):
        manager.get(bob, key_id)
