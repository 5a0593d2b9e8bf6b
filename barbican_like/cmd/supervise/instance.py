"""One instance of the program: its data folder, what it was started with, and the lock on both."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from barbican_like.common.errors import ConfigurationError

# The kernel keeps 108 bytes for a unix socket's path, one of them the closing NUL (unix(7)).
LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator said on the command line; None where nothing was said."""

    host: str | None = None
    port: int | None = None
    live_port: int | None = None
    auth: str | None = None  # noauth | basic | keystone
    workers: int | None = None  # worker processes
    transfer_workers: int | None = None  # worker processes for transfers
    api_workers: int | None = None  # API processes
    config_files: tuple[str, ...] = ()  # absolute; a later one wins

    def changed_by(self, other: Settings) -> Settings:
        """These settings with everything that ``other`` says put over them."""
        said = {field.name: getattr(other, field.name) for field in fields(other)}
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        return Settings(**(kept | {name: value for name, value in said.items() if value not in (None, ())}))


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What a start leaves behind for the later commands on the same data folder."""

    settings: Settings
    address: str  # base URL of the API
    auth: str  # the pipeline that came out of flags and files
    live: str | None = None  # base URL of the live feed; None where there is no gateway
    page: str | None = None  # URL of the page; None where there is none

    @property
    def ports(self) -> list[int]:
        """Those that it listens on."""
        found = (urlsplit(url).port for url in (self.address, self.live or ""))
        return [port for port in found if port is not None]


@dataclass(frozen=True)
class Instance:
    """The places of one instance, all inside its data folder."""

    data: Path

    @property
    def run(self) -> Path:
        """The supervisor's socket and files, and the generated configuration."""
        return self.data / "run"

    @property
    def log(self) -> Path:
        """Log files of all processes."""
        return self.data / "log"

    @property
    def conf(self) -> Path:
        """The generated oslo.config file, read after all others."""
        return self.run / "instance.conf"

    @property
    def launch_file(self) -> Path:
        """What the supervisor is started with."""
        return self.run / "launch.json"

    @property
    def socket(self) -> Path:
        """Where the supervisor takes commands."""
        return self.run / "supervisor.sock"

    @property
    def memory(self) -> Path:
        """Where :class:`Remembered` is kept."""
        return self.run / "instance.json"

    def make_folders(self) -> None:
        """Make the data folder and the folders in it, all 0700.

        :raises ConfigurationError: when the folder cannot be made, belongs to somebody else, or is
            one that others may read and that holds something already.
        """
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            longest = LONGEST_SOCKET_PATH - len("/run/supervisor.sock")
            raise ConfigurationError(
                f"the data folder's path {self.data} is too long for a unix socket in it: "
                f"choose one of at most {longest} bytes with --data"
            )
        check_path("--data", str(self.data))
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_private()
            for folder in (self.run, self.log):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise ConfigurationError(f"data folder: {error.filename}: {error.strerror}") from error

    def _make_private(self) -> None:
        facts = self.data.stat()
        if os.geteuid() not in (0, facts.st_uid):
            raise ConfigurationError(f"data folder {self.data} belongs to user {facts.st_uid}, not to you")
        if stat.S_IMODE(facts.st_mode) & 0o077:
            # Somebody's home or /tmp given by mistake must not be closed to those who use it.
            if any(self.data.iterdir()):
                raise ConfigurationError(
                    f"data folder {self.data} is open to other users and not empty: "
                    f"chmod 700 it, or choose another with --data"
                )
            self.data.chmod(0o700)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the data folder for one command that starts or stops; another waits for its turn."""
        descriptor = os.open(self.run / "instance.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def remember(self, remembered: Remembered) -> None:
        """Keep what the instance was started with."""
        write_private(self.memory, json.dumps(asdict(remembered), indent=2) + "\n")

    def recall(self) -> Remembered | None:
        """What the last start kept; None where there was none.

        :raises ConfigurationError: when the data folder or the file in it cannot be read.
        """
        try:
            kept = json.loads(self.memory.read_text())
            settings = kept.pop("settings")
            files = tuple(settings.pop("config_files"))
            return Remembered(settings=Settings(**settings, config_files=files), **kept)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"cannot read {self.memory}: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigurationError(f"{self.memory} is damaged: remove it and start again") from error


def check_path(flag: str, path: str) -> None:
    """Refuse a path that cannot be handed to the processes in a configuration file.

    :raises ConfigurationError: oslo.config takes a dollar sign for the begin of an option's name, and a line
        break ends a value.
    """
    if "$" in path or not path.isprintable():
        raise ConfigurationError(
            f"{flag} {path!r}: a path with '$' or an unprintable character cannot be used"
        )


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old text or the new one."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
