"""The edge over a double of granian's protocol: what is read, within which bounds, and what is answered."""

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self

import pytest
from granian.rsgi import ProtocolClosed

from barbican_like.http.edge.adapter import Edge
from barbican_like.http.edge.bounds import Bounds
from tests.unit.http.test_edge_environ import Asked, Told

BOUNDS = Bounds(
    request_bytes=10,
    header_bytes=300,
    body_seconds=5,
    pause_seconds=5,
    answer_seconds=5,
    connections=4,
    requests=3,
    threads=1,
    most_threads=3,
    waiting=4,
)
Parts = list[bytes]


class Exchange:
    """granian's side of one request: gives the parts of a body, keeps the answer.

    :param parts: of the body; after the last one, nothing comes if ``stalls``.
    """

    def __init__(self, *parts: bytes, stalls: bool = False) -> None:
        self._parts = list(parts)
        self._stalls = stalls
        self.read = 0
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.answered = threading.Event()

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[bytes]:
        given = asyncio.get_running_loop().create_future()
        if self._parts:
            part = self._parts.pop(0)
            self.read += len(part)
            given.set_result(part)
        elif not self._stalls:
            raise StopAsyncIteration  # at once, as granian does
        return given

    def __call__(self) -> Awaitable[bytes]:
        given = asyncio.get_running_loop().create_future()
        self.read = sum(map(len, self._parts))
        if self._parts.count(b"") > 1:
            given.set_exception(ProtocolClosed())
        elif not self._stalls:
            given.set_result(b"".join(self._parts))
        return given

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Keep it."""
        self.status, self.headers, self.body = status, dict(headers), body
        self.answered.set()

    def description(self) -> str:
        """Of an answer in the form of every error."""
        shown = json.loads(self.body)
        assert shown["code"] == self.status
        assert shown["title"]
        return str(shown["description"])


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answers the body, as much as its length says."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", 0)))]


Run = Callable[..., Exchange]


@contextmanager
def edge_of(application: Callable[..., Any] = echo, **bounds: float) -> Iterator[Run]:
    """An edge on a loop of its own; what it gives serves one request until its answer."""
    loop = asyncio.new_event_loop()
    edge = Edge(application, replace(BOUNDS, **bounds), port=1)
    edge.__rsgi_init__(loop)

    def run(
        *parts: bytes, headers: dict[str, str] | None = None, stalls: bool = False, **asked: str
    ) -> Exchange:
        exchange = Exchange(*parts, stalls=stalls)
        scope = Asked(Told(list((headers or {}).items())), **asked)
        loop.run_until_complete(asyncio.wait_for(edge.__rsgi__(scope, exchange), 20))
        return exchange

    try:
        yield run
    finally:
        edge.__rsgi_del__(loop)
        loop.close()


@pytest.fixture
def run() -> Iterator[Run]:
    """An edge before :func:`echo`."""
    with edge_of() as run:
        yield run


def whose_thread(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answers the name of the thread that it is called on."""
    start_response("200 OK", [])
    return [threading.current_thread().name.encode()]


CHUNKED = {"transfer-encoding": "chunked"}


def length(number: int) -> dict[str, str]:
    """The header."""
    return {"content-length": str(number)}


def test_a_request_without_a_body_is_not_read(run: Run) -> None:
    exchange = run(b"never asked for")
    assert (exchange.status, exchange.body, exchange.read) == (200, b"", 0)


@pytest.mark.parametrize("headers", [length(6), CHUNKED])
def test_a_body_arrives_whole(run: Run, headers: dict[str, str]) -> None:
    assert run(b"abc", b"def", b"", headers=headers, method="PUT").body == b"abcdef"


def test_an_empty_body_in_chunks(run: Run) -> None:
    exchange = run(b"", headers=CHUNKED, method="PUT")
    assert (exchange.status, exchange.body) == (200, b"")


