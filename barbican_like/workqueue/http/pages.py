"""Pages of this room's lists: plain arrays, with the way to the next one in a Link header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from barbican_like.http import references
from barbican_like.http.controller import Reply
from barbican_like.http.request import Request
from barbican_like.workqueue.http.values import Page

T = TypeVar("T")


def linked(
    req: Request,
    path: str,
    page: Page,
    rows: Sequence[T],
    *,
    key: Callable[[T], int],
    show: Callable[[T], Any],
) -> Reply:
    """A page of a list.

    :param path: the list's, below the prefix.
    :param rows: those of the page, and of one more key where there is one.
    :param key: what pages are counted by, and the marker; rows of one key stay together.
    :param show: a row as the answer has it.
    """
    keys = list(dict.fromkeys(key(row) for row in rows))
    wanted = set(keys[: page.limit])
    items = [show(row) for row in rows if key(row) in wanted]
    headers: tuple[tuple[str, str], ...] = ()
    if len(keys) > page.limit:
        kept = {name: word for name, word in req.query.items() if name not in {"limit", "marker"}}
        query = urlencode(kept | {"limit": page.limit, "marker": keys[page.limit - 1]})
        headers = (("Link", f'<{references.base(req)}/{path}?{query}>; rel="next"'),)
    return Reply(items, 200, headers=headers)
