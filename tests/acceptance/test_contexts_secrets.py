"""A task service has its secrets from a real key manager: at each call, as a consumer, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from barbicanclient import client as barbican_client
from keystoneauth1.http_basic import HTTPBasicAuth
from keystoneauth1.session import Session

from tests.acceptance.conftest import BASIC_PASSWORD
from tests.support.contexts.supervised import TRANSACTION, definition, echo, hosted
from tests.support.instance import EMBEDDED, Instance

SECRET = "kittens in a box"
CODE = """
import threading
from barbican_like.contexts.key_manager import SecretUnavailable
from barbican_like.contexts.task import SingleTask

class Shouting(SingleTask):
    topics = ()

    def execute(self):
        first = self.secret("PASSWORD")
        self.notify("updated", first=first == b"kittens in a box")
        self.log.info("have it: %r", self)
        try:
            self.secret("OTHER")
        except SecretUnavailable as error:
            self.notify("updated", other=str(error))
        self.stopping.wait()
        try:
            self.secret("PASSWORD")
        except SecretUnavailable as error:
            self.notify("updated", after=str(error))
"""


def told(service: Any, name: str) -> Any:
    """The item of that name in the next news of a service."""
    said = service.hear()
    assert said is not None, service.text()
    return said["items"][name]


def reference(client: Any) -> str:
    """A secret that is there."""
    secret = client.secrets.create(name="of a service", payload=SECRET)
    return str(secret.store())


def look(file: Path, credentials: str, client: Any) -> None:
    """Run the service with credentials, and look at what it has, says and leaves."""
    path = file.with_name("key_manager.conf")
    path.write_text(credentials)
    path.chmod(0o600)
    ref = reference(client)
    missing = f"{ref[:-12]}000000000000"
    service = definition(**{"secret.PASSWORD": ref, "secret.OTHER": missing})
    with hosted(file, service) as running:
        assert running.hear() == {"word": "ready"}
        assert told(running, "first") is True
        assert missing in told(running, "other")
        consumers = client.secrets.get(ref).consumers
        assert [(one["service"], one["resource_type"], one["resource_id"]) for one in consumers] == [
            ("contexts", "task_service", f"context001/{TRANSACTION}/ts_100")
        ]
        assert SECRET.encode() not in Path(f"/proc/{running.process.pid}/environ").read_bytes()
        client.secrets.delete(ref, force=True)
        running.process.terminate()
        after = told(running, "after")
        assert ref in after
        assert SECRET not in after
        assert running.ended() == 0
        assert SECRET not in running.text()


def test_without_authentication(tmp_path: Path, instance_of: Callable[[str], Instance], project: str) -> None:
    """The project is named in the file; once the secret is gone, the next call says so."""
    instance = instance_of(EMBEDDED)
    file = echo(tmp_path, CODE)
    text = f"[key_manager]\nendpoint = {instance.endpoint}\nproject_id = {project}\n"
    look(file, text, instance.client(project, microversion="1.1"))


@pytest.mark.parametrize("mode", [0o640, None])
def test_credentials_that_others_may_read_are_not_used(tmp_path: Path, mode: int | None) -> None:
    """Nor are there any where there is no file."""
    file = echo(tmp_path, CODE.replace('first == b"kittens in a box"', "1"))
    if mode is not None:
        file.with_name("key_manager.conf").write_text("[key_manager]\n")
        file.with_name("key_manager.conf").chmod(mode)
    with hosted(file, definition(**{"secret.PASSWORD": "x"})) as running:
        assert running.ended() == 1
        assert "SecretUnavailable: credentials" in running.text()


def test_with_a_name_and_a_password(tmp_path: Path, basic_instance: Instance) -> None:
    """keystoneauth1's http_basic; the user's project is the file's."""

    auth = HTTPBasicAuth(endpoint=basic_instance.endpoint, username="alice", password=BASIC_PASSWORD)
    client = barbican_client.Client(
        session=Session(auth=auth), endpoint=basic_instance.endpoint, microversion="1.1"
    )
    text = (
        f"[key_manager]\nendpoint = {basic_instance.endpoint}\n[credentials]\nauth_type = http_basic\n"
        f"username = alice\npassword = {BASIC_PASSWORD}\n"
    )
    look(echo(tmp_path, CODE), text, client)
