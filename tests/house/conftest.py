"""What the house rules look at: the project's own files, read once."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import Source

ROOT = Path(__file__).resolve().parents[2]

#: Folders that hold the project's own files (the root's own files are taken as well).
FOLDERS = (
    "barbican_like",
    "tests",
    "benchmarks",
    "doc/source",
    "bin",
    "etc",
    "newsfragments",
    ".ci",
    "requirements",
)


def _own_files() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if "__pycache__" not in path.parts)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def own_files() -> dict[str, Path]:
    """Every file of the project by its path below the root."""
    return {path.relative_to(ROOT).as_posix(): path for path in _own_files()}


@pytest.fixture(scope="session")
def sources(own_files: dict[str, Path]) -> list[Source]:
    """Every Python file of the project, parsed."""
    texts = {name: path.read_text("utf-8") for name, path in own_files.items() if name.endswith(".py")}
    assert texts
    return [Source(name, text, ast.parse(text)) for name, text in texts.items()]


@pytest.fixture(scope="session")
def package_sources(sources: list[Source]) -> list[Source]:
    """The Python files of the package itself."""
    found = [source for source in sources if source.name.startswith("barbican_like/")]
    assert found
    return found


@pytest.fixture(scope="session")
def documents(own_files: dict[str, Path]) -> dict[str, str]:
    """The texts of all documents: reStructuredText and Markdown."""
    found = {n: p.read_text("utf-8") for n, p in own_files.items() if n.endswith((".rst", ".md"))}
    assert found
    return found
