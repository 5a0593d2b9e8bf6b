"""Where the servers are that some tests need, and what happens where one is not there."""

import os
from typing import NoReturn

import pytest


def required_url(variable: str) -> str:
    """The server's URL from the environment; without it a skip for a developer, a failure in CI."""
    url = os.environ.get(variable)
    if not url:
        leave_out(f"{variable} is not set")
    return url


def leave_out(reason: str) -> NoReturn:
    """A skip for a developer, a failure in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI leaves no test out")
    pytest.skip(reason)
