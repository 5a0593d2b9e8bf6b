"""Running instances and clients for the acceptance tests."""

import uuid
from collections.abc import Iterator
from typing import Any

import bcrypt
import pytest

from tests.support import pipelines
from tests.support.instance import ALL_FLAVOURS, Instance, running, running_flavour
from tests.support.pipelines import Trial

BASIC_PASSWORD = "correct horse"


@pytest.fixture(scope="session", params=ALL_FLAVOURS)
def instance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance of each flavour in turn; a test may narrow the flavours by parametrize(indirect=True)."""
    with running_flavour(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
def project() -> str:
    """A project that no other test has."""
    return f"project-{uuid.uuid4()}"


@pytest.fixture
def client(instance: Instance, project: str) -> Any:
    """python-barbicanclient, as its users make it, in the test's project."""
    return instance.client(project)


@pytest.fixture(scope="session")
def basic_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance that asks for a name and BASIC_PASSWORD; it knows alice, bob, carol and dave."""
    folder = tmp_path_factory.mktemp("basic")
    stored = bcrypt.hashpw(BASIC_PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
    (folder / "htpasswd").write_text(
        "".join(f"{name}:{stored}\n" for name in ("alice", "bob", "carol", "dave"))
    )
    configuration = f"[api]\nhtpasswd_file = {folder / 'htpasswd'}\n"
    with running(folder, configuration, "--auth", "basic") as started:
        yield started


@pytest.fixture(scope="session", params=["noauth", "basic"])
def trial(
    request: pytest.FixtureRequest,
    instance: Instance,
    basic_instance: Instance,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trial:
    """Scenarios of clients on the two pipelines that need no other server."""
    folder = tmp_path_factory.mktemp("programs")
    if request.param == "noauth":
        return Trial(pipelines.noauth(instance, f"project-{uuid.uuid4()}", folder))
    return Trial(pipelines.basic(basic_instance, ("bob", "carol"), BASIC_PASSWORD, folder))
