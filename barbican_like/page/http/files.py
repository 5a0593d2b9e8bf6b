"""The files of the page, read once, with what they are called by: the digest of all of them.

An address has the digest of the whole set, so what it answers never changes: browsers keep it for ever, and
a page and its scripts are always of one version.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "static"
INDEX: Final = "index.html"
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Of every file that is served, by the end of its name."""
_DIGEST_LENGTH: Final = 16
_VIEWS: Final = "views/"
_SIGN_IN: Final = "views/sign-in.js"


@dataclass(frozen=True, slots=True)
class File:
    """One of them."""

    content: bytes
    packed: bytes  # the same, as gzip has it
    media_type: str

    @classmethod
    def of(cls, content: bytes, name: str) -> File:
        """A file of this content; its name says of what type it is."""
        return cls(content, gzip.compress(content, mtime=0), MEDIA_TYPES[Path(name).suffix])


@dataclass(frozen=True, slots=True)
class Files:
    """All of them."""

    digest: str
    by_name: Mapping[str, File]  # such as core/api.js
    index: File
    index_tag: str  # its ETag

    @classmethod
    def read(cls, folder: Path) -> Files:
        """Those of a folder."""
        found = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in MEDIA_TYPES
        }
        template = Template(found.pop(INDEX).decode())
        digest = _digest(found)
        preloads = "\n".join(
            f'  <link rel="modulepreload" href="{digest}/{name}">' for name in found if _is_needed_first(name)
        )
        index = template.substitute(files=digest, preloads=preloads).encode()
        return cls(
            digest=digest,
            by_name={name: File.of(content, name) for name, content in found.items()},
            index=File.of(index, INDEX),
            index_tag=f'"{_digest({INDEX: index})}"',
        )


@cache
def shipped() -> Files:
    """Those that this program comes with, read once."""
    return Files.read(FOLDER)


def _is_needed_first(name: str) -> bool:
    """Whether the sign-in needs a file. Other views are fetched when that is painted."""
    return name == _SIGN_IN or (name.endswith(".js") and not name.startswith(_VIEWS))


def _digest(files: Mapping[str, bytes]) -> str:
    """One for names and contents."""
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(f"{name} {len(content)} ".encode() + content)
    return whole.hexdigest()[:_DIGEST_LENGTH]
