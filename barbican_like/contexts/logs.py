"""Log files that the supervisor writes: private, turned over by size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

LARGEST: Final = 10 * 2**20  # bytes of a file
KEPT: Final = 5  # older files beside it: name.1 is the newest of them
SHOWN: Final = 20  # lines told with a failure
_REMEMBERED: Final = 8192  # bytes of which those lines are taken


class Log:
    """One log file, mode 0600. What the disk does not take is lost, and counted."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self.path = path
        self.lost = 0  # bytes
        self._largest = largest
        self._recent = b""
        self._file = -1
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append."""
        self._recent = (self._recent + data)[-_REMEMBERED:]
        try:
            if self._file < 0:
                self._open()
            if self._size and self._size + len(data) > self._largest:
                self._turn_over()
            self._size += os.write(self._file, data)
        except OSError:
            self.lost += len(data)

    def forget(self) -> None:
        """The next failure is told with what is written from now on."""
        self._recent = b""

    def last_lines(self) -> list[str]:
        """The newest lines."""
        return self._recent.decode(errors="replace").splitlines()[-SHOWN:]

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size

    def _turn_over(self) -> None:
        self.close()
        names = [self.path, *(self.path.with_name(f"{self.path.name}.{n}") for n in range(1, KEPT + 1))]
        for newer, older in _pairs(names):
            with suppress(FileNotFoundError):
                newer.replace(older)
        self._open()


def _pairs(names: list[Path]) -> Iterator[tuple[Path, Path]]:
    """From the oldest on: each with the name that it gets."""
    for number in range(len(names) - 1, 0, -1):
        yield names[number - 1], names[number]
