"""The edge: takes requests from granian's event loop, and gives the WSGI application whole ones.

Headers and body are read on the loop, each within its bounds of time and size, so that a caller who sends
half a request holds a few kilobytes and no thread. The application, which may wait, runs on a :class:`Crew`;
a read that waits for nothing is answered on the loop.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import monotonic
from typing import Any, Final, NamedTuple, Protocol

from barbican_like.common import ids
from barbican_like.common.errors import BarbicanError, HeadersTooLarge, InvalidInput, Overloaded
from barbican_like.http import microversion
from barbican_like.http.edge import environ
from barbican_like.http.edge.body import Stream, read_body
from barbican_like.http.edge.bounds import Bounds
from barbican_like.http.edge.connections import Connections
from barbican_like.http.edge.crew import Crew
from barbican_like.http.edge.environ import Scope
from barbican_like.http.edge.measuring import NOWHERE, ROUTE, Measure, unmeasured
from barbican_like.http.edge.waiting import Waiting
from barbican_like.http.problems import problem_of
from barbican_like.http.wish import MAY_WISH, WISH

WsgiApp = Callable[..., Iterable[bytes]]
Answer = tuple[int, list[tuple[str, str]], bytes]

HEALTHCHECK: Final = "/healthcheck"
_CLOSE: Final = ("connection", "close")
_LATEST: Final = 0.1
"""Seconds after which granian hears at the latest that a request is done; its answer has gone out before."""


class Exchange(Stream, Protocol):
    """What granian gives with a request: its body, and where the answer goes."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer; from any thread."""


class _Call(NamedTuple):
    """A request whose body is whole."""

    request_of: Callable[[], dict[str, Any]]  # its environment, a new one each time
    exchange: Exchange
    method: str
    is_last: bool  # of its connection
    begun: float  # when the request was whole


class Edge:
    """An RSGI application: a WSGI application behind the bounds.

    :param port: that this process listens on.
    :param measure: told of each request that was answered.
    """

    def __init__(
        self, application: WsgiApp, bounds: Bounds, port: int, measure: Measure = unmeasured
    ) -> None:
        self.port = port
        self._application = application
        self._bounds = bounds
        self._measure = measure
        self._requests: OrderedDict[str, int] = OrderedDict()  # on each connection, the latest last
        self._done: deque[asyncio.Future[None]] = deque()  # answered; granian has not heard of it
        self._connections = Connections(port, most=bounds.connections, answer_seconds=bounds.answer_seconds)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, on granian's loop."""
        bounds = self._bounds
        self._loop = loop
        self._crew = Crew(loop, few=bounds.threads, most=bounds.most_threads, waiting=bounds.waiting)
        self._waiting = Waiting(loop, self._crew, most=bounds.waiting)
        # Whoever asks whether this process lives does not wait behind the others.
        self._watch = Crew(loop, few=1, most=1, waiting=bounds.waiting)
        self._connections.start()
        self._finish_later()

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """End."""
        self._connections.stop()
        self._crew.stop()
        self._watch.stop()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Serve one request."""
        if self._done:
            self._finish()
        headers = scope.headers.items()
        begun = monotonic()
        try:
            self._check(scope, headers)
            body = await read_body(exchange, scope.headers, self._bounds)
            begun = monotonic()
            request_of = partial(environ.build, scope, headers, body)
            call = _Call(request_of, exchange, scope.method, self._is_last(scope.client), begun)
            if self._waits_for_nothing(scope):
                request = request_of()
                self._send(call, self._ask(request, may_wish=False), request)
                return
            done = self._loop.create_future()
            crew = self._watch if scope.path == HEALTHCHECK else self._crew
            crew.work(partial(self._work, call, done))
        except BarbicanError as error:
            answer = _refusal(error)
            exchange.response_bytes(*answer)
            self._measure(scope.method, NOWHERE, answer[0], monotonic() - begun)
            return
        await done

    def _check(self, scope: Scope, headers: Sequence[tuple[str, str]]) -> None:
        size = len(scope.path) + len(scope.query_string)
        for name, value in headers:
            size += len(name) + len(value) + 4  # a colon, a space, the end of the line
        if size > self._bounds.header_bytes:
            raise HeadersTooLarge
        lost = environ.unreadable(scope.headers, headers)
        if lost:
            raise InvalidInput(f"The value of the header {lost} is not ASCII")

    def _is_last(self, connection: str) -> bool:
        """Count a request; whether its connection has brought as many as it may."""
        requests = self._requests
        number = requests.pop(connection, 0) + 1
        if number >= self._bounds.requests:
            return True
        requests[connection] = number
        if len(requests) > 2 * self._bounds.connections:
            requests.popitem(last=False)
        return False

    def _waits_for_nothing(self, scope: Scope) -> bool:
        """Whether a request costs its own time only; beside busy threads it would wait for their turns."""
        in_place = self._bounds.in_place
        return (
            in_place is not None
            and scope.method == "GET"
            and in_place.fullmatch(f"{scope.path}?{scope.query_string}") is not None
            and self._crew.is_idle()
        )

    def _work(self, call: _Call, done: asyncio.Future[None], *, may_wish: bool = True) -> None:
        """On a thread of the crew: answer now, or when the application's wish is fulfilled."""
        request = call.request_of()
        answer = self._ask(request, may_wish=may_wish)
        if may_wish and WISH in request:
            again = partial(self._work, call, done, may_wish=False)
            then = partial(self._again, again, partial(self._end, call, answer, request, done))
            self._loop.call_soon_threadsafe(self._waiting.add, request[WISH], then)
        else:
            self._end(call, answer, request, done)

    def _again(self, again: Callable[[], None], otherwise: Callable[[], None]) -> None:
        """Ask once more; where too many wait for a thread, what was answered first is good enough."""
        try:
            self._crew.work(again)
        except Overloaded:
            otherwise()

    def _ask(self, request: dict[str, Any], *, may_wish: bool) -> Answer:
        """Call the application."""
        request[MAY_WISH] = may_wish
        try:
            return _call(self._application, request)
        except Exception as error:  # noqa: BLE001  boundary: every error becomes one answer
            return _refusal(error)

    def _end(self, call: _Call, answer: Answer, request: dict[str, Any], done: asyncio.Future[None]) -> None:
        self._send(call, answer, request)
        # To wake the loop for each would cost a tenth of a GET: the next request brings it along.
        self._done.append(done)

    def _send(self, call: _Call, answer: Answer, request: dict[str, Any]) -> None:
        status, headers, body = answer
        call.exchange.response_bytes(status, [*headers, _CLOSE] if call.is_last else headers, body)
        self._measure(call.method, request.get(ROUTE, NOWHERE), status, monotonic() - call.begun)

    def _finish(self) -> None:
        done = self._done
        while done:
            future = done.popleft()
            if not future.done():  # nor cancelled, as at the end
                future.set_result(None)

    def _finish_later(self) -> None:
        self._finish()
        self._loop.call_later(_LATEST, self._finish_later)


def _call(application: WsgiApp, request: dict[str, Any]) -> Answer:
    """What a WSGI application answers."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    content: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _failure: object = None
    ) -> Callable[[bytes], None]:
        begun[:] = [(status, headers)]
        return content.append

    parts = application(request, start_response)
    try:
        content.extend(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = begun[0]
    return int(status[:3]), headers, b"".join(content)


def _refusal(error: Exception) -> Answer:
    request_id = f"req-{ids.new_id()}"
    problem = problem_of(error, "Request", request_id)
    body = problem.body()
    headers = [
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("x-openstack-request-id", request_id),
        *microversion.headers(microversion.MIN_MINOR),
        *problem.headers,
        _CLOSE,
    ]
    return problem.status.value, headers, body
