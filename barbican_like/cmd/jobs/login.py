"""Who asks, and whom: from options and the environment to a session of keystoneauth1.

The ways are those of the server's ``[api] auth``: ``noauth`` names the project in a header, ``basic`` sends a
name and a password, ``keystone`` a token. A password is never an option: other users see a command line.
"""

from __future__ import annotations

import getpass
import stat
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from keystoneauth1 import plugin
from keystoneauth1.http_basic import HTTPBasicAuth
from keystoneauth1.identity import v3
from keystoneauth1.noauth import NoAuth
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token

from barbican_like.cmd.jobs.exits import CommandFailed, Exit

WAYS: Final = ("noauth", "basic", "keystone")
DEFAULT_URL: Final = "http://localhost:9311"
_WAY_OF_TYPE: Final = {"none": "noauth", "noauth": "noauth", "http_basic": "basic"}
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a request needs."""

    session: Session
    url: str | None  # the server's base; None: where Keystone's catalog says


def login(given: Namespace, environment: Mapping[str, str]) -> Login:
    """What options and environment say; options come first.

    :raises CommandFailed: when something is missing, or the file of the password is not private.
    """
    words = _Words(environment)
    way = given.auth or words.first("BARBICAN_AUTH") or _guess(words)
    if way not in WAYS:
        raise CommandFailed(Exit.REFUSED, f"BARBICAN_AUTH is none of {', '.join(WAYS)}")
    url = given.url or words.first("BARBICAN_ENDPOINT")
    user = given.user or words.first("BARBICAN_USERNAME", "OS_USERNAME")
    project = given.project or words.first("BARBICAN_PROJECT", "OS_PROJECT_ID")
    verify = given.cacert or words.first("OS_CACERT") or True
    headers: dict[str, str] = {}
    auth: plugin.BaseAuthPlugin
    if way == "noauth":
        url, auth = url or DEFAULT_URL, NoAuth()
        headers = _named({"X-Project-Id": project, "X-User-Id": user})
    elif way == "basic":
        name = _needed(user, "--user, BARBICAN_USERNAME or OS_USERNAME")
        url = url or DEFAULT_URL
        auth = HTTPBasicAuth(username=name, password=_password(given, words, name))
    else:
        auth = _keystone(given, words, user, url)
    session = Session(
        auth=auth, verify=verify, timeout=given.timeout, additional_headers=headers, redirect=False
    )
    return Login(session=session, url=url)


class _Words:
    """Variables of the environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def first(self, *names: str) -> str | None:
        """The first that is set and not empty."""
        return next((self._environment[name] for name in names if self._environment.get(name)), None)


def _guess(words: _Words) -> str:
    kind = words.first("OS_AUTH_TYPE")
    if kind is not None:
        return _WAY_OF_TYPE.get(kind, "keystone")
    if words.first("OS_AUTH_URL", "OS_TOKEN"):
        return "keystone"
    return "basic" if words.first("BARBICAN_USERNAME", "OS_USERNAME") else "noauth"


def _keystone(given: Namespace, words: _Words, user: str | None, url: str | None) -> plugin.BaseAuthPlugin:
    token, auth_url = words.first("OS_TOKEN"), words.first("OS_AUTH_URL")
    if token is not None and url is not None:
        return Token(endpoint=url, token=token)
    auth_url = _needed(auth_url, "OS_AUTH_URL")
    project: dict[str, Any] = {
        "project_id": given.project or words.first("OS_PROJECT_ID"),
        "project_name": words.first("OS_PROJECT_NAME"),
        "project_domain_name": words.first("OS_PROJECT_DOMAIN_NAME"),
        "project_domain_id": words.first("OS_PROJECT_DOMAIN_ID"),
    }
    if token is not None:
        return v3.Token(auth_url=auth_url, token=token, **project)
    name = _needed(user, "--user or OS_USERNAME")
    return v3.Password(
        auth_url=auth_url,
        username=name,
        password=_password(given, words, name),
        user_domain_name=words.first("OS_USER_DOMAIN_NAME"),
        user_domain_id=words.first("OS_USER_DOMAIN_ID"),
        **project,
    )


def _password(given: Namespace, words: _Words, user: str) -> str:
    """The password, from a private file, the environment, or whoever sits there. Returns what is secret."""
    if given.password_file is not None:
        return _read_private(given.password_file)
    found = words.first("BARBICAN_PASSWORD", "OS_PASSWORD")
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise CommandFailed(
            Exit.REFUSED, "a password is needed: --password-file, BARBICAN_PASSWORD or OS_PASSWORD"
        )
    return getpass.getpass(f"Password of {user}: ", stream=sys.stderr)


def _read_private(path: Path) -> str:
    """The first line of a file that only its owner may read. Returns what is secret."""
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
                raise CommandFailed(Exit.REFUSED, f"{path}: others may read it; chmod 600 {path}")
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(Exit.REFUSED, f"{path}: {getattr(error, 'strerror', 'is no text')}") from None


def _needed(value: str | None, names: str) -> str:
    if value is None:
        raise CommandFailed(Exit.REFUSED, f"this way to authenticate needs {names}")
    return value


def _named(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value is not None}
