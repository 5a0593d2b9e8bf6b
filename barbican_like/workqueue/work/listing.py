"""A listing as it is kept: compressed pages of rows, and as users see it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from barbican_like.workqueue import paths
from barbican_like.workqueue.protocols.port import Kind
from barbican_like.workqueue.work.expansion import Visit

Row = list[Any]
"""Directory below the job's path, then name, mode, size and time; a directory alone says that it was read."""

_HERE: Final = "."


def rows(visit: Visit, root: bytes) -> list[Row]:
    """What a name adds to a listing."""
    entry = visit.entry
    name = paths.text_of(entry.name or paths.name_of(root))
    found = [[_folder(visit.below), name, entry.st_mode, entry.size, int(entry.mtime)]]
    if visit.is_empty and entry.kind is Kind.DIRECTORY:
        found.append([paths.text_of(visit.below)])
    return found


def _folder(below: bytes) -> str | None:
    """The directory of a path below; None: the one that holds the job's own path, which is a file."""
    return paths.text_of(paths.parent_of(below)) if below else None


def encoded(page: Sequence[Row]) -> bytes:
    """A page as it is kept."""
    return zlib.compress(orjson.dumps(page), 1)


def shown(given: str, pages: Iterable[bytes]) -> dict[str, list[dict[str, Any]]]:
    """A whole listing: by directory, as it was asked for and below."""
    found: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        for folder, *entry in orjson.loads(zlib.decompress(page)):
            names = found.setdefault(_shown_folder(given, folder), [])
            if entry:
                name, mode, size, mtime = entry
                names.append({"name": name, "st_mode": mode, "st_size": size, "st_mtime": mtime})
    return found or {given: []}


def _shown_folder(given: str, folder: str | None) -> str:
    if folder is not None:
        return f"{given.rstrip('/')}/{folder}" if folder else given
    parent, slash, _ = given.rstrip("/").rpartition("/")
    return parent or (slash or _HERE)
