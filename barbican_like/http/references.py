"""References to resources, as they stand in answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from barbican_like.common.live_address import HOST
from barbican_like.http import query
from barbican_like.http.request import Request
from barbican_like.model.lists import Part
from barbican_like.model.models import Page

T = TypeVar("T")

# A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port (RFC 3986 section 3.2.2).
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)


def base(req: Request) -> str:
    """The address that references begin with, the room's prefix included.

    A configured one always wins; else it is made of what the request came by.
    """
    return req.reference_base or _remember_base(req)


def _remember_base(req: Request) -> str:
    req.reference_base = root(req) + req.frame.prefix
    return req.reference_base


def root(req: Request) -> str:
    """The address without the room's prefix."""
    configured = req.frame.host_href
    if configured:
        return configured.rstrip("/")
    environ = req.environ
    scheme = "https" if environ.get("HTTP_X_FORWARDED_PROTO", "").strip().lower() == "https" else "http"
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    mounted_at = environ.get("SCRIPT_NAME", "").rstrip("/")
    return f"{scheme}://{host}{mounted_at.removesuffix(req.frame.prefix)}"


def to(req: Request, collection: str, entity_id: str) -> str:
    """The reference of one entity."""
    return f"{base(req)}/{collection}/{entity_id}"


def paged(
    req: Request,
    collection: str,
    part: Part[T],
    show: Callable[[T], Any] | None = None,
    *,
    member: str | None = None,
) -> dict[str, Any]:
    """A list's answer: a page's items, the total, and links to the pages around, filters kept.

    :param collection: the list's path below the prefix, whose last word names the items.
    :param show: an item as the answer has it; None where the items are so.
    :param member: the name of the items where it is another.
    """
    page = req.page
    items = part.items if show is None else [show(item) for item in part.items]
    answer: dict[str, Any] = {member or collection.rpartition("/")[2]: items}
    answer["total"] = req.view.total(part)
    if page.offset > 0:
        before = max(0, page.offset - page.limit)
        # The first page needs no marker, and shall be full whatever has come or gone meanwhile.
        marker = part.earlier if before else None
        answer["previous"] = _link(req, collection, Page(offset=before, limit=page.limit, marker=marker))
    if part.later is not None:
        behind = Page(offset=page.offset + page.limit, limit=page.limit, marker=part.later)
        answer["next"] = _link(req, collection, behind)
    return answer


def _link(req: Request, collection: str, page: Page) -> str:
    filters = {name: value for name, value in req.query.items() if name not in query.OF_PAGES}
    words = {"limit": page.limit, "offset": page.offset} | filters | query.marker_of(page)
    return f"{base(req)}/{collection}?{urlencode(words)}"


def to_this_machine(req: Request, url: str) -> str:
    """An address that may have :data:`barbican_like.common.live_address.HOST` in it, for who calls."""
    host = urlsplit(root(req)).hostname or ""
    return url.replace(HOST, f"[{host}]" if ":" in host else host)
