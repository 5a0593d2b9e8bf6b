"""The text of the files that a new task service gets. A description enters code as a Python literal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final

from barbican_like.contexts.files.plan import SINGLE, ServicePlan

_PACKAGE: Final = Template('"""The task service $task_service."""\n')
_SERVICE: Final = Template('''\
"""The side of $task_service that the context manages."""

from barbican_like.contexts.task import TaskService

from .$task_service import $task_class


class Service$task_service(TaskService):
    """Runs $task_class as a task service."""

    task_class = $task_class
''')
_LOOPED: Final = Template('''\
"""The task of $task_service: called again and again while the service runs."""

from barbican_like.contexts.task import LoopedTask


class $task_class(LoopedTask):
    """What `description` says."""

    description = $description
    period = 1.0  # seconds between two turns

    def setup(self) -> None:
        """Prepare. The service is ready when this returns."""
        self.turns = 0

    def execute(self) -> None:
        """One turn. An exception in here is a failure of the service."""
        self.turns += 1
        self.log.info("%s: turn %d of %s", self.configuration["device_action"], self.turns, self.description)

    def close(self) -> None:
        """Give back what `setup` has taken."""
''')
_SINGLE: Final = Template('''\
"""The task of $task_service: called once; the service ends when it returns."""

from barbican_like.contexts.task import SingleTask


class $task_class(SingleTask):
    """What `description` says."""

    description = $description

    def setup(self) -> None:
        """Prepare. The service is ready when this returns."""
        self.turns = 0

    def execute(self) -> None:
        """The whole work. An exception in here is a failure of the service."""
        self.turns += 1
        self.log.info("%s: %s", self.configuration["device_action"], self.description)

    def close(self) -> None:
        """Give back what `setup` has taken."""
''')
_TEST: Final = Template('''\
"""What $task_service does in one turn."""

from Services.$task_service.$task_service import $task_class

from barbican_like.contexts.task import run_once


def test_it_does_its_work_once() -> None:
    """A task that is prepared, called once and closed has had one turn."""
    task = run_once($task_class, device_action=$device_action)
    assert task.turns == 1
''')
CONFTEST: Final = '''\
"""Lets the tests import the task services beside them, as `Services.NAME`."""

from pathlib import Path

from barbican_like.contexts.classes import offer_services

offer_services(Path(__file__).resolve().parents[1] / "Services")
'''


def code_files(plan: ServicePlan) -> Mapping[Path, str]:
    """The files of a service, by their paths below the service path."""
    name = plan.task_service
    words = {
        "task_service": name,
        "task_class": plan.task_class,
        "description": ascii(plan.description),
        "device_action": ascii(plan.device_action),
    }
    task = _SINGLE if plan.task_type == SINGLE else _LOOPED
    folder = Path("Services") / name
    return {
        folder / "__init__.py": _PACKAGE.substitute(words),
        folder / f"Service{name}.py": _SERVICE.substitute(words),
        folder / f"{name}.py": task.substitute(words),
        Path("Tests") / "conftest.py": CONFTEST,
        Path("Tests") / f"test_{name}.py": _TEST.substitute(words),
    }
