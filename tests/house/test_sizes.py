"""Files and functions stay small enough to be read in one go."""

from pathlib import Path

from tests.house.tree import Source

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50


def test_no_file_is_longer_than_400_lines(own_files: dict[str, Path]) -> None:
    """A source, test, script or document has at most 400 lines."""
    kinds = (".py", ".sh", ".rst", ".md", ".ini", ".xml", ".conf")
    lengths = {
        name: len(path.read_text("utf-8").splitlines())
        for name, path in own_files.items()
        if name.endswith(kinds)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_50_lines(sources: list[Source]) -> None:
    """A function or method has at most 50 lines, its docstring included."""
    lengths = {
        f"{source.name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for source in sources
        for node in source.functions()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}