@pytest.mark.parametrize(
    ("headers", "parts"),
    [(CHUNKED, [b"abc", b"", b""]), (length(6), [b"abc", b"", b""])],
    ids=["in chunks", "with a length"],
)
def test_a_body_that_breaks_off_is_refused(run: Run, headers: dict[str, str], parts: Parts) -> None:
    """It never reaches the application, where half of a payload would look like a whole one."""
    exchange = run(*parts, headers=headers, method="PUT")
    assert exchange.status == 400
    assert exchange.headers["connection"] == "close"


@pytest.mark.parametrize("headers", [length(5000), CHUNKED])
def test_of_a_body_that_is_too_large_the_application_sees_that_it_is(
    run: Run, headers: dict[str, str]
) -> None:
    """It is given one byte more than it takes, and answers 413 in its own order of checks."""
    exchange = run(b"a" * 2000, b"b" * 3000, b"", headers=headers, method="PUT")
    assert exchange.body == b"a" * (BOUNDS.request_bytes + 1)
    assert exchange.read == 5000


@pytest.mark.parametrize("headers", [length(10**9), length(11 + 1) | {"expect": "100-continue"}])
def test_a_body_not_worth_reading_is_refused_unread(run: Run, headers: dict[str, str]) -> None:
    """A huge one, and one whose sender waits for a word."""
    exchange = run(b"a", headers=headers, method="PUT")
    assert (exchange.status, exchange.read) == (413, 0)


def test_a_body_without_progress_is_given_up() -> None:
    with edge_of(pause_seconds=0.05) as run:
        exchange = run(b"abc", headers=length(6), method="PUT", stalls=True)
    assert exchange.status == 408
    assert exchange.description() == "The request did not come in time."
    assert exchange.headers["connection"] == "close"


def test_a_body_that_takes_too_long_is_given_up() -> None:
    with edge_of(body_seconds=0.05) as run:
        assert run(b"abc", headers=CHUNKED, method="PUT", stalls=True).status == 408


def test_headers_over_their_bound_are_refused(run: Run) -> None:
    assert run(headers={"accept": "a" * 300}).status == 431
    assert run(query_string="a" * 300).status == 431
    assert run(headers={"accept": "a" * 200}).status == 200


def test_the_last_request_of_a_connection_says_so(run: Run) -> None:
    """Each connection is counted by itself, and no more of them are remembered than there may be."""
    told = [run(client="127.0.0.1:1").headers.get("connection") for _ in range(BOUNDS.requests)]
    assert told == [None, None, "close"]
    run(client="127.0.0.1:2")
    for port in range(10, 10 + 2 * BOUNDS.connections):
        run(client=f"127.0.0.1:{port}")
    again = [run(client="127.0.0.1:2").headers.get("connection") for _ in range(2)]
    assert again == [None, None]


def test_an_application_that_fails_is_a_500_that_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_environ: object, _start_response: object) -> list[bytes]:
        raise RuntimeError("precious")

    with edge_of(broken) as run:
        exchange = run()
    assert exchange.status == 500
    assert "precious" not in exchange.description()
    assert "request.failed" in caplog.text


def test_what_an_application_writes_and_closes() -> None:
    closed = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"two"])

        def close(self) -> None:
            closed.append(True)

    def old(_environ: object, start_response: Callable[..., Any]) -> Parts:
        start_response("201 Created", [])(b"one ")
        return Parts()

    with edge_of(old) as run:
        exchange = run()
    assert (exchange.status, exchange.body, closed) == (201, b"one two", [True])


def requests_threads() -> int:
    """How many threads there are for requests."""
    return sum(thread.name == "request" for thread in threading.enumerate())


