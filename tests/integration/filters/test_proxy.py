"""Behind a reverse proxy: what references are made of when host_href is blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.support.application import Instance

BLANK = "host_href ="
PARSING = "[oslo_middleware]\nenable_proxy_headers_parsing = true"


def reference(instance: Instance, headers: Mapping[str, str]) -> str:
    """What the reference of a new secret begins with."""
    answer = instance.caller().post("/v1/secrets", {}, headers=headers)
    text: str = answer.json["secret_ref"]
    assert answer.headers["Location"] == text
    return text.partition("/secrets/")[0]


@pytest.fixture(scope="module")
def proxied(new_instance: Callable[..., Instance]) -> Instance:
    """The application told that there is a proxy."""
    return new_instance(f"{BLANK}\n{PARSING}", worker=False)


@pytest.fixture(scope="module")
def direct(new_instance: Callable[..., Instance]) -> Instance:
    """The application that knows of no proxy, as shipped, except that references come from the request."""
    return new_instance(BLANK, worker=False)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "http://localhost:80/v1"),
        ({"X-Forwarded-Proto": "https"}, "https://localhost:80/v1"),
        (
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "keys.example.com"},
            "https://keys.example.com/v1",
        ),
        (
            {"X-Forwarded-Host": "example.com:8443", "X-Forwarded-Prefix": "/key-manager"},
            "http://example.com:8443/key-manager/v1",
        ),
        (
            {"Forwarded": "for=192.0.2.60;proto=https;host=keys.example.com, for=10.0.0.1;proto=http"},
            "https://keys.example.com/v1",
        ),
        ({"Forwarded": 'proto=https;host="keys.example.com:8443"'}, "https://keys.example.com:8443/v1"),
        (
            {"Forwarded": "proto=http;host=new.example.com", "X-Forwarded-Proto": "https"},
            "http://new.example.com/v1",
        ),
    ],
)
def test_references_follow_the_proxys_headers(
    proxied: Instance, headers: dict[str, str], expected: str
) -> None:
    """X-Forwarded-Proto, -Host and -Prefix, or Forwarded (RFC 7239), which wins."""
    assert reference(proxied, headers) == expected


@pytest.mark.parametrize("host", ["evil.example.com/path", "a b", "user@evil.example.com", "x" * 256])
def test_what_is_no_host_is_not_put_into_references(proxied: Instance, host: str) -> None:
    """The server's own name is taken instead."""
    assert reference(proxied, {"X-Forwarded-Host": host}) == "http://localhost:80/v1"


@pytest.mark.parametrize("scheme", ["javascript", "ftp", "HTTPSX", '"'])
def test_a_scheme_that_is_none_of_the_webs_is_http(proxied: Instance, scheme: str) -> None:
    assert reference(proxied, {"X-Forwarded-Proto": scheme}) == "http://localhost:80/v1"


def test_the_version_document_follows_too(proxied: Instance) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "e.com", "X-Forwarded-Prefix": "/km"}
    answer = proxied.caller().get("/", version="1.1", headers=headers)
    assert answer.json["versions"][0]["links"][0]["href"] == "https://e.com/km/v1/"


def test_as_shipped_only_the_scheme_is_taken(direct: Instance) -> None:
    """Any client can send these headers, so none but X-Forwarded-Proto has an effect without the option."""
    headers = {
        "X-Forwarded-Host": "evil.example.com",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example.com;proto=http",
        "X-Forwarded-Proto": "https",
    }
    assert reference(direct, headers) == "https://localhost:80/v1"


def test_a_configured_address_always_wins(new_instance: Callable[..., Instance]) -> None:
    mine = new_instance(f"host_href = https://keys.example.com\n{PARSING}", worker=False)
    headers = {"X-Forwarded-Host": "other.example.com", "X-Forwarded-Proto": "http"}
    assert reference(mine, headers) == "https://keys.example.com/v1"


def test_a_proxy_changes_nothing_else(proxied: Instance) -> None:
    """A secret that came through the proxy is found without it, by its path."""
    caller = proxied.caller()
    headers = {"X-Forwarded-Prefix": "/km", "X-Forwarded-Host": "e.com"}
    ref = caller.post(
        "/v1/secrets", {"payload": "p", "payload_content_type": "text/plain"}, headers=headers
    ).json["secret_ref"]
    assert caller.get(f"/v1/secrets/{ref.rpartition('/')[2]}/payload", headers=headers).body == b"p"
