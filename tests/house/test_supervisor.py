"""The supervisor stays small enough to be read in one go."""

from pathlib import Path

MOST_LINES = 500
PROPER = ("supervisor.py", "process.py")


def test_the_supervisor_has_at_most_500_lines(root: Path) -> None:
    """What carries out the rules, empty lines aside."""
    texts = [(root / "barbican_like" / "contexts" / name).read_text("utf-8") for name in PROPER]
    assert sum(1 for text in texts for line in text.splitlines() if line.strip()) <= MOST_LINES