def test_requests_that_wait_hold_neither_others_nor_the_healthcheck() -> None:
    """With one thread: two requests wait, a third is served meanwhile, and so is the healthcheck.

    Afterwards there are as many threads as before.
    """
    lock = threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/waits":
            assert lock.wait(20)
        return echo(environ, start_response)

    async def all_of_them(edge: Edge) -> None:
        waiting = [Exchange(), Exchange()]
        tasks = [asyncio.ensure_future(edge.__rsgi__(Asked(Told([]), path="/waits"), one)) for one in waiting]
        for path in ("/healthcheck", "/v1/secrets"):
            other = Exchange()
            await asyncio.wait_for(edge.__rsgi__(Asked(Told([]), path=path), other), 10)
            assert other.status == 200
        assert not any(one.answered.is_set() for one in waiting)
        lock.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)
        assert all(one.status == 200 for one in waiting)
        while requests_threads() > before:
            await asyncio.wait_for(edge.__rsgi__(Asked(Told([])), Exchange()), 10)

    loop = asyncio.new_event_loop()
    edge = Edge(application, BOUNDS, port=1)
    edge.__rsgi_init__(loop)
    before = requests_threads()
    try:
        loop.run_until_complete(all_of_them(edge))
    finally:
        lock.set()
        edge.__rsgi_del__(loop)
        loop.close()


def test_more_waiting_requests_than_may_are_refused_at_once() -> None:
    """All threads that there may be wait for a lock, and as many requests as may for a thread: then 503."""
    lock = threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        assert lock.wait(20)
        return echo(environ, start_response)

    async def flood(edge: Edge) -> list[Exchange]:
        exchanges = [Exchange() for _ in range(50)]
        tasks = [asyncio.ensure_future(edge.__rsgi__(Asked(Told([])), one)) for one in exchanges]
        while not any(task.done() for task in tasks):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        lock.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)
        return exchanges

    loop = asyncio.new_event_loop()
    edge = Edge(application, BOUNDS, port=1)
    edge.__rsgi_init__(loop)
    try:
        exchanges = loop.run_until_complete(flood(edge))
    finally:
        lock.set()
        edge.__rsgi_del__(loop)
        loop.close()
    refused = [one for one in exchanges if one.status == 503]
    assert len(exchanges) - len(refused) >= BOUNDS.waiting
    assert len(refused) >= 50 - BOUNDS.waiting - BOUNDS.most_threads
    assert refused[0].headers["Retry-After"] == "1"
    assert {one.status for one in exchanges} == {200, 503}


@pytest.mark.parametrize(
    ("asked", "thread"),
    [
        ({"path": "/quick/1", "query_string": "limit=5"}, "MainThread"),
        ({"path": "/quick/1", "query_string": "offset=5"}, "request"),
        ({"path": "/slow/1"}, "request"),
        ({"path": "/quick/1", "method": "DELETE"}, "request"),
    ],
    ids=["quick", "another query", "another path", "another method"],
)
def test_reads_that_never_wait_need_no_thread(asked: dict[str, str], thread: str) -> None:
    with edge_of(whose_thread, in_place=re.compile(r"/quick/\d+\?(limit=\d+)?")) as run:
        assert run(**asked).body.decode() == thread


def test_a_read_goes_to_the_threads_while_they_have_work() -> None:
    """Beside a busy thread the loop would wait for its turn of the interpreter at each step."""
    at_work, lock = threading.Event(), threading.Event()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            at_work.set()
            assert lock.wait(20)
        return whose_thread(environ, start_response)

    async def read_beside_a_write(edge: Edge) -> bytes:
        reads = [Exchange()]
        write = asyncio.ensure_future(edge.__rsgi__(Asked(Told([]), method="POST"), Exchange()))
        assert await asyncio.to_thread(at_work.wait, 20)
        await asyncio.wait_for(edge.__rsgi__(Asked(Told([])), reads[0]), 10)
        lock.set()
        await asyncio.wait_for(write, 10)
        while reads[-1].body != b"MainThread":  # the thread is a moment at its end
            reads.append(Exchange())
            await asyncio.wait_for(edge.__rsgi__(Asked(Told([])), reads[-1]), 10)
        return reads[0].body

    loop = asyncio.new_event_loop()
    edge = Edge(application, replace(BOUNDS, in_place=re.compile(".*")), port=1)
    edge.__rsgi_init__(loop)
    try:
        assert loop.run_until_complete(read_beside_a_write(edge)) == b"request"
    finally:
        lock.set()
        edge.__rsgi_del__(loop)
        loop.close()
