"""Pecan as this program uses it: explicit requests, one route table, no guessing.

Pecan's own dispatch walks objects, reads each handler's signature anew on every call and matches the
Accept header against file types. Here the table says who serves a path, and every controller has the
same ``handle(req, resp, *ids)``, so those steps are replaced by a look-up.
"""

from __future__ import annotations

from typing import Any

import webob
from pecan.core import ExplicitPecan

from barbican_like.http.edge.measuring import NOWHERE, ROUTE
from barbican_like.http.request import Request
from barbican_like.http.router import Router


class Application(ExplicitPecan):  # type: ignore[misc]  # pecan has no types
    """A WSGI application that serves one route table.

    :param router: finds the controller of a path.
    """

    def __init__(self, router: Router) -> None:
        super().__init__(router, request_cls=Request, response_cls=webob.Response, force_canonical=False)

    def find_controller(self, state: Any) -> tuple[Any, list[Any], dict[str, Any]]:
        """The handler of a request with its arguments."""
        controller, ids = self.root.find(state.request.environ["PATH_INFO"])
        state.controller = controller
        # Methods that a route does not have would be series of the metrics that callers make at will.
        is_served = state.request.environ["REQUEST_METHOD"] in controller.allowed
        state.request.environ[ROUTE] = controller.route if is_served else NOWHERE
        return controller.handle, [state.request, state.response, *ids], {}

    def invoke_controller(self, controller: Any, args: list[Any], kwargs: dict[str, Any], state: Any) -> None:
        """Call it; it answers every request, also those that fail."""
        state.response = controller(*args, **kwargs)
