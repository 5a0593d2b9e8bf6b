"""What a command prints: tables, sizes, JSON. Names of files hold anything: none reaches a terminal raw."""

from __future__ import annotations

import json
import stat
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, formatting, surrogates, line ends


def safe(text: object, *, lines: bool = False) -> str:
    r"""A text without anything that a terminal obeys: such characters become ``\x1b`` and the like.

    :param lines: whether ends of lines stay.
    """
    return "".join(
        one if (lines and one == "\n") or unicodedata.category(one) not in _HIDDEN else ascii(one)[1:-1]
        for one in str(text)
    )


def as_json(value: object) -> str:
    """A value as one line of JSON, in ASCII."""
    return json.dumps(value)


def size(number: int) -> str:
    """A number of bytes, for people."""
    value = float(number)
    for unit in _UNITS[:-1]:
        if value < _STEP:
            return f"{value:.0f} {unit}" if unit == _UNITS[0] else f"{value:.1f} {unit}"
        value /= _STEP
    return f"{value:.1f} {_UNITS[-1]}"


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns beneath titles."""
    cells = [list(titles), *([safe("-" if cell is None else cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(titles))]
    padded = (" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in padded)


def fields(value: Mapping[str, Any]) -> str:
    """An object, a member on each line."""
    width = max(len(name) for name in value)
    return "\n".join(f"{name.ljust(width)}  {_cell(member)}" for name, member in value.items())


def _cell(member: object) -> str:
    if member is None:
        return "-"
    return safe(member) if isinstance(member, str | int | float) else as_json(member)


def listing(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """A listing, as ``ls -l`` has it; directories have titles where there are several."""
    parts = []
    for folder, names in found.items():
        title = [f"{safe(folder)}:"] if len(found) > 1 else []
        width = max((len(str(one["st_size"])) for one in names), default=0)
        parts.append("\n".join([*title, *(_entry(one, width) for one in names)]))
    return "\n\n".join(parts)


def _entry(one: Mapping[str, Any], width: int) -> str:
    mode, mtime = stat.filemode(one["st_mode"]), datetime.fromtimestamp(one["st_mtime"], UTC)
    return f"{mode} {one['st_size']:>{width}} {mtime:%Y-%m-%d %H:%M} {safe(one['name'])}"


def plan(found: Mapping[str, Any]) -> str:
    """What a job would do."""
    rows = (
        (one["action"], one["size"], one["src_filepath"], one["dst_filepath"]) for one in found["elements"]
    )
    lines = [table(("ACTION", "SIZE", "SOURCE", "DESTINATION"), rows)] if found["elements"] else []
    lines.append(
        f"{found['files']} files, {found['directories']} directories, {size(found['bytes'])}"
        + (" (the list is cut)" if found["truncated"] else "")
    )
    return "\n".join(lines)


def summary(job: Mapping[str, Any]) -> str:
    """A job in a line."""
    done = f"job {job['id']} {job['status']}: {job['num_done']} of {job['num_elements']} elements"
    moved = f", {size(job['bytes_done'])}" if job["type"] == "COPY" else ""
    return f"{done}{moved}"


def failure(job: Mapping[str, Any]) -> str | None:
    """Why a job has failed; None where it has not."""
    error = job["error"]
    if error is None:
        return None
    return f"job {job['id']}, element {error['elementid']}: {error['code']}: {safe(error['reason'])}"
