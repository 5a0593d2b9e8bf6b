"""Callers that hold on to what others need: half requests, answers never read, idle connections."""

import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Self

import psutil
import pytest

from tests.faults.client import Client
from tests.faults.conftest import Place
from tests.faults.instance import Instance
from tests.faults.processes import Process
from tests.faults.waiting import tell, wait_for

HOLDERS = 64
IDLE = 2000
CALLS = 100
SLOWEST_SECONDS = 3.0
"""In which a healthy caller is answered whatever the others do; far above what is measured."""
SETTLED_SECONDS = 30.0
DEADLINES = {
    "api": {"header_timeout": "4", "body_timeout": "4", "body_pause": "2", "answer_timeout": "3"},
}

_HEAD = b"Host: localhost\r\nX-Project-Id: stalled\r\nContent-Type: application/json\r\n"
_HALF = b"POST /v1/secrets HTTP/1.1\r\n" + _HEAD + b"Content-Length: 1000\r\n\r\n"
_LIST = b"GET /v1/secrets?limit=100 HTTP/1.1\r\n" + _HEAD + b"\r\n"


class Holders:
    """Sockets of callers that mean no good; all are closed in the end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._opened = ExitStack()
        self._ended = threading.Event()
        self._drips: list[socket.socket] = []
        self._dripping = threading.Thread(target=self._drip)
        self._dripping.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._dripping.join()
        self._opened.close()

    def no_body(self) -> list[socket.socket]:
        """The headers of a request, and nothing after them."""
        return [self._connect(_HALF) for _ in range(HOLDERS)]

    def a_byte_a_second(self) -> list[socket.socket]:
        """A body that comes byte by byte, without end."""
        made = [self._connect(_HALF) for _ in range(HOLDERS)]
        self._drips += made
        return made

    def never_read(self) -> list[socket.socket]:
        """Twenty requests at once for more than a connection takes, and nobody who reads the answers."""
        made = [self._connect(buffer=4096) for _ in range(HOLDERS)]
        for one in made:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.sendall(_LIST * 20)
        return made

    def idle(self) -> list[socket.socket]:
        """Connections on which nothing comes, and some on which half a line came."""
        return [self._connect(b"GET /v1" if number % 2 else b"") for number in range(IDLE)]

    def all_kinds(self) -> list[socket.socket]:
        """All of them together."""
        return [*self.no_body(), *self.a_byte_a_second(), *self.never_read(), *self.idle()]

    def _connect(self, content: bytes = b"", *, buffer: int | None = None) -> socket.socket:
        one = self._opened.enter_context(socket.socket())
        if buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        one.settimeout(20)
        one.connect(("127.0.0.1", self._port))
        one.sendall(content)
        return one

    def _drip(self) -> None:
        while not self._ended.wait(1.0):
            for one in self._drips:
                with suppress(OSError):  # the server has had enough of it
                    one.sendall(b"a")


KINDS: Mapping[str, Callable[[Holders], list[socket.socket]]] = {
    "no body": Holders.no_body,
    "a byte a second": Holders.a_byte_a_second,
    "never read": Holders.never_read,
    "idle": Holders.idle,
    "all together": Holders.all_kinds,
}


@contextmanager
def served(place: Place, options: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Instance, Process]]:
    """An instance with one API process."""
    with place.instance(options=options) as instance:
        yield instance, instance.api()


def seconds_of_calls(instance: Instance, secret_id: str) -> list[float]:
    """How long each of some calls of a healthy caller takes, on one connection and on fresh ones."""
    took = []
    with instance.client(timeout=SLOWEST_SECONDS) as client:
        for number in range(CALLS):
            begun = time.monotonic()
            if number % 10 == 0:
                with Client(instance.port, timeout=SLOWEST_SECONDS) as fresh:
                    assert fresh.get("/healthcheck").status == 200
            else:
                assert client.payload(secret_id).content == b"precious"
            took.append(time.monotonic() - begun)
    return took


def shown(took: list[float]) -> str:
    """The middle and the slow end, in milliseconds."""
    slow = statistics.quantiles(took, n=100)[-1]
    return f"p50 {statistics.median(took) * 1000:.1f} ms, p99 {slow * 1000:.1f} ms"


def held(api: Process) -> tuple[int, int]:
    """How many files and threads the serving process has."""
    (pid,) = api.children()
    serving = psutil.Process(pid)
    return serving.num_fds(), serving.num_threads()


@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_caller_is_served_beside(kind: str, embedded: Place) -> None:
    """While they hold on, and after: then the process has no more files and threads than before."""
    with served(embedded, DEADLINES) as (instance, api):
        with instance.client() as client:
            secret_id = client.store()
            for _ in range(100):
                client.store(name="x" * 200)
        before = seconds_of_calls(instance, secret_id)
        files, threads = held(api)
        with Holders(instance.port) as holders:
            KINDS[kind](holders)
            during = seconds_of_calls(instance, secret_id)
            tell(f"{kind}: before {shown(before)}; during {shown(during)}")
            wait_for("nothing of them is left", lambda: held(api)[0] <= files + 4, SETTLED_SECONDS)
        wait_for("the threads are back", lambda: held(api)[1] <= threads + 4, SETTLED_SECONDS)
        seconds_of_calls(instance, secret_id)
        assert max(during) < SLOWEST_SECONDS


@pytest.mark.parametrize("kind", ["no body", "a byte a second"])
def test_half_a_request_is_answered(kind: str, embedded: Place) -> None:
    """408 in the form of every error, then the end of the connection: never silence."""
    with served(embedded, DEADLINES) as (instance, _), Holders(instance.port) as holders:
        for one in KINDS[kind](holders):
            answer = b""
            while part := one.recv(4096):
                answer += part
                if b"The request did not come in time." in answer:
                    break
            assert answer.startswith(b"HTTP/1.1 408 "), answer
            assert b"connection: close" in answer


def test_of_too_many_connections_the_silent_ones_are_closed(embedded: Place) -> None:
    """Long before their time is up; who has something to say is served all the while."""
    bounded = {"api": {"max_connections": "100", "header_timeout": "60"}}
    with served(embedded, bounded) as (instance, api):
        with instance.client() as client:
            secret_id = client.store()
        files, _ = held(api)
        with Holders(instance.port) as holders:
            holders.idle()
            seconds_of_calls(instance, secret_id)
            wait_for("few are left", lambda: held(api)[0] <= files + 100 + 4, SETTLED_SECONDS)
            seconds_of_calls(instance, secret_id)


def test_a_payload_in_chunks_is_stored_whole_or_not_at_all(embedded: Place) -> None:
    """As streaming clients of Go and Node send it; one that breaks off leaves nothing behind."""
    with served(embedded, {}) as (instance, _), instance.client() as client:
        whole, broken = (client.post("/v1/secrets", {"name": "in chunks"}).made for _ in range(2))
        for made, end in ((whole, b"0\r\n\r\n"), (broken, b"")):
            head = f"PUT /v1/secrets/{made} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n".encode()
            named = _HEAD.replace(b"application/json", b"text/plain").replace(b"stalled", b"faults")
            with socket.create_connection(("127.0.0.1", instance.port), timeout=20) as connection:
                connection.sendall(head + named + b"\r\n5\r\nwhole\r\n" + end)
                if not end:
                    connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 204" if end else (b"HTTP/1.1 400", b"")), answer
        assert client.payload(whole).content == b"whole"
        assert client.payload(broken).status == 404


def test_a_header_with_underscores_poses_as_no_other(embedded: Place) -> None:
    with served(embedded, {}) as (instance, _), instance.client("mine") as client:
        made = client.store()
        assert client.payload(made).status == 200
        with socket.create_connection(("127.0.0.1", instance.port), timeout=20) as connection:
            connection.sendall(
                f"GET /v1/secrets/{made} HTTP/1.1\r\nHost: localhost\r\n"
                "X-Project-Id: other\r\nX-Roles: creator\r\nX_Project_Id: mine\r\n\r\n".encode()
            )
            answer = connection.recv(4096)
        assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 404")), answer
