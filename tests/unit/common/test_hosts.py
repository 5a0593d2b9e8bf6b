"""Which addresses may be connected to for users."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from barbican_like.common.errors import HostRefused
from barbican_like.common.hosts import Hosts


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.9.9",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_public_are_refused_unless_they_are_named(address: str) -> None:
    found = ipaddress.ip_address(address)
    assert not Hosts.of(None).allows("any.example", found)
    assert not Hosts.of(["8.8.8.8", "other.example"]).allows("any.example", found)
    assert Hosts.of(["ANY.example."]).allows("any.example", found)


def test_public_addresses_are_allowed_while_nothing_else_is_said() -> None:
    address = ipaddress.ip_address("8.8.8.8")
    assert Hosts.of(None).allows("any.example", address)
    assert not Hosts.of(["10.0.0.0/8"]).allows("any.example", address)
    assert Hosts.of(["8.8.0.0/16"]).allows("any.example", address)


def test_a_name_is_looked_at_after_it_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """So one that resolves to this machine is refused; of several addresses only those allowed are used."""

    def resolve(_host: str, port: int, **_more: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.1", "8.8.8.8", "169.254.169.254")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert [address for _, address in Hosts.of(None).addresses("sly.example", 22)] == [("8.8.8.8", 22)]
    with pytest.raises(HostRefused):
        Hosts.of(["10.0.0.0/8"]).addresses("sly.example", 22)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
)
def test_link_local_addresses_are_refused_even_where_private_ones_are_allowed(address: str) -> None:
    hosts = Hosts.all_but_link_local()
    assert not hosts.allows("any.example", ipaddress.ip_address(address))
    for private in ("127.0.0.1", "10.1.2.3", "::1", "fd00::1", "8.8.8.8"):
        assert hosts.allows("any.example", ipaddress.ip_address(private))
