"""python-barbicanclient with a name and a password: it finds this server in Keystone's catalog."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from barbicanclient import client as barbican_client
from barbicanclient.exceptions import HTTPClientError

from tests.integration.keystone.conftest import user_named
from tests.support import instance as instances
from tests.support.instance import Instance
from tests.support.keystone import Keystone
from tests.support.keystone_seed import DOMAIN, REGION, session_of

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def server(identity: Keystone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Processes started by `barbican.sh start --auth keystone` with a file of one section."""
    section = identity.middleware_conf(http_connect_timeout=60)
    with instances.running(tmp_path_factory.mktemp("server"), section, "--auth", "keystone") as started:
        identity.offer(started.endpoint)
        yield started


def client(identity: Keystone, name: str) -> Any:
    """python-barbicanclient of a user; it is told no endpoint."""
    return barbican_client.Client(session=session_of(identity.url, user_named(name)), region_name=REGION)


def test_the_library_stores_and_reads_through_the_catalog(server: Instance, identity: Keystone) -> None:
    mine = client(identity, "project_a_creator")
    secret = mine.secrets.create(name="through the catalog", payload="hello")
    reference = secret.store()
    assert reference.startswith(f"{server.endpoint}/v1/secrets/")
    assert client(identity, "project_a_observer").secrets.get(reference).payload == "hello"
    found = [item.secret_ref for item in mine.secrets.list(name="through the catalog", limit=100)]
    assert reference in found
    mine.secrets.delete(reference)


def test_the_library_of_another_project_is_refused(server: Instance, identity: Keystone) -> None:
    reference = client(identity, "project_a_creator").secrets.create(payload="hello").store()
    with pytest.raises(HTTPClientError, match="Forbidden"):
        _ = client(identity, "project_b_creator").secrets.get(reference).payload


def test_an_order_is_worked_for_the_tokens_project(server: Instance, identity: Keystone) -> None:
    mine = client(identity, "project_a_creator")
    order = instances.completed(mine, "key", algorithm="aes", bit_length=256)
    assert order.status == "ACTIVE"
    assert len(mine.secrets.get(order.secret_ref).payload) == 32


def test_the_command_line_takes_a_password(server: Instance, identity: Keystone, tmp_path: Path) -> None:
    user = user_named("project_a_creator")
    who = {
        "OS_AUTH_URL": identity.url,
        "OS_USERNAME": user.name,
        "OS_PASSWORD": user.password,
        "OS_PROJECT_NAME": user.project,
        "OS_USER_DOMAIN_ID": DOMAIN,
        "OS_PROJECT_DOMAIN_ID": DOMAIN,
        "OS_REGION_NAME": REGION,
        "OS_IDENTITY_API_VERSION": "3",
    }
    command = [str(Path(sys.executable).with_name("barbican")), "secret", "store", "--payload", "hello"]
    done = subprocess.run(
        [*command, "-f", "value", "-c", "Secret href"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONWARNINGS": "ignore", **who},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{server.endpoint}/v1/secrets/")
