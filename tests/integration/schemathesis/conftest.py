"""An application that asks for a password, and the document that requests are drawn from."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bcrypt
import pytest
import schemathesis

from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.generated import ACCEPTANCE, AUTHORIZATION, PASSWORD, REFUSALS, Things, register_formats
from tests.support.openapi import DOCUMENT, STORES
from tests.support.registry import settle


@pytest.fixture(scope="module")
def asking(new_instance: Callable[..., Instance], tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """A running application that asks for a password."""
    file: Path = tmp_path_factory.mktemp("htpasswd") / "htpasswd"
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    file.write_text(f"admin:{hashed}:admin:admin,member,reader\n")
    file.chmod(0o600)
    return new_instance(f"[api]\nauth = basic\nhtpasswd_file = {file}\n{STORES}")


@pytest.fixture(scope="module")
def things(asking: Instance) -> Things:
    """What the user's project has."""
    names = settle(asking.runtime.database)
    return Things(Caller(asking.application, "admin", AUTHORIZATION), names)


@pytest.fixture(scope="module")
def described(asking: Instance, things: Things) -> schemathesis.BaseSchema:
    """The document, with the application that it describes."""
    register_formats()
    config = schemathesis.Config.from_dict(
        {
            "generation": {"with-security-parameters": False},
            "checks": {"negative_data_rejection": REFUSALS, "positive_data_acceptance": ACCEPTANCE},
        }
    )
    # Of the ways to say who calls, a server takes the one that its [api] auth names.
    schema = schemathesis.openapi.from_dict({**DOCUMENT, "security": [{"basic": []}]}, config=config)
    schema.app = _from_anywhere(asking.application)
    return schema


def _from_anywhere(application: Callable[..., Any]) -> Callable[..., Any]:
    """The application for requests of which each has an address of its own.

    Wrong passwords are sent to every operation: from one address they would soon be 429.
    """
    numbers = itertools.count()

    def each(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["REMOTE_ADDR"] = str(ipaddress.ip_address(next(numbers)))
        return application(environ, start_response)

    return each
