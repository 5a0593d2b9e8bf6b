"""What python-barbicanclient offers, enumerated from the installed package, and what of it was used.

The library is used as it is: a profile hook of the interpreter sees which of its functions are entered.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, cast

from barbicanclient import v1
from cliff.command import Command
from cliff.lister import Lister
from cliff.show import ShowOne

COMMANDS_GROUP: Final = "openstack.key_manager.v1"
"""The entry points of both programs, ``barbican`` and ``openstack``."""

BASES: Final = frozenset({"ACL", "Order"})
"""Classes that users meet through their subclasses only; so are those called ...Formatter."""

Option = tuple[str, str]
"""A command and one of its options, in the long form."""

Member = tuple[str, str]
"""A class and one of its public members: a method's or a property's name; ``name=`` sets a property."""


def commands() -> frozenset[str]:
    """Every command, as it is typed."""
    return frozenset(_by_command())


def options() -> frozenset[Option]:
    """Every option that a command has itself; how results are printed is the library cliff's."""
    return frozenset(
        (name, option)
        for name, point in _by_command().items()
        for found in [point.load()]
        for option in _options(found) - _options(_bare(found))
    )


def options_in(words: Sequence[str]) -> set[Option]:
    """The options in a command line that begins with a command."""
    return {(command_in(words) or "", word) for word in words if word.startswith("--")}


def command_in(words: Sequence[str]) -> str | None:
    """The command that a command line names after the options of its program."""
    for name in commands():
        if list(words[: len(name.split())]) == name.split():
            return name
    return None


def _by_command() -> dict[str, EntryPoint]:
    return {point.name.replace("_", " "): point for point in entry_points(group=COMMANDS_GROUP)}


def _options(found: type[Command]) -> set[str]:
    actions = found(None, None).get_parser("")._actions
    return {action.option_strings[0] for action in actions if action.option_strings}


def _bare(found: type[Command]) -> type[Command]:
    """The same kind of command without anything of its own."""
    kind = next(kind for kind in (Lister, ShowOne, Command) if issubclass(found, kind))
    return type("Bare", (kind,), {"take_action": None})


def classes() -> list[type]:
    """Every class of ``barbicanclient.v1``."""
    names = (f"{v1.__name__}.{info.name}" for info in pkgutil.iter_modules(v1.__path__))
    modules = [importlib.import_module(name) for name in names]
    return [
        found
        for module in modules
        for found in vars(module).values()
        if inspect.isclass(found) and found.__module__ == module.__name__
    ]


def is_base(found: type) -> bool:
    """Whether users have no objects of the class itself."""
    return found.__name__ in BASES or found.__name__.endswith("Formatter")


def members() -> dict[Member, FunctionType]:
    """Every public method and property of every class that users have objects of, inherited ones too."""
    return {
        (found.__name__, name): function
        for found in classes()
        if not is_base(found)
        for attribute in dir(found)
        if not attribute.startswith("_")
        for name, function in _functions(attribute, inspect.getattr_static(found, attribute))
    }


@contextmanager
def watched() -> Iterator[set[Member]]:
    """The members that this thread uses inside, from outside of the library; the set grows meanwhile."""
    used: set[Member] = set()
    previous = sys.getprofile()
    sys.setprofile(_watcher(used))
    try:
        yield used
    finally:
        sys.setprofile(previous)


def _functions(attribute: str, found: Any) -> Iterator[tuple[str, FunctionType]]:
    if isinstance(found, property):
        yield attribute, cast(FunctionType, found.fget)
        if found.fset is not None:
            yield f"{attribute}=", cast(FunctionType, found.fset)
    elif isinstance(found, staticmethod):
        yield attribute, cast(FunctionType, found.__func__)
    elif inspect.isfunction(found):
        yield attribute, found


def _code(function: FunctionType) -> CodeType:
    """The code of a function below its decorators."""
    return inspect.unwrap(function).__code__


def _is_of_the_library(frame: FrameType | None) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "barbicanclient"


def _watcher(used: set[Member]) -> Callable[[FrameType, str, object], None]:
    by_code: dict[CodeType, list[Member]] = {}
    decorators: set[CodeType] = set()
    for member, function in members().items():
        by_code.setdefault(_code(function), []).append(member)
        if hasattr(function, "__wrapped__"):
            decorators.add(function.__code__)

    def see(frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or _is_of_the_library(frame.f_back):
            return
        code = frame.f_code
        if code in decorators:
            # It may ask the server before the function is entered, or refuse: it was used all the same.
            code = _code(frame.f_locals["func"])
        for name, member in by_code.get(code, ()):
            owner = frame.f_locals.get("self")
            if owner is None or type(owner).__name__ == name:
                used.add((name, member))

    return see
