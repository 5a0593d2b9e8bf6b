"""The architecture is a file that a machine checks: .importlinter."""

import configparser
import subprocess
import sys
from pathlib import Path

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_the_import_contracts_hold(root: Path) -> None:
    """Imports go downward only, and each outside library is known to one place only."""
    done = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_cached_property_is_refused(root: Path) -> None:
    """In Python 3.11 it has one lock for all objects of a class: requests would wait for each other."""
    text = "from functools import cached_property\n\nprint(cached_property)\n"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--select=TID",
            "--stdin-filename=tests/x.py",
            "-",
        ],
        cwd=root,
        input=text,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "TID251" in done.stdout
    assert "barbican_like.common.lazy" in done.stdout


def test_every_part_of_the_package_has_its_place_in_the_layers(root: Path) -> None:
    """No module or folder of the package stands outside the layers of .importlinter."""
    config = configparser.ConfigParser()
    config.read(root / ".importlinter")
    layers = config["importlinter:contract:layers"]["layers"].replace("|", " ").replace(":", " ").split()
    placed = {layer.strip("()").split(".")[1] for layer in layers}
    parts = {path.stem for path in (root / "barbican_like").glob("*.py")} - {"__init__", "__main__"}
    parts |= {path.parent.name for path in (root / "barbican_like").glob("*/__init__.py")}
    assert parts <= placed
