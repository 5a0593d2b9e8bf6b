"""python-barbicanclient with a name and a password for Keystone, whose catalog says where this server is."""

from __future__ import annotations

import pytest

from tests.support import client_surface
from tests.support.command_line import CommandLine
from tests.support.pipelines import BARBICAN, PROGRAMS, CommandScenario, LibraryScenario, Trial
from tests.support.scenarios import COMMANDS, COMMANDS_ONCE, LIBRARY, sdk

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]


@pytest.mark.parametrize("scenario", LIBRARY)
def test_the_library_works(trial: Trial, scenario: LibraryScenario) -> None:
    trial.play(scenario)


def test_every_class_is_used_to_its_last_method_and_property(trial: Trial) -> None:
    assert set(client_surface.members()) - trial.members_used(LIBRARY) == set()


@pytest.mark.parametrize("scenario", sdk.SCENARIOS)
def test_openstacksdk_works(trial: Trial, scenario: LibraryScenario) -> None:
    """The catalog says where the server is, and its version document which microversions it speaks."""
    trial.play(scenario)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("scenario", COMMANDS)
def test_a_command_works(trial: Trial, program: str, scenario: CommandScenario) -> None:
    trial.play_commands(scenario, program)


@pytest.mark.parametrize("scenario", COMMANDS_ONCE)
def test_a_command_works_the_same_in_both_programs(trial: Trial, scenario: CommandScenario) -> None:
    trial.play_commands(scenario, BARBICAN)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_run(trial: Trial, program: str) -> None:
    assert trial.commands_run(COMMANDS, program) == client_surface.commands()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_wrong_password_is_told_as_such(trial: Trial, program: str) -> None:
    known = trial.pipeline.programs[program]
    command = CommandLine(program, known.words, known.cwd, known.environment | {"OS_PASSWORD": "guess"})
    assert "requires authentication" in command.refused("secret", "list")
