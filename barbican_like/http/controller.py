"""What happens around every handler, in the order of checks that clients know.

A controller serves one pattern of the route table. Its methods ``on_get``, ``on_post`` ... each carry one
:class:`Operation`. They are given the request, what :meth:`Controller.lookup` has found and the body, and
return what goes out as JSON, a :class:`Reply`, a :class:`Raw`, or None for an answer without a body.

The order of checks: the microversion, the method, the lookup (404), the Accept header (406), the policy
(403), the Content-Type (415), the body (400, 413), the handler, the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

import orjson
import webob

from barbican_like.common.errors import InvalidInput, MethodNotAllowed, UnsupportedMediaType, UnusableField
from barbican_like.http import microversion
from barbican_like.http.context import ENVIRON_KEY
from barbican_like.http.edge.measuring import NOWHERE
from barbican_like.http.frame import Frame
from barbican_like.http.openapi.described import Answer, Content
from barbican_like.http.policy import Target
from barbican_like.http.problems import Problem, problem_of
from barbican_like.http.request import Request
from barbican_like.http.schema import Located, Schema, Value
from barbican_like.model.unit_of_work import Reading, UnitOfWork

H = TypeVar("H", bound=Callable[..., Any])
S = TypeVar("S")

Body = Value[Any] | Callable[[Any], Value[Any]]
"""The schema of a JSON body; where it depends on the configuration, what makes it of the mount's bounds."""

Parameters = tuple[Schema, ...] | Callable[[Any], tuple[Schema, ...]]
"""Parameters of the query or headers, as OpenAPI has them; or what makes them of the mount's bounds."""

JSON: Final = "application/json"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Access(Enum):
    """Who may do an operation, where that is not said by one policy rule."""

    OPEN = "open"  # anybody who gets this far
    ASKS_ITSELF = "asks itself"  # the handler asks the policy, since what to ask depends on the request


OPEN: Final = Access.OPEN
ASKS_ITSELF: Final = Access.ASKS_ITSELF


@dataclass(frozen=True, slots=True)
class Operation:
    """What a handler needs done before it runs, and how the OpenAPI document shows it; marks the handler.

    Error answers that follow from it (400, 401, 403, 404, 406, 413, 415, 503) are added by the document.
    """

    name: str  # as clients read it in error texts
    _: KW_ONLY
    rule: str | Access  # the policy rule that is asked before the handler runs
    rules: tuple[str, ...] = ()  # those that the handler asks by itself
    body: Body | None = None  # of a JSON body: what it must look like
    media_types: tuple[str, ...] = ()  # of a body that the handler reads by itself
    any_accept: bool = False  # the handler negotiates by itself

    id: str = ""  # operationId, unique; empty for what stands in no route table
    paged: bool = False  # takes limit, offset and marker
    parameters: (
        tuple[Schema, ...] | Callable[[Any], tuple[Schema, ...]]
    ) = ()  # or what makes them of the bounds
    examples: Mapping[str, Any] = field(default_factory=dict)  # JSON bodies by name, each accepted as it is
    content: Callable[[Any], Mapping[str, Content]] | None = (
        None  # of the bounds, by media type: other bodies
    )
    answers: Mapping[int, Answer] = field(default_factory=dict)  # those that are no errors
    errors: tuple[int, ...] = ()  # statuses of errors besides those that are added

    def __call__(self, handler: H) -> H:
        """Mark a handler."""
        handler.operation = self  # type: ignore[attr-defined]
        return handler

    def shown_parameters(self, bounds: Any) -> tuple[Schema, ...]:
        """How the OpenAPI document shows its parameters.

        :param bounds: of the mount.
        """
        return self.parameters(bounds) if callable(self.parameters) else self.parameters

    def schema(self, bounds: Any) -> Value[Any] | None:
        """The JSON body's schema, None where there is none.

        :param bounds: of the mount.
        """
        return self.body if self.body is None or isinstance(self.body, Value) else self.body(bounds)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose status is not 200, or that has headers of its own."""

    content: object  # goes out as JSON
    status: int
    location: str | None = None  # of what was made, or of the list that it is in
    headers: tuple[tuple[str, str], ...] = ()  # further ones


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is not JSON."""

    content: bytes
    media_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()  # further ones


class _Handler(NamedTuple):
    call: Callable[..., Any]
    operation: Operation
    schema: Value[Any] | None  # of its JSON body


