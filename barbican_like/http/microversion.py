"""Microversions: ``OpenStack-API-Version: key-manager 1.x`` (API-SIG, microversion specification)."""

from __future__ import annotations

import re
from typing import Final

from barbican_like.common.errors import InvalidInput, NotAcceptable

SERVICE: Final = "key-manager"
MIN_MINOR: Final = 0
MAX_MINOR: Final = 3

_MALFORMED: Final = f"OpenStack-API-Version is malformed: expected '{SERVICE} 1.x'"
_VERSION: Final = re.compile(r"(\d{1,4})\.(\d{1,4})")


def parse(header: str | None) -> int:
    """The minor version that a request asks for; 0 where it asks for none.

    :raises InvalidInput: when the header cannot be read.
    :raises NotAcceptable: when this server does not speak that version.
    """
    if header is None:
        return MIN_MINOR
    for part in header.split(","):
        match part.split():
            case [service, version]:
                if service.lower() == SERVICE:
                    return _minor(version)
            case _:
                raise InvalidInput(_MALFORMED)
    return MIN_MINOR  # it speaks of other services only


def _minor(version: str) -> int:
    if version.lower() == "latest":
        return MAX_MINOR
    match = _VERSION.fullmatch(version)
    if match is None:
        raise InvalidInput(_MALFORMED)
    major, minor = int(match[1]), int(match[2])
    if major != 1 or not MIN_MINOR <= minor <= MAX_MINOR:
        raise NotAcceptable(
            f"Version {version} is not supported by the API. "
            f"Minimum is 1.{MIN_MINOR} and maximum is 1.{MAX_MINOR}."
        )
    return minor


def headers(minor: int) -> list[tuple[str, str]]:
    """The headers of every answer."""
    return [("openstack-api-version", f"{SERVICE} 1.{minor}"), ("vary", "openstack-api-version")]
