"""Where the class of a task service comes from: an entry point, or the one folder of services of a context.

Nothing else is ever imported, and nothing because a message says so.
"""

from __future__ import annotations

import importlib
import os
import stat
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from barbican_like.common.errors import ConfigurationError

GROUP: Final = "barbican_like.task_services"
"""The entry points that name task services of installed packages."""
PACKAGE: Final = "Services"
"""The name by which the code in a folder of services is imported."""
_WRITABLE: Final = stat.S_IWGRP | stat.S_IWOTH


def services_folder(context_file: Path) -> Path:
    """The folder of a context file's services."""
    return context_file.resolve().parent.parent / PACKAGE


def fault_of_instance(folder: Path, instance: str) -> str | None:
    """What is wrong with an instance: None for one that can be loaded."""
    if _is_there(folder, instance):
        return _fault_of_folder(folder, instance)
    if _entry_point(instance) is None:
        return f"no class: {instance} is neither an installed task service nor in {folder}"
    return None


def load_service(folder: Path, instance: str) -> Any:
    """The class of an instance.

    :raises ConfigurationError: when there is none, or its files are not only its owner's.
    """
    fault = fault_of_instance(folder, instance)
    if fault is not None:
        raise ConfigurationError(fault)
    if not _is_there(folder, instance):
        entry = _entry_point(instance)
        assert entry is not None  # noqa: S101 - or there would have been a fault
        return entry.load()
    offer_services(folder)
    module = importlib.import_module(f"{PACKAGE}.{instance}.Service{instance}")
    try:
        return getattr(module, f"Service{instance}")
    except AttributeError as error:
        raise ConfigurationError(f"{module.__file__} has no class Service{instance}") from error


def offer_services(folder: Path) -> None:
    """Let the code in a folder of services be imported as ``Services.NAME``, and by no other name.

    A service called ``json`` so takes the place of nothing.
    """
    package = ModuleType(PACKAGE, "The task services of one context.")
    package.__path__ = [str(folder)]
    sys.modules[PACKAGE] = package


def _is_there(folder: Path, instance: str) -> bool:
    return (folder / instance / f"Service{instance}.py").exists()


def _fault_of_folder(folder: Path, instance: str) -> str | None:
    """What makes the code of a service unsafe to run."""
    own = folder / instance
    for path in (folder, own, *sorted(own.glob("*.py"))):
        if path.resolve() != folder.parent.resolve() / path.relative_to(folder.parent):
            return f"{path} is a link"
        facts = path.stat()
        if facts.st_uid not in (0, os.geteuid()):
            return f"{path} belongs to user {facts.st_uid}"
        if facts.st_mode & _WRITABLE:
            return f"{path} can be written by others than its owner"
    return None


def _entry_point(instance: str) -> metadata.EntryPoint | None:
    """The installed task service of this name; this program's own need no look at all that is installed."""
    own = metadata.distribution("barbican_like").entry_points.select(group=GROUP, name=instance)
    found = tuple(own) or tuple(metadata.entry_points(group=GROUP, name=instance))
    return found[0] if found else None
