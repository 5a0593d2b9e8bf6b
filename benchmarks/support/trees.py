"""Checkouts of this program: this one, and earlier revisions of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def unpack(revision: str, folder: Path) -> Path:
    """A revision's files, without its history.

    :param folder: where to put them; it is made.
    """
    folder.mkdir()
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", revision], check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder
