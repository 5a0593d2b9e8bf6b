"""The figures of the house, of several trees side by side: sizes, types, repetitions, hops.

    python -m benchmarks.house d7148dd .

A tree is a folder or a revision. What is counted is its package, barbican_like: lines of its Python files and
functions, the share of functions whose return has a type, pairs of places that repeat each other, and the
frames of the package between a request and its first SQL statement, and between a wake-up and the sealing of
the key that was ordered.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from benchmarks.support.shapes import repeated_pairs
from benchmarks.support.trees import unpack
from benchmarks.support.turns import print_table

HOPS: Final = Path(__file__).parent / "support" / "hops.py"
PACKAGE: Final = "barbican_like"


def main() -> int:
    """Count and print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="barbican-benchmark-") as folder:
        columns = [
            figures(_folder_of(tree, Path(folder) / str(number))) for number, tree in enumerate(options.trees)
        ]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    print_table(("", *options.trees), rows)
    return 0


def figures(tree: Path) -> Mapping[str, str]:
    """The figures of one tree, in the order in which they are printed."""
    texts = [path.read_text("utf-8") for path in sorted((tree / PACKAGE).rglob("*.py"))]
    parsed = [ast.parse(text) for text in texts]
    functions = [
        node
        for module in parsed
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    typed = sum(node.returns is not None for node in functions) / len(functions)
    hops = _hops(tree)
    return {
        "files": f"{len(texts):,}",
        "lines of a file: median, p90, largest": _spread([len(text.splitlines()) for text in texts]),
        "lines": f"{sum(len(text.splitlines()) for text in texts):,}",
        "functions": f"{len(functions):,}",
        "lines of a function: median, p90, largest": _spread(lengths),
        "returns with a type": f"{typed:.1%}",
        "pairs of repeated places": f"{repeated_pairs(parsed):,}",
        "frames from HTTP to SQL": str(hops["http_to_sql"]),
        "frames from RPC to seal": str(hops["rpc_to_seal"]),
    }


def _spread(lengths: Sequence[int]) -> str:
    return f"{median(lengths):.0f}, {quantiles(lengths, n=10)[-1]:.0f}, {max(lengths)}"


def _hops(tree: Path) -> Mapping[str, int]:
    done = subprocess.run(
        [sys.executable, "-P", str(HOPS), str(tree)],
        env=os.environ | {"PYTHONPATH": str(tree.resolve()), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"counting hops in {tree} failed:\n{done.stderr}")
    counted: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counted


def _folder_of(tree: str, folder: Path) -> Path:
    """A tree as a folder; a revision is unpacked into ``folder``."""
    return Path(tree) if Path(tree).is_dir() else unpack(tree, folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.house", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("trees", nargs="+", metavar="TREE", help="a folder or a revision")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
