"""Targets of subscriptions: which URLs may be one.

What a name resolves to is looked at by each connection, since it may change; see
:mod:`barbican_like.common.checked_http`. Here is refused what can never be right.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from barbican_like.common.hosts import Address, Hosts

if TYPE_CHECKING:
    import httpx

LONGEST: Final = 2_048
_VISIBLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_LOCAL: Final = frozenset({"localhost", "localdomain", "local", "internal"})
"""The last parts of names that are no public ones (RFC 6761, RFC 6762, ICANN's resolution 2024.07.29.06)."""
_LAST_PORT: Final = 65_535


class BadTarget(ValueError):
    """A URL that can be no target; its text says why."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What an operator allows.

    :param allow_private: also http, and addresses of this machine and of private networks.
    """

    allow_private: bool = False

    @property
    def hosts(self) -> Hosts:
        """The machines that may be connected to."""
        return Hosts.all_but_link_local() if self.allow_private else Hosts()

    def check(self, target: str) -> None:
        """Do nothing for a URL that can be a target.

        :raises BadTarget: for another.
        """
        # Imported here: it takes a third of a second, and most processes look at no target.
        import httpx

        if len(target) > LONGEST or not _VISIBLE.fullmatch(target):
            raise BadTarget(f"is no URL of at most {LONGEST} characters of ASCII")
        try:
            url = httpx.URL(target)
            has_host = bool(url.host)  # an error of the codec where a label is no punycode
        except (httpx.InvalidURL, UnicodeError):
            raise BadTarget("is no URL") from None
        if not has_host:
            raise BadTarget("names no host")
        self._check_parts(url)
        self._check_host(url.raw_host.decode())

    def _check_parts(self, url: httpx.URL) -> None:
        schemes = ("https", "http") if self.allow_private else ("https",)
        if url.scheme not in schemes:
            raise BadTarget(f"does not begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if url.userinfo:
            raise BadTarget("holds a user or a password")
        if url.fragment:
            raise BadTarget("holds a fragment")
        if url.port is not None and not 1 <= url.port <= _LAST_PORT:
            raise BadTarget("names a port that is none")

    def _check_host(self, host: str) -> None:
        address = _address(host)
        if address is None:
            parts = host.rstrip(".").split(".")
            if not self.allow_private and (len(parts) == 1 or parts[-1] in _LOCAL):
                raise BadTarget("is at a name that is not public")
        elif not self.hosts.allows(host, address):
            raise BadTarget("is at an address that is not allowed")


def _address(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise BadTarget("names no host") from None
    last = host.rstrip(".").rsplit(".", 1)[-1]
    if last.isdigit() or last.startswith("0x"):  # 127.1 and the like, which resolvers take
        raise BadTarget("is at an address that is not written in the usual way")
    return None
