"""The state machines that the documents draw are the ones that the code enforces."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import barbican_like
from barbican_like.common.states import TransitionTable

PAGE = "doc/source/state-machines.rst"


def tables_in_code() -> dict[str, TransitionTable]:
    """Every transition table of the package, by the name of its enum."""
    found = {}
    for module in pkgutil.walk_packages(barbican_like.__path__, "barbican_like."):
        if module.name.endswith("states"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, TransitionTable):
                    found[type(next(iter(value.moves))).__name__] = value
    assert found
    return found


def moves_of(table: TransitionTable) -> dict[str, set[str]]:
    """A table of the code as names: from -> the set of permitted next states."""
    enum = type(next(iter(table.moves)))
    return {old.name: {new.name for new in enum if table.permits(old, new)} for old in enum}


def drawn_moves(page: str, enum_name: str) -> dict[str, set[str]]:
    """The rows `* - FROM / - TO, TO` of the page's list-table named moves-<enum>."""
    block = re.search(rf":name: moves-{enum_name}\n(.*?)(?=\n\S|\Z)", page, re.DOTALL)
    assert block, f"{PAGE} has no list-table with :name: moves-{enum_name}"
    rows = re.findall(r"\* - (\S+)\n\s+- (.+)\n", block[1])
    names = {old.strip("`"): re.findall(r"[A-Z_]+", new) for old, new in rows}
    return {old: set(new) for old, new in names.items() if old != "From"}


@pytest.mark.parametrize("enum_name", sorted(tables_in_code()))
def test_the_drawn_table_is_the_enforced_one(enum_name: str, root: Path) -> None:
    """Each state and each permitted move of the code stands in the documents, and nothing else does."""
    page = (root / PAGE).read_text("utf-8")
    assert drawn_moves(page, enum_name) == moves_of(tables_in_code()[enum_name])


def test_the_page_draws_no_machine_that_does_not_exist(root: Path) -> None:
    """A table in the documents has its enum in the code."""
    page = (root / PAGE).read_text("utf-8")
    assert set(re.findall(r":name: moves-(\w+)", page)) == set(tables_in_code())
