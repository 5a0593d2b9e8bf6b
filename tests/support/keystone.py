"""A real Keystone on loopback: its package in the cache, a state that is copied for each run."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.support import environments, keystone_seed
from tests.support.keystone_seed import ADMIN, SERVICE, User

ENVIRONMENT: Final = "keystone"
START_SECONDS: Final = 120.0

_CONF: Final = """\
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.sqlite
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = {folder}/fernet-keys
[credential]
key_repository = {folder}/credential-keys
[identity]
# bcrypt's least: these passwords are in the sources.
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memory
[oslo_policy]
enforce_scope = false
enforce_new_defaults = false
"""


@dataclass(frozen=True)
class Keystone:
    """A running Keystone."""

    folder: Path
    url: str  # of its v3 API
    process: subprocess.Popen[bytes]

    def token(self, user: User, *, scoped: bool = True) -> str:
        """A fresh token."""
        return str(keystone_seed.session_of(self.url, user, scoped=scoped).get_token())

    def admin(self) -> Any:
        """keystoneclient as its administrator."""
        return keystone_seed.client_of(self.url)

    def offer(self, url: str) -> None:
        """Let the catalog name ``url`` as the key manager's."""
        keystone_seed.offer(self.url, "key-manager", url)

    def middleware_conf(self, **options: object) -> str:
        """The section ``[keystone_authtoken]`` of a service that asks this Keystone."""
        section = {
            "auth_url": self.url,
            "username": SERVICE.name,
            "password": SERVICE.password,
            "project_name": SERVICE.project,
        }
        lines = [f"{name} = {value}" for name, value in (section | options).items()]
        return "\n".join(["[keystone_authtoken]", *lines, ""])


def require() -> None:
    """Go on where the environment can be had: in CI it is made, a developer makes it by `tox -e tempest`."""
    if os.environ.get("CI") != "true" and not environments.is_made(environments.folder_of(ENVIRONMENT)):
        pytest.skip("Keystone is not in the cache yet: `tox -e tempest` installs it")


@contextmanager
def running(folder: Path) -> Iterator[Keystone]:
    """A Keystone with the users of :mod:`keystone_seed`; whatever is done to it ends with it.

    :param folder: an empty place for its state.
    """
    shutil.copytree(_state(), folder, dirs_exist_ok=True)
    with _served(folder) as keystone:
        keystone_seed.offer(keystone.url, "identity", keystone.url)
        yield keystone


def _state() -> Path:
    """A database and keys with everything that no run changes, from the cache."""
    sources = [Path(file).read_bytes() for file in (__file__, keystone_seed.__file__)]
    folder = environments.kept_folder(
        "keystone-state", environments.folder_of(ENVIRONMENT).name.encode(), *sources
    )
    environments.environment(ENVIRONMENT)
    with environments.making(folder) as needed:
        if needed:
            _manage(folder, "db_sync")
            owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
            _manage(folder, "fernet_setup", *owner)
            _manage(folder, "credential_setup", *owner)
            _manage(folder, "bootstrap", *_BOOTSTRAP)
            with _served(folder) as keystone:
                keystone_seed.seed(keystone.url)
    return folder


_BOOTSTRAP: Final = (
    "--bootstrap-username",
    ADMIN.name,
    "--bootstrap-password",
    ADMIN.password,
    "--bootstrap-project-name",
    ADMIN.project,
    "--bootstrap-role-name",
    "admin",
    "--bootstrap-service-name",
    "keystone",
    "--bootstrap-region-id",
    keystone_seed.REGION,
    *(
        word
        for name in keystone_seed.INTERFACES
        for word in (f"--bootstrap-{name}-url", "http://127.0.0.1/v3")
    ),
)


def _manage(folder: Path, *words: str) -> None:
    _write_conf(folder)
    command = [_tool("keystone-manage"), "--config-dir", str(folder), *words]
    subprocess.run(command, env=_environ(folder), check=True, capture_output=True)


def _write_conf(folder: Path) -> None:
    (folder / "keystone.conf").write_text(_CONF.format(folder=folder))


def _tool(name: str) -> Path:
    return environments.environment(ENVIRONMENT) / "bin" / name


def _environ(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "PYTHON"))}
    return own | {"OS_KEYSTONE_CONFIG_DIR": str(folder), "PYTHONWARNINGS": "ignore"}


@contextmanager
def _served(folder: Path) -> Iterator[Keystone]:
    _write_conf(folder)
    with socket.socket() as listener, (folder / "uwsgi.log").open("wb") as log:
        # Given to uwsgi open: no other process can take the port, and who comes too early waits in its queue.
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v3"
        command = [*_UWSGI, "--http-socket", f"fd://{listener.fileno()}"]
        process = subprocess.Popen(
            [_tool("uwsgi"), *command],
            env=_environ(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    try:
        build_opener(ProxyHandler({})).open(url, timeout=START_SECONDS).close()
        yield Keystone(folder, url, process)
    finally:
        # Nothing of its state outlives it, so it need not end in order (uwsgi takes seconds to).
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


_UWSGI: Final = (
    "--module",
    "keystone.wsgi.api:application",
    # One, since two are soon at odds about SQLite's lock, and its memory is its own.
    "--processes",
    "1",
    "--master",
    "--need-app",
    "--disable-logging",
    "--buffer-size",
    "65535",
    # Seconds for a request to come in; with its own 4 a busy machine loses some.
    "--socket-timeout",
    "60",
    # Without it uwsgi resets the connections of clients that want to keep them.
    "--add-header",
    "Connection: close",
)
