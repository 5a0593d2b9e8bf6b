"""Requests that no client should send, for each route of the key manager.

A case is a good request with one thing spoilt. Every one of them must get a 4xx with the JSON error body,
and where a field, a header or a parameter is to blame, the description names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.support.caller import ABSENT, Raw

_TEN_MEGABYTES = b'{"name": "' + b"x" * 10_000_000 + b'"}'
_ID = "6f5b3f9e-1b39-4cb3-9d5c-7a2b1f7e9a01"

BAD_IDS: Mapping[str, str] = {
    "a word": "nonsense",
    "one blank": " ",
    "a NUL": "\x00",
    "a NUL at the end": f"{_ID}\x00",
    "upper case": _ID.upper(),
    "no hyphens": _ID.replace("-", ""),
    "braces": f"{{{_ID}}}",
    "a urn": f"urn:uuid:{_ID}",
    "a blank at the end": f"{_ID} ",
    "a line's end": f"{_ID}\n",
    "one digit less": _ID[:-1],
    "one digit more": f"{_ID}0",
    "version 1": "6f5b3f9e-1b39-11b3-9d5c-7a2b1f7e9a01",
    "no variant": "6f5b3f9e-1b39-4cb3-1d5c-7a2b1f7e9a01",
    "nobody's": _ID,
    "the nil id": "00000000-0000-0000-0000-000000000000",
    "dots": "..",
    "a percent sign": "%2e%2e",
    "an encoded slash, decoded by the server": "a/b/c/d",
    "10,000 characters": "x" * 10_000,
    "not UTF-8": "\xff\xfe",
    "UTF-8": "\xd9\xa1" * 36,
    "SQL": "' or 1=1 --",
    "a wildcard": "%",
    "a number": "1",
}

BAD_TEXT_IDS = {
    kind: BAD_IDS[kind]
    for kind in (
        "a NUL",
        "a NUL at the end",
        "an encoded slash, decoded by the server",
        "10,000 characters",
        "not UTF-8",
    )
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One spoilt request."""

    kind: str
    request: Raw
    names: str = ""  # what the description must name


@dataclass(frozen=True, kw_only=True)
class Route:
    """A good request of one route, and what can be spoilt about it.

    The path may hold ``{id}`` and the body ``@id@``: what stands there is made for each route anew.
    Of a path with two ids both may be made, with a blank between.
    """

    name: str  # METHOD /path, as in the route table
    makes: str = ""  # what {id} must be the id of
    roles: str | None = None  # of the caller, where an admin may not
    any_id: bool = False  # whether {id} may be nearly any text
    body: bytes = b""
    content_type: str | None = None
    version: str = "1.2"
    any_role: bool = False  # whether every caller may
    json_only: bool = True  # whether the Accept header may ask for JSON only
    query: tuple[str, ...] = ()  # parameters that are texts
    spoilt_queries: tuple[tuple[str, str], ...] = ()
    spoilt_bodies: tuple[Case, ...] = field(default=(), repr=False)

    def good(self, thing: str, project: str) -> Raw:
        """The request as it should be."""
        method, _, path = self.name.partition(" ")
        headers = {"X-Project-Id": project, "OpenStack-API-Version": f"key-manager {self.version}"}
        if self.content_type is not None:
            headers["Content-Type"] = self.content_type
        if self.roles is not None:
            headers["X-Roles"] = self.roles
        body = self.body.replace(b"@id@", thing.encode())
        return Raw(method=method, path=filled(path, thing), headers=headers, body=body)

    def cases(self, thing: str, project: str) -> Iterator[Case]:
        """Every spoilt form of the request."""
        good = self.good(thing, project)
        yield from _bad_callers(good)
        yield from _bad_versions(good)
        yield from _bad_methods(good)
        if not self.any_role:
            yield Case(kind="a role of no rights", request=_with(good, X_Roles="nobody"))
            yield Case(kind="10,000 roles of no rights", request=_with(good, X_Roles="x," * 10_000))
        if self.json_only:
            for accept in ("text/html", "application/json;q=0", "image/*, text/plain"):
                yield Case(kind=f"Accept {accept}", request=_with(good, Accept=accept))
        if "{id}" in self.name:
            for kind, bad in (BAD_TEXT_IDS if self.any_id else BAD_IDS).items():
                path = self.name.partition(" ")[2].replace("{id}", bad)
                yield Case(kind=f"id: {kind}", request=replace(good, path=path))
        yield from self._bad_queries(good)
        if self.content_type is not None:
            yield from _bad_transfers(good)
        for case in self.spoilt_bodies:
            body = case.request.body.replace(b"@id@", thing.encode())
            yield replace(case, request=replace(good, body=body))

    def _bad_queries(self, good: Raw) -> Iterator[Case]:
        for kind, query in self.spoilt_queries:
            yield Case(kind=f"query: {kind}", request=replace(good, query=query))
        if not self.query:
            return
        for name in self.query:
            for kind, value in (("not UTF-8", "%ff"), ("a NUL", "a%00b"), ("half a sign", "%e2%82")):
                yield Case(kind=f"query: {kind} in {name}", request=replace(good, query=f"{name}={value}"))
        many = "&".join(f"p{number}=x" for number in range(5_000))
        for kind, query in (
            ("5,000 parameters", many),
            ("5,000 separators", "&" * 5_000),
            ("a NUL in a name", "a%00=x"),
            ("a name not UTF-8", "%ff=x"),
            ("raw bytes", "x=\xff"),
            ("a surrogate", "x=%ed%a0%80"),
        ):
            yield Case(kind=f"query: {kind}", request=replace(good, query=query))


