"""A Keystone for the session, and the application behind it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.support import instance as instances
from tests.support import keystone, pipelines
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.keystone import Keystone
from tests.support.keystone_seed import DOMAIN, USERS, User
from tests.support.pipelines import Trial

Behind = Callable[..., Instance]


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystone]:
    """The Keystone."""
    keystone.require()
    with keystone.running(tmp_path_factory.mktemp("keystone")) as started:
        yield started


@pytest.fixture
def behind(identity: Keystone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """Starts applications that ask the Keystone, with options of [keystone_authtoken]."""
    with contextlib.ExitStack() as stack:

        def start(settings: str = "", **options: object) -> Instance:
            section = identity.middleware_conf(**{"http_connect_timeout": 60} | options)
            conf = prepare(tmp_path_factory.mktemp("app"), f"[api]\nauth = keystone\n{settings}\n{section}")
            return stack.enter_context(running(conf, worker=False))

        yield start


@pytest.fixture(scope="session")
def application(identity: Keystone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One application for the tests that need no options of their own."""
    section = identity.middleware_conf(http_connect_timeout=60)
    conf = prepare(tmp_path_factory.mktemp("app"), f"[api]\nauth = keystone\n{section}")
    with running(conf, worker=False) as started:
        yield started


@pytest.fixture(scope="session")
def tokens(identity: Keystone) -> Callable[[str], str]:
    """Gives a token of a user by name; the same one whenever it is asked for."""
    made: dict[str, str] = {}

    def token(name: str) -> str:
        if name not in made:
            made[name] = identity.token(user_named(name))
        return made[name]

    return token


@pytest.fixture(scope="session")
def server(identity: Keystone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[instances.Instance]:
    """Processes of `barbican.sh start --auth keystone` with a file of one section; the catalog has them."""
    section = identity.middleware_conf(http_connect_timeout=60)
    with instances.running(tmp_path_factory.mktemp("server"), section, "--auth", "keystone") as started:
        identity.offer(started.endpoint)
        yield started


@pytest.fixture
def newcomer(identity: Keystone) -> Callable[[str], User]:
    """Makes a user with one role in a project of its own."""

    def make(role: str) -> User:
        admin, name = identity.admin(), f"newcomer-{uuid.uuid4()}"
        user = User(name, name, (role,))
        project = admin.projects.create(name=name, domain=DOMAIN)
        made = admin.users.create(name=name, domain=DOMAIN, password=user.password)
        admin.roles.grant(admin.roles.find(name=role), user=made, project=project)
        return user

    return make


@pytest.fixture(scope="session")
def trial(identity: Keystone, server: instances.Instance, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Scenarios of clients with a name and a password for Keystone."""
    users = user_named("project_a_admin"), user_named("project_b_member")
    return Trial(pipelines.keystone(identity, server, users, tmp_path_factory.mktemp("programs")))


@pytest.fixture
def as_user(application: Instance, tokens: Callable[[str], str]) -> Callable[[str], Caller]:
    """Gives somebody who calls with a user's token, and with a project in a header that must not count."""

    def caller(name: str) -> Caller:
        return application.caller("not-the-tokens", X_Auth_Token=tokens(name))

    return caller


def user_named(name: str) -> User:
    """One of the users that every test's Keystone has."""
    return next(user for user in USERS if user.name == name)
