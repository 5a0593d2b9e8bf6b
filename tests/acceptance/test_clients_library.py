"""python-barbicanclient's library, unmodified and whole, on the pipelines noauth and basic."""

import pytest

from tests.support import client_surface
from tests.support.pipelines import LibraryScenario, Trial
from tests.support.scenarios import LIBRARY


@pytest.mark.parametrize("scenario", LIBRARY)
def test_the_library_works(trial: Trial, scenario: LibraryScenario) -> None:
    trial.play(scenario)


def test_every_class_is_used_to_its_last_method_and_property(trial: Trial) -> None:
    """A release of the client that brings more makes this fail, until there is a scenario for it."""
    assert set(client_surface.members()) - trial.members_used(LIBRARY) == set()