def filled(path: str, thing: str) -> str:
    """The path with its ids: the first and the last of those that were made."""
    made = thing.split() or [""]
    return path.replace("{id}", made[0], 1).replace("{id}", made[-1])


def _with(request: Raw, **headers: str) -> Raw:
    """The request with other headers; an underscore in a name stands for a hyphen."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(request, headers=dict(request.headers or {}) | changed)


def _without(request: Raw, name: str) -> Raw:
    return replace(request, headers={k: v for k, v in (request.headers or {}).items() if k != name})


def _bad_callers(good: Raw) -> Iterator[Case]:
    yield Case(kind="no project", request=_without(good, "X-Project-Id"), names="X-Project-Id")
    yield Case(kind="a blank project", request=_with(good, X_Project_Id="  "), names="X-Project-Id")
    for header in ("X-Project-Id", "X-User-Id", "X-Domain-Id", "X-User-Domain-Id", "X-Project-Domain-Id"):
        for kind, value in (
            ("too long", "x" * 256),
            ("far too long", "x" * 70_000),
            ("not UTF-8", "\xff\xfe"),
            ("a NUL", "a\x00b"),
        ):
            request = _with(good, **{header: value})
            yield Case(kind=f"{header}: {kind}", request=request, names=header)


def _bad_versions(good: Raw) -> Iterator[Case]:
    for version in (
        "",
        "x",
        "1.1",
        "key-manager",
        "key-manager 1",
        "key-manager 1.1.1",
        "key-manager 1.1\x00",
    ):
        request = _with(good, OpenStack_API_Version=version)
        yield Case(kind=f"version {version!r}", request=request, names="OpenStack-API-Version")
    for version in ("1.99", "2.0", "0.1"):
        request = _with(good, OpenStack_API_Version=f"key-manager {version}")
        yield Case(kind=f"version {version}", request=request, names=version)
    request = _with(good, OpenStack_API_Version="x" * 70_000)
    yield Case(kind="a version far too long", request=request, names="OpenStack-API-Version")


def _bad_methods(good: Raw) -> Iterator[Case]:
    for method in ("HEAD", "OPTIONS", "TRACE", "BREW", good.method.lower(), "", "X" * 10_000):
        yield Case(kind=f"method {method[:20]}", request=replace(good, method=method))


def _bad_transfers(good: Raw) -> Iterator[Case]:
    """Bodies that do not arrive as they should."""
    for length in ("-1", "x", "1.5", "1e3", "0x10", "\xb2", "1 2", "+5"):
        request = replace(good, length=length)
        yield Case(kind=f"Content-Length {length!r}", request=request, names="Content-Length")
    for length in (str(len(good.body) + 1), "25000", "25001", "9" * 30, str(2**63)):
        request = replace(good, length=length)
        yield Case(kind=f"Content-Length {length}", request=request, names="Content-Length")
    yield Case(kind="empty", request=replace(good, body=b""))
    yield Case(kind="a length of 0", request=replace(good, length="0"))
    yield Case(kind="no length, and no end marked", request=replace(good, length=None, ended=False))
    yield Case(kind="10 MB", request=replace(good, body=_TEN_MEGABYTES))
    yield Case(kind="10 MB in chunks", request=replace(good, body=_TEN_MEGABYTES, length=None))
    yield Case(kind="one byte too many", request=replace(good, body=b" " * 25_001))
    yield Case(kind="one byte too many, in chunks", request=replace(good, body=b" " * 25_001, length=None))
    yield Case(kind="no Content-Type", request=_without(good, "Content-Type"))
    for kind in ("nonsense", "application/xml", "multipart/form-data; boundary=x", "x" * 70_000, "\xff/\x00"):
        yield Case(kind=f"Content-Type {kind[:20]!r}", request=_with(good, Content_Type=kind))


def bodies(*cases: tuple[str, bytes] | tuple[str, bytes, str]) -> tuple[Case, ...]:
    """Cases that differ from the good request in the body only."""
    return tuple(
        Case(kind=f"body: {kind}", request=Raw(method="", path="", body=body), names="".join(names))
        for kind, body, *names in cases
    )


def not_json(good: Mapping[str, Any]) -> tuple[Case, ...]:
    """Bodies that are not the JSON object that ``good`` is."""
    text = orjson.dumps(good)
    deep = 100_000
    return bodies(
        *(
            (repr(body), body)
            for body in (b"[]", b"null", b"5", b'"x"', b"true", b"{", b"}", b"{]", b"x", b"\x00")
        ),
        ("cut short", text[:-1]),
        ("two objects", text + text),
        ("a trailing comma", text[:-1] + b",}"),
        ("a comment", text + b"// x"),
        ("single quotes", text.replace(b'"', b"'")),
        ("NaN", text[:-1] + b', "x": NaN}'),
        ("Infinity", text[:-1] + b', "x": -Infinity}'),
        ("a lone surrogate", text[:-1] + b', "x": "\\ud800"}'),
        ("a lone surrogate in a name", text[:-1] + b', "\\udfff": 1}'),
        ("a control character", text[:-1] + b', "x": "\n"}'),
        ("not UTF-8", text[:-1] + b', "x": "\xff"}'),
        ("an encoded surrogate", text[:-1] + b', "x": "\xed\xa0\x80"}'),
        ("UTF-16", text.decode().encode("utf-16")),
        ("UTF-32", text.decode().encode("utf-32-le")),
        ("a byte order mark", b"\xef\xbb\xbf" + text),
        ("deep lists", text[:-1] + b', "x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}"),
        ("deep objects", text[:-1] + b', "x": ' + b'{"x":' * 2_000 + b"1" + b"}" * 2_000 + b"}"),
        ("100,000 lists", b"[" * deep),
        ("a form", b"name=x&payload=y"),
        ("XML", b"<secret/>"),
    )


def spoilt(
    good: Mapping[str, Any], name: str, values: Iterable[Any], inside: str = "", blame: str | None = None
) -> tuple[Case, ...]:
    """The good object with one member replaced; ABSENT leaves it out.

    :param inside: the member of ``good`` that holds the one to be replaced.
    :param blame: what the description must name, if not the member.
    """
    cases = []
    for value in values:
        held = dict(good[inside] if inside else good)
        held.pop(name, None)
        if value is not ABSENT:
            held[name] = value
        body = dumps(dict(good) | {inside: held} if inside else held)
        cases.append((f"{inside}.{name}={str(value)[:20]!r}", body, name if blame is None else blame))
    return bodies(*cases)


def dumps(value: object) -> bytes:
    """JSON with integers of any size, which orjson does not write."""
    if isinstance(value, dict):
        return b"{" + b",".join(orjson.dumps(k) + b":" + dumps(v) for k, v in value.items()) + b"}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).encode()
    return orjson.dumps(value)


NO_TEXT = (5, 1.5, True, [], {}, ["x"], {"x": 1})
NO_NAME = (*NO_TEXT, "x" * 256, "a\x00b")
NO_SIZE = ("256", 1.5, 256.5, True, False, [], {}, None, 0, -1, -256, 32_768, 2**31, 2**63, 2**64, 10**300)
NO_DATE = (
    *NO_NAME,
    *("x", "2020-01-01", "2999-13-01", "2999-02-30", "2999-01-01T25:00", "2999-01-01T00:00+99:00"),
    *("99999-01-01", "0000-01-01", "1e9", "now", "9999-12-31T23:59:59-23:59"),
)
