"""The documents tell the truth about the tree: no missing file, no odd news fragment, no nameless command."""

import ast
import configparser
import re
import tomllib
from pathlib import Path

import pytest

FOLDERS = r"barbican_like|tests|doc|bin|etc|benchmarks|newsfragments|requirements|\.ci"
#: A path below the root, as documents write it: bin/barbican.sh, not /etc/barbican and not http://x/etc/y.
PATH = re.compile(rf"(?<![\w/.{{}}-])(?:{FOLDERS})/[\w./-]*[\w/]")
#: A path and a name in that file: barbican_like/queue/client.py:TaskClient.process_type_order
PLACE = re.compile(rf"((?:{FOLDERS})/[\w./-]+\.py):([A-Za-z_][\w.]*)")

TOX_ENVIRONMENTS = {
    *("unit", "contract", "integration", "acceptance", "house", "coverage"),
    *(
        "coverage",
        "lint",
        "types",
        "imports",
        "docs",
        "ci",
        "lock",
        "bench",
        "campaign",
        "schemathesis",
        "tempest",
    ),
}


def names_in(path: Path) -> set[str]:
    """The classes, functions, methods and constants that a Python file defines, as `Class.method`."""
    found: set[str] = set()

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(prefix + node.name)
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found.update(prefix + target.id for target in targets if isinstance(target, ast.Name))

    visit(ast.parse(path.read_text("utf-8")).body, "")
    return found


def test_documents_name_no_file_that_does_not_exist(documents: dict[str, str], root: Path) -> None:
    """Each path below the root that a document mentions is there."""
    missing = {
        name: absent
        for name, text in documents.items()
        if (absent := sorted({path for path in PATH.findall(text) if not (root / path).exists()}))
    }
    assert missing == {}


def test_documents_name_no_function_that_does_not_exist(documents: dict[str, str], root: Path) -> None:
    """Each `file.py:Name` that a document mentions is defined in that file."""
    places = {(name, *place) for name, text in documents.items() for place in PLACE.findall(text)}
    assert places
    assert sorted(place for place in places if place[2] not in names_in(root / place[1])) == []


def test_every_news_fragment_is_well_named(own_files: dict[str, Path], root: Path) -> None:
    """A fragment is called ISSUE.TYPE.rst or +SLUG.TYPE.rst, its type known, and says something."""
    settings = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
    types = "|".join(kind["directory"] for kind in settings["type"])
    good = re.compile(rf"(\d+|\+[a-z0-9-]+)\.({types})(\.\d+)?\.rst")
    fragments = [path for name, path in own_files.items() if name.startswith("newsfragments/")]
    fragments.remove(root / "newsfragments/README.rst")
    assert [path.name for path in fragments if not good.fullmatch(path.name)] == []
    assert [path.name for path in fragments if not path.read_text("utf-8").strip()] == []


def test_every_tox_environment_has_a_description(root: Path) -> None:
    """`tox list` explains each command, and the commands that the documents promise are there."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(root / "tox.ini")
    sections = {name: config[name] for name in config.sections() if name.startswith("testenv:")}
    assert {name.partition(":")[2] for name in sections} == TOX_ENVIRONMENTS
    assert [name for name, section in sections.items() if not section.get("description", "").strip()] == []


def test_every_suite_is_run_by_a_tox_environment(root: Path) -> None:
    """A folder of tests that no command names would be forgotten, whatever the documents say."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(root / "tox.ini")
    commands = " ".join(config[name].get("commands", "") for name in config.sections())
    suites = {path.relative_to(root / "tests").parts[0] for path in (root / "tests").rglob("test_*.py")}
    assert "faults" in suites
    assert sorted(name for name in suites if not re.search(rf"\btests/{name}\b", commands)) == []


def test_decisions_are_numbered_and_complete(root: Path) -> None:
    """Each record is NNNN-slug.rst, without gaps, with a context, a decision and consequences."""
    records = sorted(path for path in (root / "doc/source/adr").glob("*.rst") if path.name != "index.rst")
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        titles = re.findall(r"^(.+)\n[-=~]{3,}$", path.read_text("utf-8"), re.MULTILINE)
        assert titles[1:] == ["Context", "Decision", "Consequences"], path.name


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "LICENSE", "doc/source/index.rst"])
def test_what_a_newcomer_opens_first_is_there(page: str, root: Path) -> None:
    """The pages that a newcomer looks for exist and are not empty."""
    assert (root / page).read_text("utf-8").strip()


def test_the_readme_opens_with_the_two_commands(root: Path) -> None:
    """Within the first 15 lines of README.md stand `bin/barbican.sh start` and `bin/barbican.sh test`."""
    head = (root / "README.md").read_text("utf-8").splitlines()[:15]
    commands = [line.strip() for line in head if line.strip().startswith("bin/barbican.sh")]
    assert commands[:2] == ["bin/barbican.sh start", "bin/barbican.sh test"]
