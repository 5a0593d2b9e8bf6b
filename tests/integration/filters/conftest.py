"""Password files, and an application that asks for the passwords in them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import bcrypt
import pytest

from tests.support.application import Instance


class Htpasswd:
    """A password file that tests edit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_text("")
        path.chmod(0o600)

    def write(self, *lines: str) -> None:
        """The whole file, in place, as htpasswd writes it."""
        self.path.write_text("".join(f"{line}\n" for line in lines))

    def age(self, seconds: float = 60.0) -> None:
        """Make it look as if nobody had written to it for a while."""
        then = time.time() - seconds
        os.utime(self.path, (then, then))


def line(name: str, password: str, *more: str, cost: int = 4) -> str:
    """A line of a password file."""
    return ":".join((name, bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode(), *more))


@pytest.fixture
def htpasswd(tmp_path: Path) -> Htpasswd:
    """An empty password file."""
    return Htpasswd(tmp_path / "htpasswd")


@pytest.fixture(scope="module")
def shared_file(tmp_path_factory: pytest.TempPathFactory) -> Htpasswd:
    """The password file of basic_instance: a test writes what it needs, and it counts at once."""
    return Htpasswd(tmp_path_factory.mktemp("basic") / "htpasswd")


@pytest.fixture(scope="module")
def basic_instance(new_instance: Callable[..., Instance], shared_file: Htpasswd) -> Instance:
    """The application that asks for the passwords in shared_file."""
    return new_instance(f"[api]\nauth = basic\nhtpasswd_file = {shared_file.path}", worker=False)
