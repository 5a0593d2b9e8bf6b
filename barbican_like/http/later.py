"""Applications that stand behind their pipelines before they can serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from barbican_like.common.errors import Overloaded
from barbican_like.http.context import ENVIRON_KEY
from barbican_like.http.middleware.context import Refusal
from barbican_like.http.problems import problem_of

WsgiApp = Callable[..., Iterable[bytes]]

_REASON: Final = "what this process needs, such as its database, has not been there since it began"


class Later:
    """A WSGI application that answers 503 until it is given the one that serves."""

    def __init__(self) -> None:
        self._application: WsgiApp = _unavailable

    def become(self, application: WsgiApp) -> None:
        """Serve with this one from now on."""
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand on."""
        return self._application(environ, start_response)


def _unavailable(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    request_id = environ[ENVIRON_KEY].request_id
    problem = problem_of(Overloaded(_REASON), "Request", request_id)
    return Refusal(problem, request_id, _unavailable).answer(start_response)
