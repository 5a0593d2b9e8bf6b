"""Which machines may be connected to for users: looked at for each connection, after names are resolved.

Where an operator says nothing those are public addresses only, so that nobody reaches this machine, its
neighbours, or a cloud's metadata service by an address of his choice. What is resolved is what is connected
to: a name that resolves to something else the next time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from barbican_like.common.errors import HostRefused, HostUnknown

Address = IPv4Address | IPv6Address
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_SHORTEST: Final = 0.1  # seconds
_LINK_LOCAL: Final = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))
_EVERY: Final = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class Hosts:
    """The machines that an operator allows.

    :param names: lower case; whatever address they have.
    :param networks: addresses, a single one being a network too.
    :param refused: networks that are not allowed, whatever else is said.
    :param is_open: whether nothing is said, so that public addresses are allowed.
    """

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    refused: tuple[IPv4Network | IPv6Network, ...] = ()
    is_open: bool = True

    @classmethod
    def of(cls, entries: Sequence[str] | None) -> Hosts:
        """What an option says: names, addresses, networks."""
        names, networks = set(), []
        for entry in entries or ():
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                names.add(entry.lower().rstrip("."))
        return cls(names=frozenset(names), networks=tuple(networks), is_open=not entries)

    @classmethod
    def all_but_link_local(cls) -> Hosts:
        """Private ones too, but never the addresses at which clouds give away their machines' credentials."""
        return cls(networks=_EVERY, refused=_LINK_LOCAL, is_open=False)

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection to a machine that is allowed.

        :param seconds: in which all of its addresses are tried.
        :raises HostRefused, HostUnknown: as :meth:`addresses` does.
        :raises OSError: where none of its addresses answers.
        """
        fault = OSError("The machine has no address")
        found = self.addresses(host, port)
        deadline = time.monotonic() + seconds
        for number, (family, address) in enumerate(found):
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(share_of(deadline, len(found) - number))
                connection.connect(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connection.close()
                fault = error
            else:
                return connection
        raise fault

    def addresses(self, host: str, port: int) -> Sequence[tuple[int, tuple[object, ...]]]:
        """Those of a machine's addresses that are allowed, each with its family.

        :raises HostRefused: where none of them is.
        :raises HostUnknown: where its name has no address.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # the second of names that are none
            raise HostUnknown from error
        allowed = [
            (one[0], tuple(one[4]))
            for one in found
            if self.allows(host, ipaddress.ip_address(str(one[4][0]).partition("%")[0]))
        ]
        if not allowed:
            raise HostRefused
        return allowed

    def allows(self, host: str, address: Address) -> bool:
        """Whether a machine may be connected to by one of its addresses."""
        every = [address, *_embedded(address)]
        if any(one in network for network in self.refused for one in every):
            return False
        if host.lower().rstrip(".") in self.names:
            return True
        if self.is_open:
            return all(one.is_global and not one.is_multicast for one in every)
        return all(any(one in network for network in self.networks) for one in every)


def share_of(deadline: float, number: int) -> float:
    """Seconds that one of so many tries has, so that all are over by then.

    :param deadline: of the monotonic clock.
    """
    return max(_SHORTEST, deadline - time.monotonic()) / number


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
