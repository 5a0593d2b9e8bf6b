"""Fixtures of every suite: migrated databases of each kind, emptied after each test."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from barbican_like.model.database import Database
from barbican_like.plugin.crypto.envelope import random_key
from barbican_like.plugin.crypto.master_key import FileMasterKey
from tests.support import databases, hsm, stores
from tests.support.shared import one_of_each

# The same examples at every run of CI; a developer's runs look further each time.
settings.register_profile("project", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("project")

# A shell without job control starts what runs in the background deaf to SIGINT, and so what tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_CAMPAIGN = "campaign"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long campaigns out, unless ``-m campaign`` asks for them; put tests with a browser last.

    Playwright runs an event loop in the main thread until the session ends, where no other loop can run then.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if _CAMPAIGN in (config.getoption("-m") or ""):
        return
    left_out = [item for item in items if item.get_closest_marker(_CAMPAIGN)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(_CAMPAIGN)]


@pytest.fixture(scope="session")
def database_of_kind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Gives the session's database of a kind; a kind that no test asks for is never made."""
    with one_of_each(lambda kind: databases.migrated(kind, tmp_path_factory.mktemp(kind))) as of_kind:
        yield of_kind


@pytest.fixture(params=databases.KINDS)
def database(
    request: pytest.FixtureRequest, database_of_kind: Callable[[str], Database]
) -> Iterator[Database]:
    """A migrated, empty database: each test runs on SQLite, PostgreSQL and MariaDB."""
    found = database_of_kind(request.param)
    yield found
    databases.clear(found)


@pytest.fixture
def sqlite_database(database_of_kind: Callable[[str], Database]) -> Iterator[Database]:
    """A migrated, empty SQLite database, for tests of what does not depend on the kind."""
    found = database_of_kind("sqlite")
    yield found
    databases.clear(found)


@pytest.fixture(scope="session")
def token_folder(tmp_path_factory: pytest.TempPathFactory) -> hsm.TokenFolder:
    """The session's SoftHSM, with a token ``shared`` that has a master key."""
    folder = hsm.TokenFolder.make(tmp_path_factory.mktemp("softhsm"), "shared")
    with pytest.MonkeyPatch.context() as patch:
        folder.use(patch)
        stores.token_master_key("shared").create()
    return folder


@pytest.fixture(params=stores.KINDS)
def store_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> stores.StoreKind:
    """Each kind of secret store in turn, with a master key."""
    if request.param == "simple_crypto":
        return stores.StoreKind(request.param, FileMasterKey(random_key()))
    request.getfixturevalue("token_folder").use(monkeypatch)
    return stores.StoreKind(request.param, stores.token_master_key("shared"))
