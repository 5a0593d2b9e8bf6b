"""What all processes of an instance have counted: the living, and those that have ended by now."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from barbican_like.common.meters import REQUEST
from barbican_like.common.meters.layout import (
    BLOCK,
    BUCKETS,
    HEADER,
    KEY_BYTES,
    MAGIC,
    MOST_SERIES,
    NAMES,
    OTHERS,
    PAST,
    RING,
    SEPARATOR,
    SLOT,
    STEPS,
    SUFFIX,
    TOTALS,
    Key,
    key_of,
)
from barbican_like.common.meters.writing import MeterFile, folder_held

_NUMBER: Final = struct.Struct("=Q")
_NAME_BYTES: Final = 48  # of a file's name with a separator, at most
_FOLDED_AT_ONCE: Final = (HEADER - NAMES) // _NAME_BYTES
_LONGEST_NUMBER: Final = 2**32 - 1


@dataclass(slots=True)
class Series:
    """What was counted under one key."""

    buckets: list[int] = field(default_factory=lambda: [0] * BUCKETS)  # how often, by bucket of duration
    microseconds: int = 0  # of all together
    steps: dict[int, list[int]] = field(default_factory=dict)  # of the last hour that was written to

    def add(self, other: Series) -> None:
        """Add another's counts."""
        self.buckets = [mine + its for mine, its in zip(self.buckets, other.buckets, strict=True)]
        self.microseconds += other.microseconds
        for step, counts in other.steps.items():
            mine = self.steps.get(step)
            self.steps[step] = counts if mine is None else [a + b for a, b in zip(mine, counts, strict=True)]


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of an instance."""

    series: Mapping[Key, Series]
    processes: int  # that live and count


def read(folder: Path, *, steps: bool = True) -> Counted:
    """Sum up everything, and fold the files of processes that have ended into one.

    :param steps: whether the steps of the last hour are wanted too; without them it is done in a moment.
    :raises OSError: when the folder cannot be read.
    """
    if not folder.is_dir():
        return Counted({}, 0)
    if any(_is_over(path) for path in _files(folder)):
        with folder_held(folder, exclusively=True):
            _fold(folder)
    with folder_held(folder, exclusively=False):
        files = _files(folder)
        series = _summed(_series(path, steps=steps) for path in (*files, folder / PAST))
        return Counted(series, sum(not _is_over(path) for path in files))


def _files(folder: Path) -> list[Path]:
    """The files of processes."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.name != PAST)


def _is_over(path: Path) -> bool:
    """Whether nobody writes a file any more."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False  # folded meanwhile
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _fold(folder: Path) -> None:
    """Add the files of dead processes to the past's, which names them until they are gone.

    So whenever this is broken off, each is counted once.
    """
    past = folder / PAST
    done = set(_folded(past))
    over = [path for path in _files(folder) if _is_over(path)]
    for path in over:
        if path.name in done:
            path.unlink(missing_ok=True)
    fresh = [path for path in over if path.name not in done][:_FOLDED_AT_ONCE]
    if not fresh:
        return
    new = folder / f"{PAST}.new"
    new.unlink(missing_ok=True)
    try:
        _write(new, _summed(_series(path) for path in (past, *fresh)), [path.name for path in fresh])
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        new.unlink(missing_ok=True)
        return  # a full disk: each is read by itself until there is room
    new.replace(past)
    for path in fresh:
        path.unlink(missing_ok=True)


def _summed(parts: Iterable[Iterator[tuple[Key, Series]]]) -> dict[Key, Series]:
    found: dict[Key, Series] = {}
    for part in parts:
        for key, series in part:
            known = found.setdefault(key, Series())
            known.add(series)
    return found


def _series(path: Path, *, steps: bool = True) -> Iterator[tuple[Key, Series]]:
    """The series of a file; none of one that is gone, or of another version's."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        header = file.read(HEADER)
        if not header.startswith(MAGIC) or len(header) < HEADER:
            return
        (number,) = _NUMBER.unpack_from(header, len(MAGIC))
        for _ in range(min(number, MOST_SERIES)):
            block = file.read(BLOCK)
            if len(block) == BLOCK:
                yield key_of(block[:KEY_BYTES]), _parsed(block, steps=steps)


def _parsed(block: bytes, *, steps: bool) -> Series:
    longs, words = memoryview(block).cast("Q"), memoryview(block).cast("I")
    totals = longs[TOTALS : TOTALS + BUCKETS + 1].tolist()
    found = {}
    for slot in range(RING, RING + STEPS * SLOT, SLOT) if steps else ():
        if words[slot]:
            found[words[slot]] = words[slot + 1 : slot + SLOT].tolist()
    return Series(totals[:BUCKETS], totals[BUCKETS], found)


def _folded(past: Path) -> list[str]:
    """The names of the files that were folded last."""
    try:
        with past.open("rb") as file:
            header = file.read(HEADER)
    except FileNotFoundError:
        return []
    return header[NAMES:].rstrip(b"\0").decode("ascii", "replace").split(SEPARATOR)


def _write(path: Path, found: Mapping[Key, Series], folded: list[str]) -> None:
    file = MeterFile(path)
    try:
        # The series of the others is the first, and takes in what there is no room for: requests before all
        # else, since those are what callers choose.
        kept = {OTHERS: Series()} | dict(sorted(found.items(), key=lambda item: item[0][0] == REQUEST))
        for key in list(kept)[MOST_SERIES:]:
            kept[OTHERS].add(kept.pop(key))
        for number, (key, series) in enumerate(kept.items()):
            file.begin(number, key)
            _put(file, HEADER + number * BLOCK, series)
        file.note_folded(SEPARATOR.join(folded).encode("ascii"), NAMES)
    finally:
        file.close()


def _put(file: MeterFile, start: int, series: Series) -> None:
    for place, count in enumerate([*series.buckets, series.microseconds], start // 8 + TOTALS):
        file.longs[place] = count
    for step in sorted(series.steps, reverse=True):
        slot = start // 4 + RING + step % STEPS * SLOT
        if file.words[slot] == 0:  # else a newer step has this place
            for place, count in enumerate([step, *series.steps[step]], slot):
                file.words[place] = min(count, _LONGEST_NUMBER)
