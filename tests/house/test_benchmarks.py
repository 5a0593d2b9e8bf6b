"""Each benchmark can be started, and its page tells of it."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from benchmarks import house
from benchmarks.support.shapes import repeated_pairs

BENCHMARKS = sorted(path.stem for path in (Path(__file__).parents[2] / "benchmarks").glob("*.py"))
PLACE = """
def f(a, c):
    c.append(a.found + 1)
    if a.good and c.good:
        c.sort(key=a.key)
    return [a, c]
"""


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_says_what_it_is_for(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m benchmarks.NAME --help` prints the first line of its module's docstring."""
    monkeypatch.setattr("sys.argv", [name, "--help"])
    module = importlib.import_module(f"benchmarks.{name}")
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 0
    words = " ".join(capsys.readouterr().out.split())
    assert f"usage: python -m benchmarks.{name}" in words
    assert " ".join(module.__doc__.partition("\n")[0].split()) in words


def test_the_page_has_a_command_for_each_benchmark(root: Path) -> None:
    """benchmarks/README.md lists them all and no other."""
    page = (root / "benchmarks" / "README.md").read_text("utf-8")
    assert sorted(set(re.findall(r"^\| `python -m benchmarks\.(\w+)", page, re.MULTILINE))) == BENCHMARKS


def test_the_figures_of_this_tree_can_be_counted(root: Path) -> None:
    """Also the hops, for which an application and a worker of the tree run in a process of their own."""
    figures = house.figures(root)
    assert figures["returns with a type"] == "100.0%"
    assert int(figures["frames from HTTP to SQL"]) > 0
    assert int(figures["frames from RPC to seal"]) > 0


@pytest.mark.parametrize(
    ("change", "pairs"),
    [("x=x", 1), ("a=b", 1), ("1=2", 1), ("append=extend", 0), ("if=while", 0)],
)
def test_places_repeat_each_other_whatever_their_names_and_constants(change: str, pairs: int) -> None:
    """Another name or constant leaves the shape as it is, another method or statement does not."""
    old, new = change.split("=")
    changed = re.sub(rf"\b{old}\b", new, PLACE)
    assert repeated_pairs([ast.parse(PLACE), ast.parse(changed)]) == pairs
