"""The examples of doc/source/clients.rst, run as a user runs them who has copied them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "doc" / "source" / "clients.rst"
_BLOCK: Final = re.compile(
    r"^\.\. code-block:: (sh|python|ini)\n   :name: (\S+)\n\n((?:   .*\n|\n)+)", re.MULTILINE
)
_SECONDS: Final = 60


def _named() -> dict[str, tuple[str, str]]:
    """Language and text of each block, by its name."""
    return {
        name: (language, textwrap.dedent(text)) for language, name, text in _BLOCK.findall(PAGE.read_text())
    }


def of(way: str) -> list[str]:
    """The names of the blocks that are run for one way to authenticate."""
    return [name for name in _named() if name.endswith(f"-{way}")]


def shows_what_it_stored(name: str, real: Mapping[str, str], folder: Path, **variables: str) -> bool:
    """Run a block, which must end well, and say whether it prints what it has stored.

    :param real: what stands on this machine for the words of the page.
    :param folder: where it is run, and the user's home.
    :param variables: of its environment, besides those that it sets itself.
    """
    for file, (language, text) in _named().items():
        if language == "ini":
            (folder / file).write_text(_with(text, real))
    language, text = _named()[name]
    script = folder / name
    script.write_text(_with(text, real))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "BARBICAN_", "PYTHON"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*(["sh", "-eu"] if language == "sh" else [sys.executable]), str(script)],
        cwd=folder,
        env=kept | {"PATH": path, "HOME": str(folder)} | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (name, done.stdout, done.stderr)
    return ("greeting" if language == "sh" else "hello") in done.stdout.split()


def _with(text: str, real: Mapping[str, str]) -> str:
    for word, replacement in real.items():
        text = text.replace(word, replacement)
    return text
