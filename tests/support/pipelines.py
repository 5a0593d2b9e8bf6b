"""The ways to authenticate, each with clients of every kind that use it: what scenarios are played on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from barbicanclient import client as barbican_client
from keystoneauth1.http_basic import HTTPBasicAuth
from keystoneauth1.session import Session

from tests.support import client_surface, noauth_plugin, sdk
from tests.support.client_surface import Member, Option
from tests.support.command_line import CommandLine
from tests.support.instance import Instance
from tests.support.keystone import Keystone
from tests.support.keystone_seed import DOMAIN, REGION, User, session_of
from tests.support.sdk import NotedProxy

BARBICAN: Final = "barbican"
OPENSTACK: Final = "openstack"
PROGRAMS: Final = (BARBICAN, OPENSTACK)

_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class NotedCommandLine(CommandLine):
    """A program that remembers which of its commands were run, and with which options."""

    noted: set[str] = field(default_factory=set)
    options: set[Option] = field(default_factory=set)

    def run(self, *words: str) -> Any:
        """Run one command and note it."""
        command = client_surface.command_in(words)
        if command is not None:
            self.noted.add(command)
            self.options.update(client_surface.options_in(words))
        return super().run(*words)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """One way to authenticate."""

    name: str
    endpoint: str  # the server's base URL
    client: Any  # python-barbicanclient of an admin of a project
    sdk: NotedProxy  # openstacksdk's proxy of the same admin
    stranger: Any  # the same of somebody in another project
    stranger_id: str  # that user, as ACLs name users
    programs: Mapping[str, NotedCommandLine]  # by name; they work in the client's project


LibraryScenario = Callable[[Pipeline], None]
CommandScenario = Callable[[Pipeline, CommandLine], None]


class Trial:
    """Plays scenarios on one pipeline and remembers what of the client they have used."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._used: set[Member] = set()
        self._played: set[object] = set()

    def play(self, scenario: LibraryScenario) -> None:
        """Play a scenario of the library."""
        with client_surface.watched() as used:
            scenario(self.pipeline)
        self._used |= used
        self._played.add(scenario)

    def play_commands(self, scenario: CommandScenario, program: str) -> None:
        """Play a scenario of commands."""
        scenario(self.pipeline, self.pipeline.programs[program])
        self._played.add((scenario, program))

    def members_used(self, scenarios: Iterable[LibraryScenario]) -> set[Member]:
        """What of the library was used; a scenario that was not played yet is played now."""
        for scenario in scenarios:
            if scenario not in self._played:
                self.play(scenario)
        return self._used

    def commands_run(self, scenarios: Iterable[CommandScenario], program: str) -> set[str]:
        """Which commands were run; a scenario that was not played yet is played now."""
        self._play_the_rest(scenarios, program)
        return self.pipeline.programs[program].noted

    def options_used(self, scenarios: Iterable[CommandScenario], program: str) -> set[Option]:
        """Which options were used; a scenario that was not played yet is played now."""
        self._play_the_rest(scenarios, program)
        return self.pipeline.programs[program].options

    def _play_the_rest(self, scenarios: Iterable[CommandScenario], program: str) -> None:
        for scenario in scenarios:
            if (scenario, program) not in self._played:
                self.play_commands(scenario, program)


def noauth(instance: Instance, project: str, folder: Path) -> Pipeline:
    """Nobody is asked: the project is a header. ``openstack`` sends it by a plug-in of keystoneauth1.

    :param folder: an empty place for what the programs need, and to run them in.
    """
    noauth_plugin.install(folder / "site")
    stranger = "somebody-else"
    session = Session(additional_headers={"X-User-Id": stranger})
    barbican = ("--no-auth", "--endpoint", instance.endpoint, "--os-project-id", project)
    openstack = ("--os-auth-type", noauth_plugin.NAME, "--os-project-id", project)
    return Pipeline(
        name="noauth",
        endpoint=instance.endpoint,
        client=instance.client(project),
        sdk=sdk.proxy(
            Session(auth=noauth_plugin.ProjectNoAuth(f"{instance.endpoint}/v1", project)), instance.endpoint
        ),
        stranger=barbican_client.Client(
            session=session, endpoint=instance.endpoint, project_id=f"not-{project}"
        ),
        stranger_id=stranger,
        programs={
            BARBICAN: NotedCommandLine(BARBICAN, barbican, folder),
            OPENSTACK: NotedCommandLine(
                OPENSTACK,
                (*openstack, "--os-endpoint", f"{instance.endpoint}/v1"),
                folder,
                {"PYTHONPATH": f"{folder / 'site'}:{_ROOT}"},
            ),
        },
    )


def basic(instance: Instance, names: tuple[str, str], password: str, folder: Path) -> Pipeline:
    """A name and a password in every request. ``barbican`` finds them in ~/.netrc, which requests reads.

    :param names: of the user and of somebody else.
    :param folder: an empty place for what the programs need, and to run them in.
    """
    user, stranger = names
    netrc = folder / ".netrc"
    netrc.write_text(f'machine localhost login {user} password "{password}"\n')
    netrc.chmod(0o600)

    def session(name: str) -> Session:
        return Session(auth=HTTPBasicAuth(username=name, password=password))

    def client(name: str) -> Any:
        return barbican_client.Client(session=session(name), endpoint=instance.endpoint)

    barbican = ("--no-auth", "--endpoint", instance.endpoint, "--os-project-id", user)
    openstack = {
        "OS_AUTH_TYPE": "http_basic",
        "OS_USERNAME": user,
        "OS_PASSWORD": password,
        "OS_ENDPOINT": f"{instance.endpoint}/v1",
    }
    return Pipeline(
        name="basic",
        endpoint=instance.endpoint,
        client=client(user),
        sdk=sdk.proxy(session(user), instance.endpoint),
        stranger=client(stranger),
        stranger_id=stranger,
        programs={
            BARBICAN: NotedCommandLine(BARBICAN, barbican, folder),
            OPENSTACK: NotedCommandLine(OPENSTACK, (), folder, openstack),
        },
    )


def keystone(identity: Keystone, instance: Instance, users: tuple[User, User], folder: Path) -> Pipeline:
    """Name, password and project for Keystone, whose catalog says where the server is.

    :param users: the user and somebody else.
    :param folder: an empty place for what the programs need, and to run them in.
    """

    def client(user: User) -> Any:
        return barbican_client.Client(session=session_of(identity.url, user), region_name=REGION)

    user, stranger = users
    variables = {
        "OS_AUTH_URL": identity.url,
        "OS_USERNAME": user.name,
        "OS_PASSWORD": user.password,
        "OS_PROJECT_NAME": user.project,
        "OS_USER_DOMAIN_ID": DOMAIN,
        "OS_PROJECT_DOMAIN_ID": DOMAIN,
        "OS_REGION_NAME": REGION,
        "OS_IDENTITY_API_VERSION": "3",
    }
    return Pipeline(
        name="keystone",
        endpoint=instance.endpoint,
        client=client(user),
        sdk=sdk.proxy(session_of(identity.url, user), region=REGION),
        stranger=client(stranger),
        stranger_id=identity.admin().users.find(name=stranger.name).id,
        programs={program: NotedCommandLine(program, (), folder, variables) for program in PROGRAMS},
    )
