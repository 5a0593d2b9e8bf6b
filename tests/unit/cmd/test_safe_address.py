"""Where an API that lets anyone in may listen: on the loopback interface, unless told."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from barbican_like import rooms
from barbican_like.cmd.addresses import safe_address
from barbican_like.common.errors import ConfigurationError


def conf_of(host: str, auth: str = "noauth", *, allow: bool = False) -> Any:
    """A configuration with these [api] options."""
    conf = rooms.load([])
    for name, value in (("host", host), ("auth", auth), ("allow_remote_noauth", allow)):
        conf.set_override(name, value, group="api")
    return conf


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Host names as some network has them; addresses are read as ever."""
    known = {"localhost": "127.0.0.1", "ip6-localhost": "::1", "keys.example.com": "192.0.2.7"}
    resolve = socket.getaddrinfo

    def resolved(host: str, *more: Any, **options: Any) -> Any:
        # Addresses only: no name server is asked.
        return resolve(known.get(host, host), *more, **options, flags=socket.AI_NUMERICHOST)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


LOOPBACK = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.2", "127.0.0.2"),
    ("127.255.255.254", "127.255.255.254"),
    ("127.1", "127.0.0.1"),
    ("::1", "::1"),
    ("0:0:0:0:0:0:0:1", "::1"),
    ("localhost", "127.0.0.1"),
    ("ip6-localhost", "::1"),
]
REMOTE = [
    ("0.0.0.0", "0.0.0.0"),
    ("0", "0.0.0.0"),
    ("::", "::"),
    ("::ffff:0.0.0.0", "::ffff:0.0.0.0"),
    ("192.168.1.10", "192.168.1.10"),
    ("10.0.0.1", "10.0.0.1"),
    ("169.254.1.1", "169.254.1.1"),
    ("128.0.0.1", "128.0.0.1"),
    ("fe80::1", "fe80::1"),
    ("2001:db8::1", "2001:db8::1"),
    ("keys.example.com", "192.0.2.7"),
]


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(("host", "address"), LOOPBACK)
def test_loopback_needs_no_leave(host: str, address: str) -> None:
    """In whatever form it is written; what is listened on is the address that was looked at."""
    assert safe_address(conf_of(host)) == address


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(("host", "address"), REMOTE)
def test_other_addresses_are_refused_without_authentication(host: str, address: str) -> None:
    """The line names the host and both ways out."""
    with pytest.raises(ConfigurationError) as caught:
        safe_address(conf_of(host))
    for word in (f"[api] host {host}", "auth", "allow_remote_noauth = true"):
        assert word in caught.value.message
    assert safe_address(conf_of(host, allow=True)) == address


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("auth", ["basic", "keystone"])
@pytest.mark.parametrize(("host", "address"), REMOTE)
def test_other_addresses_are_taken_with_authentication(auth: str, host: str, address: str) -> None:
    assert safe_address(conf_of(host, auth)) == address


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("host", ["nowhere.example.com", "256.0.0.1", "127.0.0.1:9311", "[::1]"])
def test_a_host_without_an_address_is_named(host: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        safe_address(conf_of(host, allow=True))
    assert caught.value.message.startswith(f"[api] host {host}: ")
