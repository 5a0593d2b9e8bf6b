"""Connections of the client for addresses that users choose: what is checked is what is connected to."""

from __future__ import annotations

import socket
import ssl

import httpcore
import httpx
import pytest

from barbican_like.common import checked_http
from barbican_like.common.errors import HostRefused, HostUnknown
from barbican_like.common.hosts import Hosts

ANSWER = [b"HTTP/1.1 204 No Content\r\n\r\n"]


class Network:
    """Names whose addresses change with every look, and machines that answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *looks: list[str]) -> None:
        self.connected: list[str] = []
        self.silent: set[str] = set()
        self._looks = list(looks)
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)
        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", self._connect)

    def _resolve(self, _host: str, port: int, **_more: object) -> list[tuple[object, ...]]:
        if not self._looks:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in self._looks.pop(0)]

    def _connect(self, host: str, _port: int, **_more: object) -> httpcore.NetworkStream:
        self.connected.append(host)
        if host in self.silent:
            raise httpcore.ConnectTimeout
        return httpcore.MockStream(list(ANSWER))


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that resolves to this machine when it is asked a second time gains nothing."""
    network = Network(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with checked_http.client(Hosts(), seconds=1) as client:
        assert client.get("http://sly.example/").status_code == 204
    assert network.connected == ["8.8.8.8"]


def test_every_new_connection_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with checked_http.client(Hosts(), seconds=1) as client:
        client.get("http://sly.example/", headers={"Connection": "close"})
        with pytest.raises(HostRefused):
            client.get("http://sly.example/")
    assert network.connected == ["8.8.8.8"]


def test_the_next_address_is_tried_where_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, ["8.8.8.8", "127.0.0.1", "9.9.9.9"])
    network.silent = {"8.8.8.8"}
    with checked_http.client(Hosts(), seconds=1) as client:
        assert client.get("http://some.example/").status_code == 204
    assert network.connected == ["8.8.8.8", "9.9.9.9"]


def test_what_goes_wrong_is_told_by_errors_of_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, ["8.8.8.8"])
    network.silent = {"8.8.8.8"}
    with checked_http.client(Hosts(), seconds=1, verify=ssl.create_default_context()) as client:
        with pytest.raises(httpx.ConnectTimeout):
            client.get("https://some.example/")
        with pytest.raises(HostUnknown):
            client.get("https://some.example/")
