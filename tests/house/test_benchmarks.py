"""Each benchmark can be started, and its page tells of it."""

import importlib
import re
from pathlib import Path

import pytest

BENCHMARKS = sorted(path.stem for path in (Path(__file__).parents[2] / "benchmarks").glob("*.py"))


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
