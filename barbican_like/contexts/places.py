"""The providers of an instance: its own supervisor, and those of the context files that the options name."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from oslo_config import cfg

from barbican_like.common import config, ids
from barbican_like.contexts.launch import Launch, launch_file_of, read_launch
from barbican_like.contexts.models import Entry, Transition

GROUP: Final = "contexts"
OPTIONS: Final = (
    cfg.ListOpt(
        "files",
        help="Context files, by absolute paths, whose services REST shows and commands, and whose "
        "transitions workers carry into the database. The program's own context always is one.",
    ),
    cfg.IntOpt(
        "transition_retention",
        default=2_592_000,
        min=60,
        help="Seconds for which the transitions of task services are kept in the database.",
    ),
)
_ID_FILE: Final = ".id"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the provider of one context keeps what it was started with."""

    launch_file: Path

    @property
    def id(self) -> str:
        """The same in every process that looks at it."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.launch_file.as_uri()))

    def launch(self) -> Launch | None:
        """What it was last started with; None where it never was, or is not ours to see."""
        try:
            return read_launch(self.launch_file)
        except (OSError, ValueError, TypeError, KeyError):
            return None


def places(conf: cfg.ConfigOpts) -> Sequence[Place]:
    """Every provider that this instance knows of."""
    own = Place(config.data_folder(conf) / "run" / "launch.json")
    return (own, *(Place(launch_file_of(Path(file))) for file in conf.contexts.files or ()))


class OutboxReader:
    """Reads the outbox of a provider, which only grows, and removes files that are carried.

    :param folder: it is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def id(self) -> str:
        """Its id, which it has from its first reader and keeps.

        :raises OSError: when it cannot be read or written.
        """
        path = self._folder / _ID_FILE
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{ids.new_id()}\n")
            file.flush()
            os.fsync(file.fileno())
        return path.read_text("ascii").strip()

    def signature(self) -> tuple[tuple[str, int], ...]:
        """What changes whenever there is something new."""
        try:
            return tuple((path.name, path.stat().st_size) for path in self._files())
        except OSError:
            return ()

    def after(self, number: int, most: int) -> list[Entry]:
        """The next transitions behind a number; a line that is only half written is not there yet."""
        found: list[Entry] = []
        for path in self._after(number):
            for line in path.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    break
                value = json.loads(line)
                if value["number"] > number:
                    found.append(_entry(value))
                if len(found) == most:
                    return found
        return found

    def forget(self, number: int) -> None:
        """Remove the files in which nothing is behind a number; the newest stays, for it may grow."""
        files = self._files()
        for path, following in pairwise(files):
            if int(following.stem) <= number + 1:
                path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _after(self, number: int) -> list[Path]:
        """The files in which there may be something behind a number."""
        files = self._files()
        first = max((at for at, path in enumerate(files) if int(path.stem) <= number + 1), default=0)
        return files[first:]


def _entry(value: dict[str, Any]) -> Entry:
    transition = Transition(
        number=value["number"],
        service_id=value["service_id"],
        old_state=value["old"],
        state=value["new"],
        desired=value["wish"],
        pid=value["pid"],
        exit_code=value["exit_code"],
        restarts=value["restarts"],
        since=datetime.fromtimestamp(value["time"], UTC).replace(tzinfo=None),
        reason=value["reason"],
        log="\n".join(value["log"]),
    )
    return Entry(
        transaction=value["transaction"],
        name=value["service_name"],
        instance=value["instance"],
        transition=transition,
    )
