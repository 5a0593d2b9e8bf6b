"""Lets some calls in without credentials; all others go the way of those who say who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

_CREDENTIALS: Final = ("HTTP_AUTHORIZATION", "HTTP_X_AUTH_TOKEN", "HTTP_X_PROJECT_ID")


class Doors:
    """A WSGI application made of two.

    :param others: for whoever says who he is, and for all that is not named.
    :param anonymous: for who says nothing of himself and makes one of the calls.
    :param calls: those, each as a method and a path; what is below a path is meant too.
    """

    def __init__(
        self, others: Callable[..., Any], anonymous: Callable[..., Any], calls: Sequence[tuple[str, ...]]
    ) -> None:
        self._others, self._anonymous = others, anonymous
        self._calls = [(method, path.rstrip("/")) for method, path in calls]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand on."""
        chosen = self._anonymous if self._is_open(environ) else self._others
        answer: Iterable[bytes] = chosen(environ, start_response)
        return answer

    def _is_open(self, environ: dict[str, Any]) -> bool:
        if any(name in environ for name in _CREDENTIALS):
            return False
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "").rstrip("/")
        return any(
            method == one and (path == place or path.startswith(f"{place}/")) for one, place in self._calls
        )
