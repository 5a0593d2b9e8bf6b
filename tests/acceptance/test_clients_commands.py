"""Every command of python-barbicanclient, unmodified: `barbican` and the `openstack secret` plug-in.

`barbican --no-auth` names the project in a header, which is all that [api] auth = noauth needs; with a name
and a password in ~/.netrc it does for [api] auth = basic.

`openstack` has no such option. Its `--os-auth-type none` sends no project (keystoneauth1's NoAuth has no
headers but a token, and fails when it is given --os-project-id), and nothing of openstacksdk's
configuration adds headers to a session. So it is tested in the two ways that it has:
`--os-auth-type http_basic` against [api] auth = basic, where the name is the project; and with a
keystoneauth1 plug-in that sends X-Project-Id, chosen by `--os-auth-type`. It does not add the API's
version to an endpoint as the library does: `--os-endpoint` ends in /v1. It takes a second to start and runs
the same commands as `barbican`, so that all of them are tried with it in one way only, which is Keystone's
(tests/integration/keystone).
"""

from pathlib import Path

import pytest

from tests.support import client_surface
from tests.support.command_line import CommandLine
from tests.support.instance import EMBEDDED, Instance
from tests.support.pipelines import BARBICAN, OPENSTACK, CommandScenario, Trial
from tests.support.scenarios import COMMANDS, COMMANDS_ONCE

#: Each command is a process: with a name and a password they are all tried in CI only.
each = pytest.mark.parametrize(
    "trial", ["noauth", pytest.param("basic", marks=pytest.mark.slow)], indirect=True
)


@each
@pytest.mark.parametrize("scenario", COMMANDS)
def test_a_command_works(trial: Trial, scenario: CommandScenario) -> None:
    trial.play_commands(scenario, BARBICAN)


@pytest.mark.parametrize("trial", ["noauth"], indirect=True)
@pytest.mark.parametrize("scenario", COMMANDS_ONCE)
def test_a_command_works_the_same_in_both_programs(trial: Trial, scenario: CommandScenario) -> None:
    trial.play_commands(scenario, BARBICAN)


@each
@pytest.mark.timeout(600)  # run alone it plays all of them
def test_every_command_is_run(trial: Trial) -> None:
    """A release of the client that brings another makes this fail, until there is a scenario for it."""
    assert trial.commands_run(COMMANDS, BARBICAN) == client_surface.commands()


@pytest.mark.slow
@pytest.mark.parametrize("trial", ["noauth"], indirect=True)
def test_every_option_of_every_command_is_used(trial: Trial) -> None:
    """In one program on one pipeline: both programs share the code that reads them."""
    used = trial.options_used((*COMMANDS, *COMMANDS_ONCE), BARBICAN)
    assert client_surface.options() - used == set()


@pytest.mark.slow
def test_openstack_gets_in_either_way(trial: Trial) -> None:
    """All its commands are tried with Keystone's passwords; how it authenticates is what differs here."""
    trial.play_commands(COMMANDS[0], OPENSTACK)


@pytest.mark.parametrize("instance", [EMBEDDED], indirect=True)
def test_openstack_without_a_project_is_told_what_is_missing(instance: Instance, tmp_path: Path) -> None:
    words = ("--os-auth-type", "none", "--os-endpoint", f"{instance.endpoint}/v1")
    assert "HTTP 400" in CommandLine(OPENSTACK, words, tmp_path).refused("secret", "list")
