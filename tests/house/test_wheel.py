"""What is installed is what is here: a wheel has the files of the page."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_wheel_has_every_file_of_the_page(root: Path, own_files: dict[str, Path], tmp_path: Path) -> None:
    """Built from a copy, since a build leaves folders behind."""
    copy = tmp_path / "copy"
    for name, path in own_files.items():
        if name.startswith("barbican_like/") or name in {
            "setup.cfg",
            "pyproject.toml",
            "README.md",
            "LICENSE",
        }:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(path.read_bytes())
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", build], cwd=copy, check=True, capture_output=True)
    (wheel,) = copy.glob("*.whl")
    with zipfile.ZipFile(wheel) as built:
        found = set(built.namelist())
    wanted = {name for name in own_files if name.startswith("barbican_like/page/static/")}
    assert len(wanted) > 10
    assert wanted <= found
