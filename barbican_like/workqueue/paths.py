"""Paths on sites: as users write them, as bytes below a site's root, and as they are shown.

Inside the room a path is bytes without a slash at either end; the root is empty. So a name that is not UTF-8
is kept byte for byte.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = 4096
"""Bytes of a path that a user may give."""

_HOME: Final = "~"


class BadPath(ValueError):
    """A path that cannot be one; its text says why."""


def check(given: str) -> None:
    """Do nothing for a path that can be one.

    :raises BadPath: for another.
    """
    length = len(given.encode())
    if not 1 <= length <= LONGEST:
        raise BadPath(f"must have 1 to {LONGEST} bytes")
    if "\x00" in given:
        raise BadPath("holds a NUL character")
    if ".." in given.split("/"):
        raise BadPath("holds a segment '..'")


def resolve(given: str, *, home: str, default: str) -> bytes:
    """Where a path lies below the site's root.

    :param given: ``~/x`` and ``/~/x`` start at the home, ``/x`` at the root, ``x`` at the default path.
    :param home: of the site; starts at the root.
    :param default: of the site: where paths start that say nothing else.
    """
    segments = [segment for segment in given.split("/") if segment not in {"", "."}]
    if segments and segments[0] == _HOME:
        return _joined(home.split("/"), segments[1:])
    if given.startswith("/"):
        return _joined([], segments)
    return join(
        resolve(default if default.startswith(("/", _HOME)) else f"/{default}", home=home, default="/"),
        _joined([], segments),
    )


def join(parent: bytes, below: bytes) -> bytes:
    """A path below another."""
    return b"/".join(part for part in (parent, below) if part)


def is_name(name: bytes) -> bool:
    """Whether a name that a site shows can be a segment of a path."""
    return name not in {b"", b".", b".."} and b"/" not in name and b"\x00" not in name


def parent_of(path: bytes) -> bytes:
    """The directory that holds a path; the root's is the root."""
    return path.rpartition(b"/")[0]


def name_of(path: bytes) -> bytes:
    """The last segment."""
    return path.rpartition(b"/")[2]


def part_of(path: bytes, tag: str) -> bytes:
    """What a file is called until it is whole, in the same directory.

    :param tag: of whoever writes it.
    """
    return path[: path.rfind(b"/") + 1] + f".{tag}.part".encode()


def is_within(path: bytes, directory: bytes) -> bool:
    """Whether a path is a directory or lies below it."""
    return not directory or path == directory or path.startswith(directory + b"/")


def shown(given: str, below: bytes) -> str:
    """A path as users see it: what they gave, and what lies below; odd bytes become U+FFFD."""
    if not below:
        return given
    return f"{given.rstrip('/')}/{text_of(below)}"


def text_of(path: bytes) -> str:
    """A path as a text; odd bytes become U+FFFD."""
    return path.decode("utf-8", "replace")


def _joined(start: list[str], segments: list[str]) -> bytes:
    return "/".join(segment for segment in (*start, *segments) if segment not in {"", "."}).encode()
