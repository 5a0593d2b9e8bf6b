"""The meters of a process: a count takes a microsecond, and is not lost when the process is killed."""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import threading
import uuid
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import Final

from barbican_like.common import log
from barbican_like.common.meters.layout import (
    BLOCK,
    BOUNDS,
    BUCKETS,
    HEADER,
    KEY_BYTES,
    LOCK,
    MAGIC,
    MOST_SERIES,
    OTHERS,
    RING,
    SIZE,
    SLOT,
    STEP,
    STEPS,
    SUFFIX,
    TOTALS,
    Key,
    key_bytes,
)

_LOG = logging.getLogger(__name__)
_NONE: Final = memoryview(bytearray(4 * BUCKETS)).cast("I")
_MICROSECONDS: Final = 1_000_000


@contextmanager
def folder_held(folder: Path, *, exclusively: bool) -> Iterator[None]:
    """Hold the folder of an instance's meters, making it where it is not there.

    :raises OSError: when it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if exclusively else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


class MeterFile:
    """A meter file that is written. Its series are numbered in the order of their begin.

    :param path: of a file that is not there yet.
    :raises OSError: when it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        # Whoever finds it unlocked takes its process for dead; the kernel frees it when that is so.
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            os.ftruncate(self._descriptor, SIZE)
            os.posix_fallocate(self._descriptor, 0, HEADER)
            self._map = mmap.mmap(self._descriptor, SIZE)
        except OSError:
            os.close(self._descriptor)
            raise
        self._map[: len(MAGIC)] = MAGIC
        self._bytes = memoryview(self._map)
        self.longs = self._bytes.cast("Q")
        self.words = self._bytes.cast("I")

    def begin(self, number: int, key: Key) -> None:
        """Begin the next series.

        :raises OSError: when the disk is full.
        """
        start = HEADER + number * BLOCK
        os.posix_fallocate(self._descriptor, start, BLOCK)
        self._map[start : start + KEY_BYTES] = key_bytes(key)
        self.longs[1] = number + 1

    def note_folded(self, names: bytes, start: int) -> None:
        """Write the names of the files that were folded into this one."""
        self._map[start : start + len(names)] = names

    def close(self) -> None:
        """End, and let others fold it."""
        self.longs.release()
        self.words.release()
        self._bytes.release()
        self._map.close()
        os.close(self._descriptor)


class Meters:
    """Counts of one process, each with its duration, by keys. They may be noted from any thread.

    :param folder: of all the instance's processes.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[object, ...], int] = {}
        self._file: MeterFile | None = None
        try:
            with folder_held(folder, exclusively=False):
                self._file = MeterFile(folder / f"{uuid.uuid4()}{SUFFIX}")
            self._file.begin(0, OTHERS)
        except OSError as error:
            self._lose(error)

    def note(self, key: tuple[object, ...], seconds: float) -> None:
        """Count something that has just ended.

        :param key: texts and numbers that name it; there are few different ones, and none has a secret.
        :param seconds: that it took.
        """
        bucket = bisect_left(BOUNDS, seconds)
        step = int(time()) // STEP
        with self._lock:
            file = self._file
            if file is None:
                return
            number = self._known.get(key)
            if number is None:
                number = self._begin(file, key)
            start = HEADER + number * BLOCK
            longs, total = file.longs, start // 8 + TOTALS
            longs[total + bucket] += 1
            longs[total + BUCKETS] += int(seconds * _MICROSECONDS)
            words, slot = file.words, start // 4 + RING + step % STEPS * SLOT
            if words[slot] != step:
                words[slot + 1 : slot + SLOT] = _NONE
                words[slot] = step
            words[slot + 1 + bucket] += 1

    def close(self) -> None:
        """Count no more. What was counted stays."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _begin(self, file: MeterFile, key: tuple[object, ...]) -> int:
        """The number of a key's series, that of the others where there is no room for one more."""
        number = file.longs[1]
        if number >= MOST_SERIES:
            return 0  # and not remembered: who chooses keys at will shall not fill the memory
        try:
            file.begin(number, tuple(str(part) for part in key))
        except OSError:
            return 0  # the disk is full: a later one may find room
        self._known[key] = number
        return int(number)

    def _lose(self, error: OSError) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        log.event(_LOG, "meters.away", logging.WARNING, reason=error.strerror or "")
