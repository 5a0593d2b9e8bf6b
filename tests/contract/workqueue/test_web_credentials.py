"""Where a site's credential is shown: to its own machine and port, however the URL is written."""

from __future__ import annotations

import base64

import httpx
import pytest

from barbican_like.workqueue.protocols.web import Web, WebAddress
from tests.contract.workqueue.test_storages import LOCAL

BASIC = f"Basic {base64.b64encode(b'u:p').decode()}"
URLS = [
    "https://host.example/x",
    "https://Host.Example/x",
    "https://host.example:443/x",
    "https://xn--bcher-kva.example/x",
    "https://bücher.example/x",
]


def shown(site: str, url: str) -> str | None:
    web = Web(WebAddress(url=site), LOCAL, {"username": "u", "password": "p"}, look="HEAD")
    try:
        return web._request("GET", httpx.URL(url), {}, None, 1.0).headers.get("Authorization")
    finally:
        web.close()


@pytest.mark.parametrize("url", URLS)
def test_it_is_shown_to_the_site_itself(url: str) -> None:
    assert shown(url, f"{url}/file") == BASIC


@pytest.mark.parametrize(
    "url", ["http://host.example/x", "https://host.example:8443/x", "https://host.example.org/x"]
)
def test_it_is_shown_to_nobody_else(url: str) -> None:
    assert shown("https://host.example/x", url) is None
