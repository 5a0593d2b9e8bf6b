"""Running instances and clients for the acceptance tests."""

import functools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import bcrypt
import pytest

from tests.support import pipelines
from tests.support.instance import ALL_FLAVOURS, EMBEDDED, Instance, running, running_flavour
from tests.support.pipelines import Trial
from tests.support.shared import one_of_each

BASIC_PASSWORD = "correct horse"


@pytest.fixture(scope="session")
def instance_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Instance]]:
    """Gives the instance of a flavour, shared: each test takes a project of its own."""
    with one_of_each(lambda flavour: running_flavour(flavour, tmp_path_factory.mktemp(flavour))) as of:
        yield of


@pytest.fixture(params=ALL_FLAVOURS)
def instance(request: pytest.FixtureRequest, instance_of: Callable[[str], Instance]) -> Instance:
    """The instance of each flavour in turn; a test may narrow them by parametrize(indirect=True)."""
    return instance_of(request.param)


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


@pytest.fixture(scope="session")
def trial_on(
    instance_of: Callable[[str], Instance],
    basic_instance: Instance,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Trial]:
    """Gives the trial of a way to authenticate, which remembers what has been played."""

    @functools.cache
    def on(way: str) -> Trial:
        folder = tmp_path_factory.mktemp("programs")
        if way == "noauth":
            return Trial(pipelines.noauth(instance_of(EMBEDDED), f"project-{uuid.uuid4()}", folder))
        return Trial(pipelines.basic(basic_instance, ("bob", "carol"), BASIC_PASSWORD, folder))

    return on


@pytest.fixture(params=["noauth", "basic"])
def trial(request: pytest.FixtureRequest, trial_on: Callable[[str], Trial]) -> Trial:
    """Scenarios of clients on the two ways that need no other server."""
    return trial_on(request.param)
