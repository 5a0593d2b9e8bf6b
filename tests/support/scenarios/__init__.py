"""What users do with python-barbicanclient, written once and played on every way to authenticate."""

from typing import Final

from tests.support.pipelines import CommandScenario, LibraryScenario
from tests.support.scenarios import (
    commands_access,
    commands_secrets,
    library_acls,
    library_containers,
    library_orders,
    library_secrets,
)

LIBRARY: Final[tuple[LibraryScenario, ...]] = (
    *library_secrets.SCENARIOS,
    *library_containers.SCENARIOS,
    *library_orders.SCENARIOS,
    *library_acls.SCENARIOS,
)

COMMANDS: Final[tuple[CommandScenario, ...]] = (*commands_secrets.SCENARIOS, *commands_access.SCENARIOS)
"""For both programs; together they run every command."""

COMMANDS_ONCE: Final[tuple[CommandScenario, ...]] = (*commands_secrets.ONCE, *commands_access.ONCE)
"""For one program: they share the code of their commands."""
