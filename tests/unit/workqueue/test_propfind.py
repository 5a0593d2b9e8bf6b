"""WebDAV's listings: names of all kinds, times, and documents that are refused."""

from __future__ import annotations

import pytest

from barbican_like.common.hosts import Hosts
from barbican_like.workqueue.protocols import propfind
from barbican_like.workqueue.protocols.web import Web, WebAddress


def listing(*hrefs: str, more: str = "") -> bytes:
    responses = "".join(
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{more}</d:prop></d:propstat></d:response>"
        for href in hrefs
    )
    return f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{responses}</d:multistatus>'.encode()


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/a/line%0Afeed", b"/a/line\nfeed"),
        ("/a/%FF%FE", b"/a/\xff\xfe"),
        ("/a/%25%23%3F%3A+", b"/a/%#?:+"),
        ("/a/d/", b"/a/d"),
        ("http://host:1/a/x%20y", b"/a/x y"),
        ("/a/&quot;&amp;'", b"/a/\"&'"),
        ("/a/\u65e5", "/a/\u65e5".encode()),
    ],
)
def test_names_are_bytes_whatever_they_hold(href: str, path: bytes) -> None:
    assert [one.path for one in propfind.read([listing(href)])] == [path]


def test_an_answer_is_read_as_it_comes() -> None:
    """Byte by byte here; what is known of an entry is there once it has ended."""
    more = (
        "<d:resourcetype/><d:getcontentlength>4294967297</d:getcontentlength>"
        "<d:getlastmodified>Mon, 12 Jan 1998 09:25:56 GMT</d:getlastmodified>"
    )
    content = listing("/a", "/b", more=more)
    found = list(propfind.read(content[place : place + 1] for place in range(len(content))))
    assert [(one.path, one.size, one.mtime) for one in found] == [
        (b"/a", 2**32 + 1, 884597156.0),
        (b"/b", 2**32 + 1, 884597156.0),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<a>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><a/>',
    ],
)
def test_what_is_no_listing_is_refused(content: bytes) -> None:
    with pytest.raises(propfind.BadListing):
        list(propfind.read([content]))


def test_urls_hold_names_byte_for_byte() -> None:
    web = Web(WebAddress(url="http://host/a%20b/"), Hosts(), {}, look="HEAD")
    assert web.url(b"") == "http://host/a%20b"
    assert web.url(b"%\xff\n#?", directory=True) == "http://host/a%20b/%25%FF%0A%23%3F/"
    web.close()
