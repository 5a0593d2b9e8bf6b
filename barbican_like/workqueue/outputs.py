"""The logs of attempts, on disk: ``<log_uid[:2]>/<log_uid>/<element>/attempt<N>.log``."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from barbican_like.workqueue.models import Attempt
from barbican_like.workqueue.states import ElementStatus

_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
_CUT: Final = "\n[cut here]\n"


class Outputs:
    """Every log below one folder.

    :param folder: made when the first is written, for this user alone.
    :param most: bytes of a log.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = str(folder)
        self._most = most

    def write(self, log_uid: str, attempt: Attempt, lines: list[str]) -> None:
        """Keep the log of an attempt; one that is there is replaced.

        Nobody reads it before its attempt is committed, so it may grow under its own name.
        """
        code = 0 if attempt.status is ElementStatus.DONE else 1
        ended = attempt.ended_at.replace(tzinfo=UTC).isoformat()
        text = "\n".join([f"{attempt.host} {code} {ended}", *lines, ""])
        path = self._path(log_uid, attempt.element_id, attempt.number)
        if attempt.number == 1:
            self._make(os.path.dirname(path))  # noqa: PTH120  hot: pathlib takes longer than the file system
        try:
            descriptor = os.open(path, _WRITE, 0o600)
        except FileNotFoundError:
            self._make(os.path.dirname(path))  # noqa: PTH120  as above
            descriptor = os.open(path, _WRITE, 0o600)
        try:
            rest = memoryview(self._cut(text.encode("utf-8", "replace")))
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)

    def read(self, log_uid: str, element: int, attempt: int) -> str:
        """The log of an attempt.

        :raises OSError: when it is not there.
        """
        return Path(self._path(log_uid, element, attempt)).read_text("utf-8", "replace")

    def remove(self, log_uid: str) -> None:
        """Remove the logs of a job."""
        shutil.rmtree(self._of_job(log_uid), ignore_errors=True)

    def _make(self, folder: str) -> None:
        """Make a folder with those above it, each for this user alone."""
        try:
            os.mkdir(folder, 0o700)  # noqa: PTH102  as above
        except FileNotFoundError:
            if folder == self._folder:
                os.makedirs(folder, 0o700, exist_ok=True)  # noqa: PTH103  as above
                return
            self._make(os.path.dirname(folder))  # noqa: PTH120  as above
            self._make(folder)
        except FileExistsError:
            return

    def _cut(self, text: bytes) -> bytes:
        return text if len(text) <= self._most else text[: self._most - len(_CUT)] + _CUT.encode()

    def _of_job(self, log_uid: str) -> str:
        return f"{self._folder}/{log_uid[:2]}/{log_uid}"

    def _path(self, log_uid: str, element: int, attempt: int) -> str:
        return f"{self._of_job(log_uid)}/{element}/attempt{attempt}.log"


def log_lines(title: str, started: datetime, notes: list[str]) -> list[str]:
    """What a log says after its first line."""
    return [title, f"begun {started.replace(tzinfo=UTC).isoformat()}", *notes]
