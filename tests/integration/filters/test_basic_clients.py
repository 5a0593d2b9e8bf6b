"""keystoneauth1's http_basic plug-in and python-barbicanclient, over a socket, with [api] auth = basic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from barbicanclient import client as barbican_client
from barbicanclient.exceptions import HTTPAuthError, HTTPClientError
from keystoneauth1 import loading
from keystoneauth1.session import Session

from tests.integration.filters.conftest import Htpasswd, line
from tests.support.application import Instance
from tests.support.sockets import served


@pytest.fixture(scope="module")
def endpoint(basic_instance: Instance) -> Iterator[str]:
    """The application's address on a socket of this process."""
    with served(basic_instance.application) as url:
        yield url


def client_of(endpoint: str, username: str, password: str) -> Any:
    """A client whose plug-in is loaded by its name, as from clouds.yaml or a service's configuration."""
    plugin = loading.get_plugin_loader("http_basic").load_from_options(
        endpoint=endpoint, username=username, password=password
    )
    return barbican_client.Client(session=Session(auth=plugin), endpoint=endpoint)


def test_users_of_one_project_share_its_secrets(endpoint: str, shared_file: Htpasswd) -> None:
    """The third field names the project; a user without one is elsewhere."""
    shared_file.write(line("ann", "a", "team"), line("ben", "b", "team"), line("cat", "c"))
    ann, ben, cat = (client_of(endpoint, name, name[0]) for name in ("ann", "ben", "cat"))
    reference = ann.secrets.create(name="shared", payload="dear").store()
    path = "/v1/secrets/" + reference.rpartition("/")[2]
    assert ben.secrets.get(endpoint + path).payload == "dear"
    with pytest.raises(HTTPClientError, match="Forbidden"):
        assert cat.secrets.get(endpoint + path).payload


def test_a_changed_password_ends_a_clients_work_at_once(endpoint: str, shared_file: Htpasswd) -> None:
    """The client sees an authentication error, and works on with the new password."""
    shared_file.write(line("dan", "old"))
    before = client_of(endpoint, "dan", "old")
    assert before.secrets.list() == []
    shared_file.write(line("dan", "new"))
    with pytest.raises(HTTPAuthError, match="The request you have made requires authentication"):
        before.secrets.list()
    assert client_of(endpoint, "dan", "new").secrets.list() == []
