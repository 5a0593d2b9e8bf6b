"""Which machines sites may be on: looked at for each connection, after names are resolved.

Without ``[workqueue] allowed_hosts`` those are public addresses only, so that nobody reaches this machine,
its neighbours, or a cloud's metadata service by a site. What is resolved is what is connected to: a name
that resolves to something else the next time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from barbican_like.workqueue.faults import ErrorCode, TransferFailed

Address = IPv4Address | IPv6Address
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_CONNECT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Hosts:
    """The machines that an operator allows.

    :param names: lower case; whatever address they have.
    :param networks: addresses, a single one being a network too.
    :param is_open: whether nothing is said, so that public addresses are allowed.
    """

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
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

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to a machine that is allowed.

        :raises TransferFailed: DENIED where none of its addresses is, CONNECTION where none answers.
        """
        fault: OSError | None = None
        for family, address in self.addresses(host, port):
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(_CONNECT_SECONDS)
                connection.connect(address)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connection.close()
                fault = error
            else:
                return connection
        reason = (
            "The site does not answer" if fault is None else f"The site does not answer: {fault.strerror}"
        )
        raise TransferFailed.transient(ErrorCode.CONNECTION, reason)

    def addresses(self, host: str, port: int) -> Iterator[tuple[int, tuple[object, ...]]]:
        """Those of a machine's addresses that are allowed, each with its family.

        :raises TransferFailed: DENIED where none of them is.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise TransferFailed.transient(
                ErrorCode.CONNECTION, "The site's name cannot be resolved"
            ) from error
        allowed = [
            one for one in found if self.allows(host, ipaddress.ip_address(str(one[4][0]).partition("%")[0]))
        ]
        if not allowed:
            raise TransferFailed.permanent(
                ErrorCode.DENIED,
                "The operator allows no connection to that address ([workqueue] allowed_hosts)",
            )
        for family, _, _, _, address in allowed:
            yield family, tuple(address)

    def allows(self, host: str, address: Address) -> bool:
        """Whether a machine may be connected to by one of its addresses."""
        if host.lower().rstrip(".") in self.names:
            return True
        every = [address, *_embedded(address)]
        if self.is_open:
            return all(one.is_global and not one.is_multicast for one in every)
        return all(any(one in network for network in self.networks) for one in every)


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
