"""Virtual environments of programs that cannot live in ours, made once and kept in the user's cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

REQUIREMENTS: Final = Path(__file__).parents[2] / "requirements"
_DONE: Final = "made"


def cache_folder() -> Path:
    """Where this project keeps what takes long to make: outside of its tree."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "barbican_like"


def kept_folder(name: str, *sources: bytes) -> Path:
    """The place in the cache of what is made from ``sources``; a change of them gives another place."""
    digest = hashlib.sha256(b"\0".join([sys.version.encode(), *sources])).hexdigest()
    return cache_folder() / f"{name}-{digest[:16]}"


def is_made(folder: Path) -> bool:
    """Whether the folder was finished."""
    return (folder / _DONE).is_file()


@contextmanager
def making(folder: Path) -> Iterator[bool]:
    """One process at a time: True where the folder has to be made now; it counts as made at a clean end."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_made(folder):
            yield False
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        yield True
        (folder / _DONE).touch()


def folder_of(name: str) -> Path:
    """Where the environment of ``requirements/NAME.txt`` is, or is to be."""
    return kept_folder(name, (REQUIREMENTS / f"{name}.txt").read_bytes())


def environment(name: str) -> Path:
    """The environment of ``requirements/NAME.txt``, made now if it is not there: minutes, from the index."""
    folder = folder_of(name)
    with making(folder) as needed:
        if needed:
            _make(folder, REQUIREMENTS / f"{name}.txt")
    return folder


def _make(folder: Path, requirements: Path) -> None:
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    # Without PYTHONPATH: it would show pip the packages of this project.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*install, "--requirement", requirements], env=own, check=True)