class Controller(Generic[S]):
    """Serves one pattern of the route table; one object serves all requests.

    :param frame: what the frame serves with.
    :param services: what its room gives its controllers.
    """

    default_operation: ClassVar[str] = "Request"
    route = NOWHERE  # the template of its path, once it has one

    def __init__(self, frame: Frame, services: S) -> None:
        self.frame = frame
        self.services = services
        self._handlers: Mapping[str, _Handler] = {
            method: _Handler(handler, handler.operation, handler.operation.schema(frame.bounds))
            for method in METHODS
            if (handler := getattr(self, f"on_{method.lower()}", None)) is not None
        }
        self.allowed = tuple(self._handlers)

    def lookup(self, req: Request, *ids: str) -> Sequence[Any]:
        """What the path names, handed to the handler; nothing for a collection.

        :raises NotFound: when there is no such thing.
        """
        return ids

    def target(self, found: Sequence[Any]) -> Target | None:
        """What the policy is asked about; None for a collection."""
        return None

    def handle(self, req: Request, resp: webob.Response, *ids: str) -> webob.Response:
        """Serve one request; whatever happens becomes an answer."""
        request_id = req.environ[ENVIRON_KEY].request_id
        name = self.default_operation
        req.frame = self.frame
        try:
            req.minor = microversion.parse(req.environ.get("HTTP_OPENSTACK_API_VERSION"))
            handler = self._find(req)
            name = handler.operation.name
            database, actor = self.frame.database, req.caller.user_id
            with Reading(database) as view, UnitOfWork(database, actor) as uow:
                req.view, req.uow = view, uow
                result = self._run(handler, req, ids)
                uow.commit()
        except Exception as error:  # noqa: BLE001  boundary: every error becomes one mapped answer
            return _refuse(resp, problem_of(error, name, request_id), self._common_headers(req, request_id))
        return _answer(resp, result, self._common_headers(req, request_id))

    def _common_headers(self, req: Request, request_id: str) -> list[tuple[str, str]]:
        return [
            ("x-openstack-request-id", request_id),
            *microversion.headers(req.minor),
            *self.frame.headers(req),
        ]

    def _find(self, req: Request) -> _Handler:
        handler = self._handlers.get(req.environ["REQUEST_METHOD"])
        if handler is None:
            raise MethodNotAllowed(self.allowed)
        return handler

    def _run(self, handler: _Handler, req: Request, ids: tuple[str, ...]) -> object:
        call, operation, schema = handler
        found = self.lookup(req, *ids)
        if not operation.any_accept:
            req.require_json_accept()
        if isinstance(operation.rule, str):
            self.frame.policy.require(operation.rule, req.caller, self.target(found), operation.name)
        if schema is not None:
            _require_media_type(req, (JSON,))
            return call(req, *found, schema.parse(json_of(req, schema)))
        if operation.media_types:
            _require_media_type(req, operation.media_types)
        return call(req, *found)


def json_of(req: Request, schema: Value[Any]) -> Any:
    """The body as JSON.

    :raises InvalidInput: when it is none; where faults name their place, this one is the body's as a whole.
    """
    try:
        return req.body_json
    except InvalidInput as error:
        if isinstance(schema, Located):
            raise UnusableField("", error.message) from None
        raise


def _require_media_type(req: Request, expected: tuple[str, ...]) -> None:
    if req.media_type not in expected:
        raise UnsupportedMediaType(list(expected))


def _answer(resp: webob.Response, result: object, headers: list[tuple[str, str]]) -> webob.Response:
    if result is None:
        resp.status_int = 204
        resp.app_iter = []
        resp.headerlist = headers
        return resp
    media_type = JSON
    if isinstance(result, Raw):
        content, media_type, resp.status_int = result.content, result.media_type, result.status
        headers += result.headers
    elif isinstance(result, Reply):
        content, resp.status_int = orjson.dumps(result.content), result.status
        if result.location is not None:
            headers.append(("Location", result.location))
        headers += result.headers
    else:
        content = orjson.dumps(result)
    headers += [("Content-Type", media_type), ("Content-Length", str(len(content)))]
    resp.headerlist = headers
    resp.app_iter = [content]
    return resp


def _refuse(resp: webob.Response, problem: Problem, headers: list[tuple[str, str]]) -> webob.Response:
    content = problem.body()
    resp.status_int = problem.status.value
    resp.headerlist = [
        *headers,
        *problem.headers,
        ("Content-Type", JSON),
        ("Content-Length", str(len(content))),
    ]
    resp.app_iter = [content]
    return resp
